import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testEnvironment } from '../support/environment';
import { ROOT, runModule, runNode } from './run';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gigabridge-setup-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('the person who runs npm start', () => {
  it('is told in one sentence that Node is too old', async () => {
    const { output } = await runModule(`
      import { checkNode } from './lib/dependencies.mjs';
      import { describe } from './lib/problem.mjs';
      for (const version of ['18.20.4', '20.18.3', '20.19.0', '22.0.0', '24.1.0']) {
        try { checkNode(version); console.log(version, 'fine'); } catch (error) { console.log(describe(error)); }
      }
    `);
    expect(output).toContain('GigaBridge needs Node.js 20.19 or newer; this is 18.20.4.\n  What to do: install');
    expect(output).toContain('this is 20.18.3.');
    expect(output).toContain('20.19.0 fine\n22.0.0 fine\n24.1.0 fine');
  });

  it('whose port is taken is told so, instead of a bot that listens where no proxy sends', async () => {
    const { output } = await runModule(`
      import net from 'node:net';
      import { freePort, movedPorts, portOfShop } from './lib/ports.mjs';
      import { describe } from './lib/problem.mjs';
      const busy = net.createServer();
      await new Promise((resolve) => busy.listen(0, '127.0.0.1', resolve));
      const { port } = busy.address();
      await portOfShop(String(port)).catch((error) => console.log(describe(error).replaceAll(String(port), 'PORT')));
      const other = await freePort(port);
      console.log(JSON.stringify(movedPorts()) === JSON.stringify([[port, other]]) ? 'the move is known' : 'unknown');
      busy.close();
      console.log((await portOfShop(String(port))) === port ? 'then it is free' : 'another one');
    `);
    expect(output).toContain(
      'Port PORT, on which the bot is to listen, is in use by another program.\n  What to do: end',
    );
    expect(output).toContain('the move is known');
    expect(output).toContain('then it is free');
  });

  it('learns which option was misspelt', async () => {
    const { code, output } = await runNode(['scripts/start.mjs', '--rset']);
    expect(output).toContain("Unknown option '--rset'");
    expect(output).not.toContain('    at ');
    expect(code).toBe(1);
  });

  it('who lost BOT_TOKEN from a real configuration does not get the demo in the real database', async () => {
    const { code, output } = await runNode(['scripts/start.mjs'], {
      env: { BOT_TOKEN: '', YOOKASSA_SECRET_KEY: 'live_secret', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    });
    expect(output).toContain('YOOKASSA_SECRET_KEY is set, but BOT_TOKEN is not');
    expect(output).not.toContain('live_secret');
    expect(code).toBe(1);
  });

  it('can not wipe a real shop with the flag that begins the demo anew', async () => {
    const { code, output } = await runNode(['scripts/start.mjs', '--reset'], {
      env: { BOT_TOKEN: '123456789:AAE-not-a-real-one' },
    });
    expect(output).toContain('--reset is for the demo');
    expect(code).toBe(1);
  });

  it('who points to a program that is not there is told so by name', async () => {
    const { output } = await runModule(
      `
      import { ensureTemporalCli } from './lib/temporal.mjs';
      import { ensureTimeSkippingServer } from './lib/time-skipping.mjs';
      import { ensureChromium } from './lib/chromium.mjs';
      import { findPgbouncer } from './lib/pgbouncer.mjs';
      for (const ensure of [ensureTemporalCli, ensureTimeSkippingServer, ensureChromium, findPgbouncer]) await ensure({ say() {} }, console.log).catch((error) => console.log(error.message));
    `,
      {
        env: {
          TEMPORAL_CLI_PATH: '/nowhere/a',
          TEMPORAL_TEST_SERVER_PATH: '/nowhere/b',
          CHROMIUM_PATH: '/nowhere/c',
          PGBOUNCER_PATH: '/nowhere/d',
        },
      },
    );
    for (const name of [
      'TEMPORAL_CLI_PATH is /nowhere/a',
      'TEMPORAL_TEST_SERVER_PATH is /nowhere/b',
      'CHROMIUM_PATH is /nowhere/c',
      'PGBOUNCER_PATH is /nowhere/d',
    ])
      expect(output).toContain(name);
  });

  it('a machine that has no PgBouncer and can get none is told so, and the tests that need it fail with that', async () => {
    const { output } = await runModule(
      `
      import { findPgbouncer } from './lib/pgbouncer.mjs';
      console.log((await findPgbouncer({ say() {} }, [])).missing);
    `,
      { env: { PATH: '/nowhere', PGBOUNCER_PATH: undefined } },
    );
    expect(output).toMatch(/^No PgBouncer was found.*no package manager we know.*sudo apt-get install pgbouncer/);
    const { TEST_PGBOUNCER } = process.env;
    Object.assign(process.env, { TEST_PGBOUNCER: '', TEST_PGBOUNCER_MISSING: output.trim() });
    expect(() => testEnvironment('TEST_PGBOUNCER')).toThrow('sudo apt-get install pgbouncer');
    delete process.env['TEST_PGBOUNCER_MISSING'];
    if (TEST_PGBOUNCER !== undefined) process.env['TEST_PGBOUNCER'] = TEST_PGBOUNCER;
  });
});

describe('ports', () => {
  it('avoids a busy port and never gives one twice', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as { port: number };
    const { output } = await runModule(`
      import { freePort } from './lib/ports.mjs';
      console.log(JSON.stringify(await Promise.all([freePort(${port}), freePort(${port}), freePort(), freePort()])));
    `);
    busy.close();
    const ports = JSON.parse(output) as number[];
    expect(new Set([port, ...ports]).size).toBe(5);
  });
});

describe('the lock of a checkout', () => {
  const take = (file: string): string => `
    import { takeLock } from './lib/lock.mjs';
    const taken = takeLock('${file}');
    console.log('holder' in taken ? 'held by ' + taken.holder.pid : 'taken from ' + taken.previous?.pid);
  `;

  it('is held while its process lives', async () => {
    const file = path.join(dir, 'lock');
    const { output } = await runModule(`
      ${take(file)}
      import { execFileSync } from 'node:child_process';
      console.log(execFileSync(process.execPath, ['--input-type=module', '--eval', ${JSON.stringify(take(file)).replaceAll("'./lib/", `'${ROOT}/scripts/lib/`)}], { encoding: 'utf8' }).replace(String(process.pid), 'me'));
    `);
    expect(output).toBe('taken from undefined\nheld by me\n\n');
  });

  it('is taken over from a process that is gone, also when another one has its number now', async () => {
    const file = path.join(dir, 'lock');
    await writeFile(file, JSON.stringify({ pid: process.pid, started: 'long before this process' }));
    expect((await runModule(take(file))).output).toBe(`taken from ${process.pid}\n`);
    await writeFile(file, 'torn wri');
    expect((await runModule(take(file))).output).toBe('taken from undefined\n');
  });
});

describe('progress', () => {
  it('without a terminal says that it is alive, and how long so far', async () => {
    const { output } = await runModule(
      `
      import { createProgress } from './lib/progress.mjs';
      import { Problem, describe } from './lib/problem.mjs';
      const realInterval = setInterval;
      globalThis.setInterval = (work) => realInterval(work, 20);
      const progress = createProgress();
      await progress.step('Temporal server', async (step) => {
        step.say('building from source (takes about 4 minutes, once)');
        await new Promise((resolve) => setTimeout(resolve, 60));
        step.say('ready');
      });
      await progress.step('Redis', async () => { throw new Problem('No Redis.', 'install one.'); }).catch((error) => console.log(describe(error)));
    `,
      { env: { CI: 'true' } },
    );
    expect(output).toMatch(/Temporal server: building from source \(takes about 4 minutes, once\), \d+\.\d s so far/);
    expect(output).toMatch(/✓ Temporal server: ready \(\d+\.\d s\)/);
    expect(output).toContain('✗ Redis: No Redis.\nNo Redis.\n  What to do: install one.');
  });
});

describe('tools beside a running demo', () => {
  it('the runtime file keeps a password out of other users’ reach and gives back what was written', async () => {
    const { output } = await runModule(
      `
      import { existsSync, statSync } from 'node:fs';
      import { loadRuntimeFile, START_LOCK, writeRuntimeFile, removeRuntimeFile } from './lib/env-file.mjs';
      import { takeLock } from './lib/lock.mjs';
      takeLock(START_LOCK);
      writeRuntimeFile({ GB_TEST_URL: 'postgres://u:p@127.0.0.1:5433/x?a=b#c', GB_TEST_NONE: undefined });
      console.log((statSync('${dir}/runtime.env').mode & 0o777).toString(8));
      loadRuntimeFile();
      console.log(process.env.GB_TEST_URL, process.env.GB_TEST_NONE);
      removeRuntimeFile();
      console.log(existsSync('${dir}/runtime.env'));
    `,
      { env: { GIGABRIDGE_STATE: dir } },
    );
    expect(output).toBe('600\npostgres://u:p@127.0.0.1:5433/x?a=b#c undefined\nfalse\n');
  });

  it('a bench that does not exist is answered with those that do', async () => {
    const { code, output } = await runNode(['scripts/bench.mjs', '../src/cli/payment']);
    expect(output).toContain('There is no bench called "../src/cli/payment"');
    expect(code).toBe(2);
  });

  it('every npm script names a file that is there', async () => {
    const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const command of Object.values(scripts)) {
      for (const file of command.match(/scripts\/[\w/-]+\.mjs/g) ?? [])
        await expect(readFile(path.join(ROOT, file))).resolves.toBeDefined();
    }
  });
});
