/**
 * A copy of the shop as one folder: every table as PostgreSQL's own COPY text, compressed, of one moment; settings and
 * catalogue file; and a manifest with checksums, written last, so that a folder without one is an interrupted copy.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { createRequire } from 'node:module';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';
import { checkFile, copyFiles, makePrivateFolder } from './shop-files.mjs';

const FORMAT = 2;
const MIGRATIONS = 'schema_migrations';

/**
 * @typedef {{ name: string, columns: string[], rows: number, sha256: string }} CopiedTable
 * @typedef {import('./shop-files.mjs').CopiedFile} CopiedFile
 * @typedef {{ format: number, madeAt: string, migrations: string[], tables: CopiedTable[], files: CopiedFile[] }}
 *   Manifest
 */

/**
 * @template T
 * @param {string} databaseUrl
 * @param {(client: pg.Client) => Promise<T>} work
 */
async function withClient(databaseUrl, work) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect().catch((error) => {
    throw new Problem(
      `PostgreSQL cannot be used: ${error.message || error.code}.`,
      'start it, or correct DATABASE_URL; nothing was changed.',
    );
  });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * The migrations of a database with the beginning of each text's hash: until 1.0.0 the first one is edited under its
 * name.
 * @param {pg.Client} client
 * @returns {Promise<string[]>} in the order in which they were applied
 */
async function migrationsOf(client) {
  const { rows: there } = await client.query('SELECT to_regclass($1) IS NOT NULL AS yes', [MIGRATIONS]);
  if (!there[0].yes) return [];
  const { rows } = await client.query(
    // A development database may have no hashes.
    `SELECT concat_ws(' ', name, left(to_jsonb(m) ->> 'hash', 12)) AS name FROM ${MIGRATIONS} m ORDER BY id`,
  );
  return rows.map(({ name }) => name);
}

/**
 * Every table with its columns; a table comes after those that its rows refer to.
 * @param {pg.Client} client
 * @returns {Promise<{ name: string, columns: string[] }[]>}
 */
async function tablesOf(client) {
  const { rows: columns } = await client.query(
    `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> $1 GROUP BY 1 ORDER BY 1`,
    [MIGRATIONS],
  );
  const { rows: references } = await client.query(
    `SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS target FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid`,
  );
  const sorted = [];
  const waiting = new Map(columns.map((table) => [table.name, table]));
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(
      ({ name }) => !references.some((one) => one.name === name && waiting.has(one.target)),
    );
    if (ready.length === 0) throw new Error(`these tables refer to each other: ${[...waiting.keys()].join(', ')}`);
    for (const table of ready) {
      sorted.push(table);
      waiting.delete(table.name);
    }
  }
  return sorted;
}

/** @param {string} folder @param {string} table */
const fileOf = (folder, table) => path.join(folder, 'tables', `${table}.copy.gz`);

/** @param {string} name */
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/**
 * Copies every table as it is at one moment, and the files; the shop may go on selling meanwhile.
 * @param {string} databaseUrl
 * @param {string} folder must not exist
 * @param {{ demo: string | undefined, say: (what: string) => void }} options `demo`: the data folder of the demo, when
 *   this is one
 * @returns {Promise<{ manifest: Manifest, notes: string[] }>} `notes`: what the copy does not have, a sentence each
 */
export async function writeBackup(databaseUrl, folder, { demo, say }) {
  makePrivateFolder(path.join(folder, 'tables'));
  return withClient(databaseUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const migrations = await migrationsOf(client);
    if (migrations.length === 0)
      throw new Problem('The database is empty: no shop has run on it yet.', 'check DATABASE_URL.');
    /** @type {CopiedTable[]} */
    const tables = [];
    for (const { name, columns } of await tablesOf(client)) {
      say(`copying ${name}`);
      const source = client.query(copyTo(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) TO STDOUT`));
      const hash = createHash('sha256');
      const hashed = new PassThrough().on('data', (chunk) => hash.update(chunk));
      await pipeline(source, createGzip(), hashed, createWriteStream(fileOf(folder, name), { mode: 0o600 }));
      tables.push({ name, columns, rows: source.rowCount ?? 0, sha256: hash.digest('hex') });
    }
    const { exportCatalogue } = createRequire(import.meta.url)(inRoot('dist', 'support', 'exportCatalogue.js'));
    const sold = await exportCatalogue(client);
    await client.query('COMMIT');
    const { files, notes } = await copyFiles(folder, sold, demo);
    const manifest = { format: FORMAT, madeAt: new Date().toISOString(), migrations, tables, files };
    writeFileSync(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    return { manifest, notes };
  });
}

/**
 * Reads a copy's manifest and checks every file against it.
 * @param {string} folder
 * @returns {Promise<Manifest>}
 * @throws {Problem} when it is not a whole copy
 */
export async function checkBackup(folder) {
  const file = path.join(folder, 'manifest.json');
  if (!existsSync(file))
    throw new Problem(
      `${folder} is not a copy of a shop: it has no manifest.json.`,
      'name a folder that `npm run backup` made; one without a manifest was interrupted.',
    );
  /** @type {Manifest} */
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  if (manifest.format !== FORMAT)
    throw new Problem(`${folder} has the form ${manifest.format}, this program reads ${FORMAT}.`);
  for (const { name, sha256 } of manifest.tables) await checkFile(fileOf(folder, name), sha256);
  for (const { name, sha256 } of manifest.files) await checkFile(path.join(folder, name), sha256);
  return manifest;
}

/**
 * Puts a copy's rows into a database that has the schema already. All of it happens, or nothing.
 * @param {string} databaseUrl
 * @param {string} folder
 * @param {Manifest} manifest of the folder, checked
 * @param {{ replace: boolean, say: (what: string) => void }} options `replace`: what is there may go
 * @throws {Problem} when the schema is another one, or the database holds users and `replace` is not set
 */
export async function restoreBackup(databaseUrl, folder, manifest, { replace, say }) {
  await withClient(databaseUrl, async (client) => {
    const migrations = await migrationsOf(client);
    if (JSON.stringify(migrations) !== JSON.stringify(manifest.migrations))
      throw new Problem(
        `The copy has the schema ${manifest.migrations.at(-1)}, this release has ${migrations.at(-1)}.`,
        'restore it with the release that made it, then update.',
      );
    await client.query('BEGIN');
    const { rows } = await client.query('SELECT count(*)::int AS users FROM users');
    if (rows[0].users > 0 && !replace)
      throw new Problem(
        `The database holds a shop with ${rows[0].users} users already.`,
        'add --replace if all of it may be replaced by the copy; make a copy of it first.',
      );
    const there = await tablesOf(client);
    await client.query(`TRUNCATE ${there.map(({ name }) => quoted(name)).join(', ')}`);
    for (const { name, columns, rows: expected } of manifest.tables) {
      say(`restoring ${name}`);
      const target = client.query(copyFrom(`COPY ${quoted(name)} (${columns.map(quoted).join(', ')}) FROM STDIN`));
      await pipeline(createReadStream(fileOf(folder, name)), createGunzip(), target);
      if (target.rowCount !== expected)
        throw new Error(`${name}: ${target.rowCount} rows were restored instead of ${expected}`);
    }
    await continueNumbering(client);
    await client.query('COMMIT');
  });
}

/** Numbers given out by the database go on after the highest one restored. @param {pg.Client} client */
async function continueNumbering(client) {
  const { rows } = await client.query(
    `SELECT c.relname AS name, a.attname AS "column", pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> $1
       AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`,
    [MIGRATIONS],
  );
  for (const { name, column, sequence } of rows)
    await client.query(
      `SELECT setval($1, coalesce((SELECT max(${quoted(column)}) FROM ${quoted(name)}), 0) + 1, false)`,
      [sequence],
    );
}
