import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { GRANTS_TO_BOT } from './migrateGrants';
import { KEEP_ALIVE, type Queryable } from './pool';

/**
 * Any constant: whoever migrates this database takes this advisory lock, so that replicas started together queue up.
 */
const MIGRATION_LOCK = 7_340_211;
const FOLDER = path.join(__dirname, 'migrations');
/**
 * Which migrations a database has. Backups leave it out, so a restored shop keeps the list of the program that made the
 * schema which it was restored into.
 */
const TABLE = 'schema_migrations';

interface Migration {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  readonly sql: string;
}

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
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, ...KEEP_ALIVE });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const missing = await missingMigrations(client);
    if (!(await mayMigrate(client))) return missing.length === 0;
    await apply(client, missing);
    await client.query(GRANTS_TO_BOT);
    return true;
  } finally {
    await client.end();
  }
}

/** All of them, or none. */
async function apply(db: Queryable, migrations: readonly Migration[]): Promise<void> {
  if (migrations.length === 0) return;
  await db.query('BEGIN');
  // A failure ends the connection, and with it the transaction.
  await db.query(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (id serial PRIMARY KEY, name text NOT NULL, hash text NOT NULL,
       run_on timestamptz NOT NULL DEFAULT now())`,
  );
  for (const { name, hash, sql } of migrations) {
    await db.query(sql);
    await db.query(`INSERT INTO ${TABLE} (name, hash) VALUES ($1, $2)`, [name, hash]);
  }
  await db.query('COMMIT');
}

async function mayMigrate(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    `SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may`,
  );
  return rows[0]!.may;
}

/**
 * Migrations that this code has and the database has not. A database that a newer version has migrated further lacks
 * none: while replicas are replaced one after the other, old ones go on with it.
 *
 * @throws UnusableDatabaseError when its schema is not one of this program's: a migration has another name, or the same
 *   name and another text (until 1.0.0 the first migration is edited in place)
 */
async function missingMigrations(db: Queryable): Promise<Migration[]> {
  const known = await readMigrations();
  const applied = await appliedMigrations(db);
  if (applied.some(({ name, hash }, at) => known[at] && (known[at].name !== name || known[at].hash !== hash))) {
    const { rows } = await db.query<{ name: string }>('SELECT current_database() AS name');
    const schema = applied.map(({ name, hash }) =>
      known.some((one) => one.name === name && one.hash !== hash) ? `${name} of another text` : name,
    );
    throw new UnusableDatabaseError(
      `The database "${rows[0]!.name}" was made by a development version of this program, older than its first release ` +
        `(its schema consists of ${schema.join(', ')}), and cannot be used; nothing was changed`,
      'If it is the demo, run `npm start -- --reset`. Otherwise create a new empty database and set DATABASE_URL to it.',
    );
  }
  return known.slice(applied.length);
}

/** This program's, in the order in which they are applied. */
async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      // A checkout on Windows ends lines otherwise; that is the same migration.
      const sql = (await readFile(path.join(FOLDER, file), 'utf8')).replaceAll('\r\n', '\n');
      return { name: file.slice(0, -'.sql'.length), hash: createHash('sha256').update(sql).digest('hex'), sql };
    }),
  );
}

/** For programs that use a database and leave migrating to the worker. @throws UnusableDatabaseError */
export async function requireSchema(db: Queryable): Promise<void> {
  const missing = await missingMigrations(db);
  if (missing.length > 0)
    throw new UnusableDatabaseError(
      `The database's schema lacks ${missing.map(({ name }) => name).join(', ')}`,
      'Start a worker, which brings it up to date.',
    );
}

/**
 * In the order in which they were applied; none in an empty database, and for a user who was granted nothing yet. The
 * first development versions stored no hash.
 */
async function appliedMigrations(db: Queryable): Promise<{ name: string; hash: string | null }[]> {
  const { rows: tables } = await db.query<{ readable: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass($1), 'SELECT'), false) AS readable`,
    [TABLE],
  );
  if (!tables[0]!.readable) return [];
  const { rows } = await db.query<{ name: string; hash: string | null }>(
    `SELECT name, to_jsonb(migration) ->> 'hash' AS hash FROM ${TABLE} migration ORDER BY id`,
  );
  return rows;
}
