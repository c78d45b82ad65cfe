import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import type { Queryable } from './pool';

/** Any constant: whoever migrates this database takes this advisory lock, so that replicas started together queue up. */
const MIGRATION_LOCK = 7_340_211;
const FOLDER = path.join(__dirname, 'migrations');
const TABLE = 'schema_migrations';

/**
 * Brings the database to the newest schema. Safe to call from any number of processes at once: one migrates, the others
 * wait for it. Forward only.
 *
 * @throws the database's error; nothing of the failed migration stays
 */
export async function migrate(databaseUrl: string): Promise<void> {
  // node-pg-migrate is an ES module.
  const { runner } = await import('node-pg-migrate');
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runner({
      dbClient: client,
      dir: FOLDER,
      direction: 'up',
      migrationsTable: TABLE,
      // Our own lock waits; the library's gives up at once when another process is migrating.
      noLock: true,
      singleTransaction: true,
      log: () => undefined,
    });
  } finally {
    await client.end();
  }
}

/** Names of migrations that this code has and the database has not. */
export async function missingMigrations(db: Queryable): Promise<string[]> {
  const { rows: tables } = await db.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [TABLE]);
  const { rows } = tables[0]!.there ? await db.query<{ name: string }>(`SELECT name FROM ${TABLE}`) : { rows: [] };
  const done = new Set(rows.map(({ name }) => name));
  const names = (await readdir(FOLDER))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length));
  return names.filter((name) => !done.has(name)).toSorted();
}
