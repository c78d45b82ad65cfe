import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Queryable } from './pool';

/** A statement that PostgreSQL analyses and plans once for each connection, and runs by its name from then on. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * For the statements that every purchase runs: their planning costs PostgreSQL more than their running. They name the
 * columns that they return: a statement prepared with `*` fails for good on its connection once a migration has added a
 * column ("cached plan must not change result type").
 *
 * @throws Error for a statement with a `*` among its columns
 */
export function prepared(text: string): PreparedStatement {
  if (/(\bSELECT|\bRETURNING|,)\s+(\w+\.)?\*/i.test(text))
    throw new Error(`a prepared statement names its columns: ${text}`);
  return { name: createHash('sha256').update(text).digest('hex').slice(0, 16), text };
}

/**
 * A row that is not as its schema says: schema and database do not belong together. The message is one line, names the
 * row and every column that is wrong, and holds no value.
 */
export class UnreadableRowError extends Error {
  override readonly name = 'UnreadableRowError';
}

/** @throws UnreadableRowError */
export function parseRow<Row>(row: z.ZodType<Row>, given: Readonly<Record<string, unknown>>): Row {
  const read = row.safeParse(given);
  if (read.success) return read.data;
  const id = given['id'] ?? given['code'] ?? given['payment_id'];
  const wrong = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the row'}: ${message}`);
  throw new UnreadableRowError(
    `a row of the database can't be read${typeof id === 'string' || typeof id === 'number' ? `, ${id}` : ''}: ${wrong.join('; ')}`,
  );
}

/**
 * Runs a statement and checks every row that comes back. `row` is a table's schema (`tables/`), the part of it that is
 * selected (`pick`), or a join (`extend`).
 *
 * @throws UnreadableRowError for a row that is not as `row` says
 */
export async function queryRows<Row>(
  db: Queryable,
  row: z.ZodType<Row>,
  sql: string | PreparedStatement,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows.map((one) => parseRow(row, one));
}

/** The same for a statement of which at most one row counts. @returns `undefined` when there is none */
export async function queryRow<Row>(
  db: Queryable,
  row: z.ZodType<Row>,
  sql: string | PreparedStatement,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows[0] === undefined ? undefined : parseRow(row, rows[0]);
}
