/**
 * Which databases this program takes: its own, and an empty one. Any other is refused before anything in it is changed.
 */
import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { migrate, requireSchema, UnusableDatabaseError } from '../../../src/storage/postgres/migrate';
import { TYPESCRIPT } from '../../support/children';
import { testEnvironment } from '../../support/environment';
import { withDatabase } from '../../support/template-database';

const ROOT = path.resolve(__dirname, '../../..');
const LIMIT_MS = 240_000;
/** What development versions wrote into their databases. */
const BEFORE_RELEASE = [
  ['0001_shop'],
  ['0001_shop', '0002_care', '0006_returns'],
  ['0001_initial_draft'],
  // The name of today's first migration, of which no text was stored.
  ['0001_initial'],
];

const made: string[] = [];
async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

async function emptyDatabase(): Promise<string> {
  const adminUrl = testEnvironment('TEST_DATABASE_URL');
  const name = `test_migrate_${randomBytes(6).toString('hex')}`;
  await query(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  made.push(name);
  return withDatabase(adminUrl, name);
}

/** With the table in which migrations are listed, as development versions made it. */
async function databaseWith(migrations: readonly string[]): Promise<string> {
  const url = await emptyDatabase();
  await query(
    url,
    'CREATE TABLE schema_migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL DEFAULT now())',
    'CREATE TABLE payments (id uuid PRIMARY KEY)',
    ...migrations.map((name) => `INSERT INTO schema_migrations (name) VALUES ('${name}')`),
  );
  return url;
}

const tablesOf = (url: string) =>
  query(url, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`);

async function checkSchema(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await requireSchema(client);
  } finally {
    await client.end();
  }
}

afterAll(async () => {
  for (const name of made)
    await query(testEnvironment('TEST_DATABASE_URL'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

describe('a database', () => {
  it('that is empty is migrated; several at once, and again, leave the same', async () => {
    const url = await emptyDatabase();
    await expect(checkSchema(url)).rejects.toThrow(/schema lacks 0001_initial.*Start a worker, which brings/s);
    await Promise.all([migrate(url), migrate(url), migrate(url)]);
    await checkSchema(url);
    const applied = await query(url, 'SELECT * FROM schema_migrations');
    expect(applied.map(({ name }) => name)).toEqual(['0001_initial']);
    await migrate(url);
    expect(await query(url, 'SELECT * FROM schema_migrations')).toEqual(applied);
  });

  it.each(BEFORE_RELEASE)('that a development version made (%s, ...) is refused and not changed', async (...names) => {
    const url = await databaseWith(names);
    const before = await tablesOf(url);
    const refused =
      /^The database "test_migrate_\w+" was made by a development version.*npm start -- --reset.*DATABASE_URL/s;
    for (const attempt of [migrate(url), checkSchema(url)]) {
      const error = await attempt.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnusableDatabaseError);
      expect((error as Error).message).toMatch(refused);
      for (const name of names) expect((error as Error).message).toContain(name);
    }
    expect(await tablesOf(url)).toEqual(before);
  });

  it('whose first migration had another text under the same name is refused and not changed', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await query(url, `UPDATE schema_migrations SET hash = repeat('0', 64)`);
    const before = await tablesOf(url);
    for (const attempt of [migrate(url), checkSchema(url)]) {
      const error = await attempt.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnusableDatabaseError);
      expect((error as Error).message).toMatch(/consists of 0001_initial of another text.*npm start -- --reset/s);
    }
    expect(await tablesOf(url)).toEqual(before);
    expect(await query(url, 'SELECT hash FROM schema_migrations')).toEqual([{ hash: '0'.repeat(64) }]);
  });

  it('whose migration fails keeps nothing of it', async () => {
    const url = await emptyDatabase();
    await query(url, 'CREATE TABLE provider_requests (id uuid PRIMARY KEY)');
    await expect(migrate(url)).rejects.toThrow('"provider_requests" already exists');
    expect(await tablesOf(url)).toEqual([{ table_name: 'provider_requests' }]);
  });

  it('that a newer version has migrated further is used: replicas are replaced one after the other', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await query(url, `INSERT INTO schema_migrations (name, hash) VALUES ('0099_of_a_newer_version', 'of a text')`);
    await migrate(url);
    await checkSchema(url);
  });
});

describe('on a database of a development version', () => {
  const catalogue = path.join(mkdtempSync(path.join(tmpdir(), 'gigabridge-migrate-')), 'catalogue.json');
  let url: string;
  beforeAll(async () => {
    url = await databaseWith(BEFORE_RELEASE[1]!);
    writeFileSync(catalogue, JSON.stringify({ locations: [], servers: [], plans: [] }));
  });
  afterAll(() => rmSync(path.dirname(catalogue), { recursive: true }));

  it.each([
    ['the bot', ['src/bot/main.ts'], 1],
    ['the worker', ['src/worker/main.ts'], 1],
    ['npm run payment', ['src/cli/payment.ts', 'unexplained'], 1],
    ['npm run audit', ['src/cli/audit.ts', '--no-temporal'], 2],
    ['npm run catalog', ['src/cli/catalog.ts', 'apply', catalogue], 1],
    ['npm run doctor', ['src/cli/doctor.ts'], 1],
  ])(
    '%s does nothing and says what to do, without a stack',
    async (_, words, exitCode) => {
      const { code, said } = await run(words, url);
      expect(said).toMatch(/was made by a development version/);
      expect(said).toMatch(/npm start -- --reset/);
      expect(said).not.toMatch(/^ +at /m);
      expect(code).toBe(exitCode);
    },
    LIMIT_MS,
  );
});

function run(words: readonly string[], databaseUrl: string): Promise<{ code: number; said: string }> {
  const nowhere = 'http://127.0.0.1:1';
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...TYPESCRIPT, ...words],
      {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: databaseUrl,
          REDIS_URL: 'redis://127.0.0.1:1',
          TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
          TEMPORAL_NAMESPACE: 'default',
          BOT_TOKEN: '123456789:AAEabcdefghijklmnopqrstuvwxyz012345',
          TELEGRAM_API_ROOT: nowhere,
          PUBLIC_URL: 'https://shop.example',
          ADMIN_IDS: '1',
          YOOKASSA_API_URL: `${nowhere}/v3`,
          YOOKASSA_SHOP_ID: '100500',
          YOOKASSA_SECRET_KEY: 'test_demo',
          HTTP_PORT: '0',
        },
      },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
    );
  });
}
