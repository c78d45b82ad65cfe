/** What `npm start` says of a shop's settings, and which of them its processes are given. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WORKER_SETTINGS } from '../../src/config/settings';
import { createCheckout, type Checkout } from './checkout';
import { ROOT, runModule, runNode, type Result } from './run';

let checkout: Checkout;
afterEach(() => checkout.remove());

const SHOP = {
  BOT_TOKEN: '100000001:TEST-only-the-stand-in-accepts-this-token',
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'test_only_the_stand_in',
  PUBLIC_URL: 'https://shop.example',
};
const envFile = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
/** Of whoever runs the tests: none of it may reach what is tested. */
const NOTHING = Object.fromEntries(
  [...Object.keys(SHOP), 'ADMIN_IDS', 'DATABASE_URL', 'BOT_DATABASE_URL', 'BOT_DATABASE_USER', 'GIGABRIDGE_STATE'].map(
    (name) => [name, undefined],
  ),
);

describe('the settings that are allowed and probably a slip', () => {
  async function toLookAt(values: Readonly<Record<string, string>>): Promise<string[]> {
    checkout = await createCheckout();
    await writeFile(path.join(checkout.root, '.env'), envFile(values));
    const { output } = await runModule(
      `
      import { loadEnvFile } from './lib/env-file.mjs';
      import { settingsToLookAt } from './lib/shop.mjs';
      loadEnvFile();
      console.log(JSON.stringify(settingsToLookAt()));
    `,
      { root: checkout.root, env: NOTHING },
    );
    return JSON.parse(output) as string[];
  }

  it('are none in a shop whose owner has an id and whose settings are all read', async () => {
    expect(await toLookAt({ ...SHOP, ADMIN_IDS: '5', TZ: 'UTC', HTTPS_PROXY: 'http://proxy' })).toEqual([]);
  });

  it('are an empty ADMIN_IDS, with what it means', async () => {
    const said = ['ADMIN_IDS is empty: nobody is told of a payment that needs a person, and nobody may use /admin.'];
    expect(await toLookAt({ ...SHOP, ADMIN_IDS: '' })).toEqual(said);
    await checkout.remove();
    expect(await toLookAt(SHOP)).toEqual(said);
  });

  it('are names that nothing reads, by their lines', async () => {
    const slips = { BUYER_REFUND_WITIN: '24h', ADMIN_IDS: '5', CATALOGUE_FILE: 'x' };
    expect(await toLookAt(slips)).toEqual([
      'Nothing reads these names of .env: BUYER_REFUND_WITIN (line 1), CATALOGUE_FILE (line 3). Are they spelt right?',
    ]);
  });

  it("are a database in which the bot uses the worker's user", async () => {
    const own = { ...SHOP, ADMIN_IDS: '5', DATABASE_URL: 'postgres://owner@db/shop' };
    expect(await toLookAt({ ...own, BOT_DATABASE_USER: 'shared' })).toEqual([
      expect.stringMatching(/^BOT_DATABASE_USER=shared: .*could read the panels' keys/),
    ]);
    await checkout.remove();
    expect(await toLookAt(own)).toEqual([]);
  });

  it('are said by `npm start` before anything is started', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as { port: number };
    // The busy port ends the start right after the settings were looked at.
    const { code, output } = await start({ ...SHOP, ADMIN_IDS: '', SUPPORT_CHAT: '5', HTTP_PORT: String(port) });
    busy.close();
    expect(output).toContain('! Nothing reads these names of .env: SUPPORT_CHAT (line 6). Are they spelt right?');
    expect(output).toContain('! ADMIN_IDS is empty: nobody is told of a payment that needs a person');
    expect(output).toContain(`Port ${port}, on which the bot is to listen, is in use by another program.`);
    expect(code).toBe(1);
  });

  it('that is a setting but for one letter is no longer allowed', async () => {
    const { code, output } = await start({ ...SHOP, ADMIN_IDS: '5', BUYER_REFUND_WITIN: '24h' });
    expect(output).toContain('BUYER_REFUND_WITHIN: is not set, but BUYER_REFUND_WITIN is: correct that name');
    expect(code).toBe(1);
  });

  async function start(values: Readonly<Record<string, string>>): Promise<Result> {
    checkout = await createCheckout();
    await writeFile(path.join(checkout.root, '.env'), envFile(values));
    return runNode(['scripts/start.mjs'], { cwd: checkout.root, env: { ...NOTHING, HTTP_PORT: undefined } });
  }
});

describe('the commands', () => {
  const GONE = 'DATABASE_URL=postgres://gone@127.0.0.1:1/gone\nREDIS_URL=redis://127.0.0.1:1\n';

  async function show(holder: { pid: number; started: string }): Promise<string> {
    checkout = await createCheckout();
    await mkdir(checkout.state, { recursive: true });
    await writeFile(path.join(checkout.state, 'runtime.env'), GONE);
    await writeFile(path.join(checkout.state, 'start.lock'), JSON.stringify(holder));
    const args = ['scripts/run.mjs', 'src/cli/catalog.ts', 'export', path.join(checkout.state, 'x.json')];
    return (await runNode(args, { cwd: checkout.root, env: NOTHING })).output;
  }
  const startOf = (pid: number) =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();

  it('use the addresses of a shop that runs', async () => {
    const output = await show({ pid: process.pid, started: startOf(process.pid) });
    expect(output).toContain('ECONNREFUSED');
  });

  it.each([
    ['killed', () => ({ pid: 999_999_999, started: 'Sat Nov 28 10:00:00 2026' })],
    ['killed, and whose pid another process has', () => ({ pid: process.pid, started: 'Sat Nov 28 10:00:00 2020' })],
  ])('say that the shop is not running when `npm start` was %s', async (_how, holder) => {
    expect(await show(holder())).toContain('The shop is not running in this folder');
  });
});

/** In place of bot and worker: writes down the environment it was given, and is ready. */
const ENTRY = `
  const { writeFileSync } = require('node:fs');
  writeFileSync(__filename + '.env.json', JSON.stringify(process.env));
  require('node:http').createServer((_, response) => response.end()).listen(Number(process.env.HTTP_PORT), '127.0.0.1');
`;

describe('the processes of `npm start`', () => {
  it("are a worker with every setting, and a bot with neither YooKassa's key nor the owner's database user", async () => {
    checkout = await createCheckout({ without: ['dist'] });
    const dist = path.join(checkout.root, 'dist');
    for (const name of ['bot', 'worker']) {
      await mkdir(path.join(dist, name), { recursive: true });
      await writeFile(path.join(dist, name, 'main.js'), ENTRY);
    }
    await symlink(path.join(ROOT, 'dist', 'config'), path.join(dist, 'config'));
    const everything = Object.fromEntries(WORKER_SETTINGS.map((name) => [name, `value of ${name}`]));
    await writeFile(path.join(checkout.root, '.env'), envFile({ ...everything, BOT_TOKEN: 'token' }));
    const { output } = await runModule(
      `
      import { loadEnvFile } from './lib/env-file.mjs';
      import { freePort } from './lib/ports.mjs';
      import { createProgress } from './lib/progress.mjs';
      import { startShop } from './lib/shop.mjs';
      import { createSupervisor } from './lib/supervisor.mjs';
      loadEnvFile();
      const supervisor = createSupervisor({ logsDir: '${checkout.state}', print: console.log });
      const env = {
        DATABASE_URL: 'postgres://owner:SECRET@db/shop',
        BOT_DATABASE_URL: 'postgres://bot@db/shop',
        // The demo gives settings here instead of in .env.
        YOOKASSA_SECRET_KEY: 'SECRET of the demo',
      };
      const ports = { botPort: await freePort(), workerPort: await freePort() };
      await startShop({ progress: createProgress(), supervisor, env, ...ports });
      await supervisor.stopAll();
      console.log('both ran');
    `,
      { root: checkout.root, env: NOTHING },
    );
    expect(output).toContain('both ran');
    const given = async (name: string): Promise<Record<string, string>> =>
      JSON.parse(await readFile(path.join(dist, name, 'main.js.env.json'), 'utf8')) as Record<string, string>;
    const [bot, worker] = [await given('bot'), await given('worker')];
    expect(bot).toMatchObject({ BOT_TOKEN: 'token', DATABASE_URL: 'postgres://bot@db/shop' });
    for (const name of [...WORKER_SETTINGS, 'BOT_DATABASE_URL']) expect(bot).not.toHaveProperty(name);
    expect(JSON.stringify(bot)).not.toContain('SECRET of');
    expect(JSON.stringify(bot)).not.toContain('owner:SECRET');
    expect(worker).toMatchObject({
      ...everything,
      DATABASE_URL: 'postgres://owner:SECRET@db/shop',
      YOOKASSA_SECRET_KEY: 'SECRET of the demo',
    });
    expect(worker).not.toHaveProperty('BOT_DATABASE_URL');
  });
});
