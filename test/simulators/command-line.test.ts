import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseSimulatorArguments } from '../../simulators/arguments';

describe('what is typed', () => {
  it.each([
    [['hiddify', '--port', '9100'], { name: 'hiddify', options: { port: 9100, host: '127.0.0.1' } }],
    [
      ['--port=0', 'telegram', '--host', '::1', '--token', '1:x'],
      { name: 'telegram', options: { port: 0, host: '::1', token: '1:x' } },
    ],
    [
      ['hiddify', '--port', '1', '--utc-offset=-5', '--quiet'],
      { name: 'hiddify', options: { port: 1, host: '127.0.0.1', 'utc-offset': '-5', quiet: 'true' } },
    ],
  ])('%j', (argv, expected) => {
    expect(parseSimulatorArguments(argv)).toEqual(expected);
  });

  it.each([
    [[], /Which simulator/],
    [['panel', '--port', '1'], /no simulator called "panel"/],
    [['constructor', '--port', '1'], /no simulator called/],
    [['hiddify'], /--port/],
    [['hiddify', '--port'], /not a port number/],
    [['hiddify', '--port', '70000'], /not a port number/],
    [['hiddify', '--port', '-1'], /not a port number/],
    [['hiddify', '9100', '--port', '1'], /"9100" was not understood/],
  ])('%j is explained', (argv, problem) => {
    expect(parseSimulatorArguments(argv)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

/** What `npm run simulator -- …` runs. */
const ROOT = path.resolve(__dirname, '../..');
const LIMIT_MS = 240_000;

describe('as a process', () => {
  const run = (...argv: string[]) => {
    // In a process group of its own, as a terminal would have it: Ctrl-C goes to all of it.
    const child = spawn(process.execPath, ['scripts/run.mjs', 'simulators/main.ts', ...argv], {
      cwd: ROOT,
      detached: true,
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    return { child, text: () => text, ended: once(child, 'close') as Promise<[number | null]> };
  };

  it.each<[string, string, object]>([
    ['telegram', '/bot1:x/getMe', { ok: true }],
    ['yookassa', '/v3/me', { type: 'error', code: 'invalid_credentials' }],
    ['cryptopay', '/api/getMe', { ok: false, error: { code: 401, name: 'UNAUTHORIZED' } }],
    ['hiddify', '/nowhere/', { message: 'invalid request' }],
  ])(
    '%s starts alone, says where it listens, answers as itself, and stops cleanly on Ctrl-C',
    async (name, page, answer) => {
      const process_ = run(name, '--port', '0');
      while (!process_.text().includes('\n')) await once(process_.child.stdout, 'data');
      expect(process_.text()).toMatch(new RegExp(`^${name} simulator listening on http://127\\.0\\.0\\.1:\\d+\\n$`));
      const url = process_.text().trim().split(' ').pop()!;
      expect(await (await fetch(url + page, { headers: { accept: 'application/json' } })).json()).toMatchObject(answer);
      expect(await (await fetch(`${url}/_sim/health`)).json()).toEqual({ ok: true });
      process.kill(-process_.child.pid!, 'SIGINT');
      expect((await process_.ended)[0]).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
    },
    LIMIT_MS,
  );

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'passes its own options on, and ends on %s',
    async (signal) => {
      const process_ = run('hiddify', '--port', '0', '--version', '13.0.3');
      while (!process_.text().includes('\n')) await once(process_.child.stdout, 'data');
      const url = process_.text().trim().split(' ').pop()!;
      expect(await (await fetch(`${url}/_sim/panel`)).json()).toMatchObject({ version: '13.0.3', family: 'B' });
      process_.child.kill(signal);
      await process_.ended;
      await expect(fetch(url)).rejects.toThrow();
    },
    LIMIT_MS,
  );

  it(
    'a taken port is reported in one sentence, without a stack',
    async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const process_ = run('hiddify', '--port', String((taken.address() as AddressInfo).port));
      expect((await process_.ended)[0]).toBe(2);
      expect(process_.text()).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken/);
      expect(process_.text()).not.toMatch(/at .*\.ts:\d/);
      taken.close();
    },
    LIMIT_MS,
  );
});
