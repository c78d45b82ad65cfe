/**
 * `npm run backup` and `npm run restore`: a shop in the middle of its life, with a payment that is still open, is copied
 * and put back into an empty database; no row is lost, and the audit finds no differences.
 */
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createBuyer, payAt } from '../support/buyer';
import { createTestDatabase, type TestDatabase } from '../support/environment';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';
import { runNode, type Result } from '../scripts/run';

const LIMIT_MS = 240_000;
let stack: Stack;
let folder: string;
let other: TestDatabase;
let copy: string;

beforeAll(async () => {
  stack = await startStack({});
  folder = await mkdtemp(path.join(tmpdir(), 'gigabridge-backup-'));
  other = await createTestDatabase();
  const paid = createBuyer(stack.telegramUrl, 9_601);
  await paid.start();
  await payAt(stack.yookassaUrl, await paid.order());
  await waitUntil(async () => (await paid.keys()).length > 0, { what: 'the key arrives' });
  const open = createBuyer(stack.telegramUrl, 9_602);
  await open.start();
  await open.order();
  const made = await run('scripts/backup.mjs', [folder], stack.databaseUrl);
  expect(made).toMatchObject({ code: 0 });
  copy = path.join(folder, (await readdir(folder))[0]!);
}, LIMIT_MS);
afterAll(async () => {
  await stack?.stop();
  await other?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
}, LIMIT_MS);

/** The scripts must not use the `.env` or a running shop of this checkout. */
const run = (script: string, args: readonly string[], databaseUrl: string): Promise<Result> =>
  runNode([script, ...args], {
    env: {
      ...stack.env,
      DATABASE_URL: databaseUrl,
      GIGABRIDGE_STATE: path.join(tmpdir(), path.basename(folder), 'state'),
    },
  });

async function contents(url: string): Promise<Record<string, unknown[]>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND relname <> 'schema_migrations' ORDER BY 1`,
    );
    const all: Record<string, unknown[]> = {};
    for (const { name } of tables)
      all[name] = (await client.query(`SELECT t::text FROM ${name} t ORDER BY 1`)).rows.map((row) => row['t']);
    return all;
  } finally {
    await client.end();
  }
}

describe('a copy of the shop', () => {
  it(
    'put back into an empty database holds every row, and the audit is clean',
    async () => {
      await stack.kill('bot');
      await stack.kill('worker');
      const restored = await run('scripts/restore.mjs', [copy], other.url);
      expect(restored.output).toContain('No differences');
      expect(restored.code).toBe(0);
      const manifest = JSON.parse(await readFile(path.join(copy, 'manifest.json'), 'utf8')) as {
        tables: { name: string; rows: number }[];
      };
      const now = await contents(other.url);
      expect(Object.fromEntries(Object.entries(now).map(([name, rows]) => [name, rows.length]))).toEqual(
        Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows])),
      );
      // What the processes wrote after the copy is not in it.
      const { payments, subscriptions, users } = await contents(stack.databaseUrl);
      expect(now).toMatchObject({ payments, subscriptions, users });
      expect(now['payments']).toHaveLength(2);
    },
    LIMIT_MS,
  );

  it(
    'does not replace a shop unless that is asked for',
    async () => {
      const refused = await run('scripts/restore.mjs', [copy], stack.databaseUrl);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain('holds a shop with 2 users already');
      expect(refused.output).toContain('--replace');
    },
    LIMIT_MS,
  );

  it(
    'that is damaged is refused before anything is changed',
    async () => {
      await appendFile(path.join(copy, 'tables', 'payments.copy.gz'), 'x');
      const before = await contents(stack.databaseUrl);
      const refused = await run('scripts/restore.mjs', [copy, '--replace'], stack.databaseUrl);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain('was changed or is damaged');
      expect(await contents(stack.databaseUrl)).toEqual(before);
    },
    LIMIT_MS,
  );
});
