/** For tests of `npm run backup` and `npm run restore`: what is in a copy, in a file and in a database. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';

export interface Manifest {
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

/** @param of a copy's folder */
export const manifestOf = async (of: string): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(of, 'manifest.json'), 'utf8')) as Manifest;

/** A file with its permissions. */
export async function fileAt(...parts: readonly string[]): Promise<{ text: string; mode: string }> {
  const file = path.join(...parts);
  return { text: await readFile(file, 'utf8'), mode: ((await stat(file)).mode & 0o777).toString(8) };
}

/** Every row of every table, as text. */
export async function contents(url: string): Promise<Record<string, unknown[]>> {
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
