import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { GRANTS_TO_BOT } from './migrateGrants';
import { KEEP_ALIVE, type Queryable } from './pool';

/**
 * Any constant: whoever migrates this database takes this advisory lock, so that replicas started together queue up.
 */
const MIGRATION_LOCK = 7_340_211;
const FOLDER = path.join(__dirname, 'migrations');
const TABLE = 'schema_migrations';

/** This program can't work with the database. The message says why and what to do, for whoever started the program. */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError';

  /**
   * @param problem what is wrong, without a full stop
   * @param advice what to do about it, a sentence
   */
  constructor(
    readonly problem: string,
    readonly advice: string,
  ) {
    super(`${problem}. ${advice}`);
  }
}

/**
 * Brings the database to the newest schema. Safe to call from any number of processes at once: one migrates, the others
 * wait for it. Forward only.
 *
 * @returns whether the schema is the newest: a role that may not change it (the bot's) waits for a worker
 * @throws UnusableDatabaseError when its schema is not one of this program's; nothing was changed
 * @throws the database's error; nothing of the failed migration stays
 */
export async function migrate(databaseUrl: string): Promise<boolean> {
  // node-pg-migrate is an ES module.
  const { runner } = await import('node-pg-migrate');
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, ...KEEP_ALIVE });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const missing = await missingMigrations(client);
    if (!(await mayMigrate(client))) return missing.length === 0;
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
    await client.query(GRANTS_TO_BOT);
    return true;
  } finally {
    await client.end();
  }
}

async function mayMigrate(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    `SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may`,
  );
  return rows[0]!.may;
}

/**
 * Names of migrations that this code has and the database has not. A database that a newer version has migrated further
 * lacks none: while replicas are replaced one after the other, old ones go on with it.
 *
 * @throws UnusableDatabaseError when its schema is not one of this program's
 */
async function missingMigrations(db: Queryable): Promise<string[]> {
  const known = (await readdir(FOLDER))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .toSorted();
  const applied = await appliedMigrations(db);
  if (applied.some((name, at) => known[at] !== undefined && known[at] !== name)) {
    const { rows } = await db.query<{ name: string }>('SELECT current_database() AS name');
    throw new UnusableDatabaseError(
      `The database "${rows[0]!.name}" was made by a development version of this program, older than its first release ` +
        `(its schema consists of ${applied.join(', ')}), and cannot be used; nothing was changed`,
      'If it is the demo, run `npm start -- --reset`. Otherwise create a new empty database and set DATABASE_URL to it.',
    );
  }
  return known.slice(applied.length);
}

/** For programs that use a database and leave migrating to the worker. @throws UnusableDatabaseError */
export async function requireSchema(db: Queryable): Promise<void> {
  const missing = await missingMigrations(db);
  if (missing.length > 0)
    throw new UnusableDatabaseError(
      `The database's schema lacks ${missing.join(', ')}`,
      'Start a worker, which brings it up to date.',
    );
}

/** In the order in which they were applied; none in an empty database, and for a user who was granted nothing yet. */
async function appliedMigrations(db: Queryable): Promise<string[]> {
  const { rows: tables } = await db.query<{ readable: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass($1), 'SELECT'), false) AS readable`,
    [TABLE],
  );
  if (!tables[0]!.readable) return [];
  const { rows } = await db.query<{ name: string }>(`SELECT name FROM ${TABLE} ORDER BY id`);
  return rows.map(({ name }) => name);
}
