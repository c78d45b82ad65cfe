import path from 'node:path';
import { Client } from 'pg';

/** Any constant: whoever migrates this database takes this advisory lock, so that replicas started together queue up. */
const MIGRATION_LOCK = 7_340_211;

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
      dir: path.join(__dirname, 'migrations'),
      direction: 'up',
      migrationsTable: 'schema_migrations',
      // Our own lock waits; the library's gives up at once when another process is migrating.
      noLock: true,
      singleTransaction: true,
      log: () => undefined,
    });
  } finally {
    await client.end();
  }
}
