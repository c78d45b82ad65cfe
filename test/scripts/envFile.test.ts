/** .env as `npm start` and the commands read it, and what is said of its slips. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT, runModule } from './run';

/** What is read from a text, or the message a person gets. */
async function reading(text: string): Promise<unknown> {
  const { output } = await runModule(`
    import { readEnv } from './lib/env-file.mjs';
    import { describe } from './lib/problem.mjs';
    try { console.log(JSON.stringify(readEnv(${JSON.stringify(text)}, '.env').values)); } catch (error) { console.log(JSON.stringify(describe(error))); }
  `);
  return JSON.parse(output);
}

describe('.env', () => {
  it('with a byte order mark, of Windows, with comments, quotes and values of several lines is read as it is meant', async () => {
    const text = `\uFEFFBOT_TOKEN=1:a\r\n# ADMIN_IDS=5\r\nexport PUBLIC_URL = "https://shop.example" # ours\r\nKEY='a#b$c'\r\nLONG="one\ntwo"\r\nEMPTY=\r\n`;
    expect(await reading(text)).toEqual({
      BOT_TOKEN: '1:a',
      PUBLIC_URL: 'https://shop.example',
      KEY: 'a#b$c',
      LONG: 'one\ntwo',
      EMPTY: '',
    });
  });

  it('with mistakes is refused as a whole, each by its line and without its value', async () => {
    const said = await reading(
      [
        'BOT_TOKEN',
        'ADMIN_IDS=5',
        'REFUND_AFTER=1h',
        'DATABASE_URL=postgres://shop:pa#SECRET@db/x',
        'ADMIN_IDS=6',
        "KEY='SECRET",
      ].join('\n'),
    );
    expect(said).toBe(
      [
        '.env has mistakes; nothing was read from it:',
        '  line 1: it must be NAME=value, or begin with #',
        '  line 4: what follows the # in the value of DATABASE_URL is lost: put the value into single quotes',
        '  line 5: ADMIN_IDS is set in line 2 already',
        "  line 6: the value begins with ' and never ends",
        '  What to do: correct them and run the same command again.',
      ].join('\n'),
    );
  });

  it('that an editor saved in another encoding is told as that', async () => {
    expect(await reading('\uFFFD\uFFFDB\0O\0T\0')).toContain('.env is not written in UTF-8.');
  });
});

describe('ops/check-env.sh, for those who start with Docker only', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'gigabridge-env-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const script = path.join(ROOT, 'ops', 'check-env.sh');

  it('finds nothing in the example, and names what nothing reads by its line', async () => {
    expect(execFileSync(script, [path.join(ROOT, '.env.example')], { encoding: 'utf8' })).toBe('');
    const file = path.join(dir, '.env');
    await writeFile(file, '\uFEFFBOT_TOKEN=SECRET\n\n# a comment\nBUYER_REFUND_WITIN=24h\nADMIN_IDS\n');
    const { status, stdout } = spawnSync(script, [file], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: 'line 4: nothing reads BUYER_REFUND_WITIN\nline 5: it must be NAME=value, or begin with #\n',
    });
  });
});
