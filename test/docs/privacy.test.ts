/** docs/privacy.md is complete: whoever runs the shop has to say what it keeps of people. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { SETTING_NAMES } from '../../src/config/settings';
import { SEARCH_ATTRIBUTE } from '../../src/domain/searchAttributes';
import { createTestDatabase, type TestDatabase } from '../support/environment';

const page = readFileSync(path.resolve(__dirname, '../../docs/privacy.md'), 'utf8');
const inBackticks = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

interface Row {
  readonly columns: readonly string[];
  readonly cells: readonly string[];
}

/** The tables of one heading, with the rows below it. */
const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => ({
    tables: inBackticks(section.split('\n')[0]!),
    rows: [...section.matchAll(/^\| (`.*) \|$/gm)].map(([, line]): Row => {
      const [first, ...cells] = line!.split(' | ');
      return { columns: inBackticks(first!), cells: cells.map((cell) => cell.trim()) };
    }),
  }))
  .filter(({ tables }) => tables.length > 0);

let database: TestDatabase;
let columns: readonly { readonly table: string; readonly column: string }[];
beforeAll(async () => {
  database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  ({ rows: columns } = await client.query(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns JOIN information_schema.tables
       USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, 2`,
  ));
  await client.end();
});
afterAll(() => database?.close());

const named = (table: string) =>
  sections.filter(({ tables }) => tables.includes(table)).flatMap(({ rows }) => rows.flatMap((row) => row.columns));

describe('docs/privacy.md', () => {
  it('names every column of every table', () => {
    expect(columns.length).toBeGreaterThan(250);
    const silent = columns.filter(({ table, column }) => !named(table).includes(column));
    expect(silent.map(({ table, column }) => `${table}.${column}`)).toEqual([]);
  });

  it('names no table and no column that is not there', () => {
    const there = sections.map(({ tables, rows }) => ({
      tables,
      gone: rows
        .flatMap((row) => row.columns)
        .filter((name) => !columns.some(({ table, column }) => tables.includes(table) && column === name)),
    }));
    expect(there.flatMap(({ gone }) => gone)).toEqual([]);
    const tables = new Set(columns.map(({ table }) => table));
    expect(sections.flatMap((section) => section.tables).filter((table) => !tables.has(table))).toEqual([]);
  });

  it('says of each what, how long and why', () => {
    const short = sections.flatMap(({ rows }) => rows).filter(({ cells }) => cells.length !== 3 || cells.includes(''));
    expect(short).toEqual([]);
  });

  it('names the search attributes of Temporal, and no setting that is not there', () => {
    const attributes = inBackticks([...page.matchAll(/^\| Temporal, .*$/gm)].join('\n'));
    for (const name of Object.values(SEARCH_ATTRIBUTE)) expect(attributes).toContain(name);
    const settings = [...page.matchAll(/\b([A-Z]+_RETENTION)\b/g)].map(([, name]) => name!);
    // TEMPORAL_RETENTION is the server's own.
    expect(settings.filter((name) => ![...SETTING_NAMES, 'TEMPORAL_RETENTION'].includes(name))).toEqual([]);
  });
});
