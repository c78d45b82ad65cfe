/**
 * `npm run backup` and `npm run restore`: a shop in the middle of its life, with a payment that is still open, is
 * copied and put back on another machine, into a database of one's own and into the one that `npm start` keeps; no row
 * is lost, settings and catalogue are there, and the audit finds no differences.
 */
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBuyer, payAt } from '../support/buyer';
import { createTestDatabase, type TestDatabase } from '../support/environment';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';
import { runNode } from '../scripts/run';
import { contents, fileAt, manifestOf } from './backupContents';
import { CATALOGUE, createMachines, shopSettings, type Machines } from './backupMachines';
import { buyInDemo } from './demoPurchase';

const LIMIT_MS = 240_000;
let stack: Stack;
let folder: string;
let other: TestDatabase;
let copy: string;
let machine: Machines['machine'];
let run: Machines['run'];
let remove: Machines['remove'] | undefined;

beforeAll(async () => {
  stack = await startStack({});
  ({ machine, run, remove } = createMachines(stack.env));
  folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-backup-'));
  other = await createTestDatabase();
  const paid = createBuyer(stack.telegramUrl, 9_601);
  await paid.start();
  await payAt(stack.yookassaUrl, await paid.order());
  await waitUntil(async () => (await paid.keys()).length > 0, { what: 'the key arrives' });
  const open = createBuyer(stack.telegramUrl, 9_602);
  await open.start();
  await open.order();
  const home = await machine({ settings: shopSettings(stack.env) });
  await mkdir(path.join(home.root, 'catalog'));
  await copyFile(stack.env['CATALOG_FILE']!, path.join(home.root, CATALOGUE));
  for (const file of ['.env', CATALOGUE]) await chmod(path.join(home.root, file), 0o644);
  const made = await run(home, 'backup', [path.join(folder, 'first')], stack.databaseUrl);
  expect(made).toMatchObject({ code: 0 });
  expect(made.output).not.toContain('the copy has no');
  copy = await onlyCopyIn('first');
}, LIMIT_MS);
afterAll(async () => {
  await stack?.stop();
  await other?.close();
  await remove?.();
  if (folder) await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

async function onlyCopyIn(name: string): Promise<string> {
  const copies = await readdir(path.join(folder, name));
  expect(copies).toHaveLength(1);
  return path.join(folder, name, copies[0]!);
}

describe('a copy of the shop', () => {
  it('holds settings and catalogue file as they are, readable by their owner only', async () => {
    const catalogue = await readFile(stack.env['CATALOG_FILE']!, 'utf8');
    expect(await fileAt(copy, 'settings.env')).toEqual({ text: shopSettings(stack.env), mode: '600' });
    expect(await fileAt(copy, 'catalog.json')).toEqual({ text: catalogue, mode: '600' });
  });

  it(
    'holds what the shop sells as a file, however it was applied, and that file makes an empty shop sell the same',
    async () => {
      const exported = path.join(copy, 'catalog.exported.json');
      expect((await fileAt(exported)).mode).toBe('600');
      const empty = await createTestDatabase();
      const catalog = (...words: readonly string[]) =>
        runNode(['dist/cli/catalog.js', ...words], {
          env: { DATABASE_URL: empty.url, REDIS_URL: undefined },
        });
      try {
        expect((await catalog('apply', exported, '--yes')).output).toContain('0 changed, 0 retired');
        expect((await catalog('apply', stack.env['CATALOG_FILE']!)).output).toContain('0 added, 0 changed, 0 retired');
        const again = path.join(folder, 'again.json');
        expect((await catalog('export', again)).code).toBe(0);
        expect(await fileAt(again)).toEqual(await fileAt(exported));
        const refused = await catalog('export', again);
        expect(refused.code).toBe(1);
        expect(refused.output).toContain('is there already and was left as it is');
      } finally {
        await empty.close();
      }
    },
    LIMIT_MS,
  );

  it(
    'put back on a machine without settings holds every row and both files, and the audit is clean',
    async () => {
      await stack.kill('bot');
      await stack.kill('worker');
      const fresh = await machine();
      const restored = await run(fresh, 'restore', [copy], other.url);
      expect(restored.output).toContain('No differences');
      expect(restored.code).toBe(0);
      const { tables } = await manifestOf(copy);
      const now = await contents(other.url);
      expect(Object.fromEntries(Object.entries(now).map(([name, rows]) => [name, rows.length]))).toEqual(
        Object.fromEntries(tables.map(({ name, rows }) => [name, rows])),
      );
      // What the processes wrote after the copy is not in it.
      const { payments, subscriptions, users } = await contents(stack.databaseUrl);
      expect(now).toMatchObject({ payments, subscriptions, users });
      expect(now['payments']).toHaveLength(2);
      const catalogue = await readFile(stack.env['CATALOG_FILE']!, 'utf8');
      expect(await fileAt(fresh.root, '.env')).toEqual({ text: shopSettings(stack.env), mode: '600' });
      expect(await fileAt(fresh.root, CATALOGUE)).toEqual({ text: catalogue, mode: '600' });
      expect(restored.output).toContain(`${path.join(fresh.root, '.env')} was put back.`);
      expect(restored.output).toContain(`${path.join(fresh.root, CATALOGUE)} was put back.`);
    },
    LIMIT_MS,
  );

  it(
    'leaves settings and catalogue that are there, says which and where the others are, and audits with the settings of the copy',
    async () => {
      const used = await machine({ settings: `BOT_TOKEN=1:another\nCATALOG_FILE=${CATALOGUE}\n` });
      await mkdir(path.join(used.root, 'catalog'));
      await writeFile(path.join(used.root, CATALOGUE), '{}');
      const restored = await run(used, 'restore', [copy, '--replace'], other.url);
      for (const [mine, its] of [
        ['.env', 'settings.env'],
        [CATALOGUE, 'catalog.json'],
      ] as const) {
        const [target, source] = [path.join(used.root, mine), path.join(copy, its)];
        expect(restored.output).toContain(`${target} was left as it is: it differs from the copy's ${source}.`);
        expect(restored.output).toContain(`cp ${source} ${target}`);
      }
      expect(restored.output).toContain('the audit uses the settings of the copy');
      expect(restored.output).toContain('No differences');
      expect(restored.code).toBe(0);
      expect((await fileAt(used.root, '.env')).text).toBe(`BOT_TOKEN=1:another\nCATALOG_FILE=${CATALOGUE}\n`);
      expect((await fileAt(used.root, CATALOGUE)).text).toBe('{}');
    },
    LIMIT_MS,
  );

  it(
    'is put back as the catalogue file where the copy has none and CATALOG_FILE names one that is not there',
    async () => {
      const bare = await machine({ settings: `BOT_TOKEN=1:another\n` });
      expect(await run(bare, 'backup', [path.join(folder, 'no-file')], stack.databaseUrl)).toMatchObject({ code: 0 });
      const fresh = await machine({ settings: `BOT_TOKEN=1:another\nCATALOG_FILE=${CATALOGUE}\n` });
      const from = await onlyCopyIn('no-file');
      const restored = await run(fresh, 'restore', [from, '--replace'], other.url);
      expect(restored.output).toContain(`${path.join(fresh.root, CATALOGUE)} was put back.`);
      const exported = await fileAt(from, 'catalog.exported.json');
      expect(await fileAt(fresh.root, CATALOGUE)).toEqual(exported);
    },
    LIMIT_MS,
  );

  it(
    'put back into the database that `npm start` keeps is the same shop, and a copy of that is the same copy',
    async () => {
      const fresh = await machine();
      const restored = await run(fresh, 'restore', [copy]);
      expect(restored.output).toContain('No differences');
      expect(restored.code).toBe(0);
      expect(await readdir(fresh.state)).toContain('shop');
      expect(await readdir(fresh.state)).not.toContain('demo');
      expect(await run(fresh, 'backup', [path.join(folder, 'again')])).toMatchObject({ code: 0 });
      const again = await manifestOf(await onlyCopyIn('again'));
      const first = await manifestOf(copy);
      expect(again.tables).toEqual(first.tables);
      expect(again.files).toEqual(first.files);
    },
    LIMIT_MS,
  );

  it(
    'without settings and catalogue file, as of the demo, says so, and goes in and out of the database of the demo',
    async () => {
      const demo = await machine();
      const made = await run(demo, 'backup', [path.join(folder, 'bare')], other.url);
      expect(made.output).toContain('so the copy has no settings.env');
      expect(made.output).toContain(
        'so the copy has no catalog.json. What the shop sells is in its catalog.exported.json',
      );
      expect(made.code).toBe(0);
      const bare = await onlyCopyIn('bare');
      // What a demo leaves that was killed: workflows, and the addresses of servers that are gone.
      await mkdir(path.join(demo.state, 'demo'), { recursive: true });
      await writeFile(path.join(demo.state, 'demo', 'temporal.db'), 'workflows');
      const addresses =
        'DATABASE_URL=postgres://gone@127.0.0.1:1/gone\nBOT_TOKEN=1:demo\nYOOKASSA_SECRET_KEY=gone-gone\n';
      await writeFile(path.join(demo.state, 'runtime.env'), addresses);

      const restored = await run(demo, 'restore', [bare]);
      // The stand-ins here know nothing of what was sold elsewhere, and the audit says so.
      expect(restored.output).toContain("Comparing with the demo's stand-ins");
      expect(restored.output).toContain('differences');
      expect(restored.code).toBe(1);
      const left = await readdir(path.join(demo.state, 'demo'));
      expect(left).not.toContain('temporal.db');
      expect(left).toContainEqual(expect.stringMatching(/^temporal\.db\.before-restore-\d+$/));

      await writeFile(path.join(demo.state, 'runtime.env'), addresses);
      expect(await run(demo, 'backup', [path.join(folder, 'demo')])).toMatchObject({ code: 0 });
      const withStandIns = await onlyCopyIn('demo');
      expect((await manifestOf(withStandIns)).files.map(({ name }) => name)).toContain('demo-yookassa.json');
    },
    LIMIT_MS,
  );

  it(
    'of a demo is put back with what its stand-ins knew, and its audit is clean',
    async () => {
      const demo = await machine();
      expect(await run(demo, 'backup', [path.join(folder, 'empty')])).toMatchObject({ code: 1 });
      // A demo in which somebody has bought a month.
      const young = await createTestDatabase();
      await buyInDemo(path.join(demo.state, 'demo'), young.url);
      expect(await run(demo, 'backup', [path.join(folder, 'young')], young.url)).toMatchObject({ code: 0 });
      await young.close();
      const counted =
        '1 payments recorded, 1 at their providers, 1 subscriptions, 0 free grants, 1 accounts on the panels';
      const restored = await run(demo, 'restore', [await onlyCopyIn('young')]);
      expect(restored.output).toContain(counted);
      expect(restored.output).toContain('No differences');
      expect(restored.code).toBe(0);
      const panels = await fileAt(demo.state, 'demo', 'panels.json');

      expect(await run(demo, 'backup', [path.join(folder, 'grown')])).toMatchObject({ code: 0 });
      const other = await machine();
      const moved = await run(other, 'restore', [await onlyCopyIn('grown')]);
      expect(moved.output).toContain(counted);
      expect(moved.output).toContain('No differences');
      expect(moved.code).toBe(0);
      expect(await fileAt(other.state, 'demo', 'panels.json')).toEqual(panels);
    },
    LIMIT_MS,
  );

  it('of a real shop is not put into the database of the demo', async () => {
    const demo = await machine({ settings: 'ADMIN_IDS=5\n' });
    const refused = await run(demo, 'restore', [copy]);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('has no BOT_TOKEN, so this folder runs the demo');
    expect(await readdir(demo.state)).not.toContain('demo');
  });

  it(
    'does not replace a shop unless that is asked for',
    async () => {
      const fresh = await machine();
      const refused = await run(fresh, 'restore', [copy], stack.databaseUrl);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain('holds a shop with 2 users already');
      expect(refused.output).toContain('--replace');
      expect(await readdir(fresh.root)).not.toContain('.env');
    },
    LIMIT_MS,
  );

  it.each(['settings.env', 'catalog.json', 'tables/payments.copy.gz'])(
    'that is damaged is refused before anything is changed: %s',
    async (name) => {
      const whole = await readFile(path.join(copy, name));
      await appendFile(path.join(copy, name), 'x');
      const before = await contents(stack.databaseUrl);
      const fresh = await machine();
      const refused = await run(fresh, 'restore', [copy, '--replace'], stack.databaseUrl);
      await writeFile(path.join(copy, name), whole);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain(`${path.join(copy, name)} was changed or is damaged`);
      expect(await contents(stack.databaseUrl)).toEqual(before);
      expect(await readdir(fresh.root)).not.toContain('.env');
    },
    LIMIT_MS,
  );
});
