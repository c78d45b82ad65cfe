import type { z } from 'zod';
import type { Queryable } from './pool';

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
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows.map((one) => parseRow(row, one));
}

/** The same for a statement of which at most one row counts. @returns `undefined` when there is none */
export async function queryRow<Row>(
  db: Queryable,
  row: z.ZodType<Row>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows[0] === undefined ? undefined : parseRow(row, rows[0]);
}
