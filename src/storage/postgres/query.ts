import type { z } from 'zod';
import type { Queryable } from './pool';

/**
 * Runs a statement and checks every row that comes back. `row` is a table's schema (`tables/`), the part of it that is
 * selected (`pick`), or a join (`extend`).
 *
 * @throws ZodError for a row that is not as `row` says: then schema and database do not belong together
 */
export async function queryRows<Row>(
  db: Queryable,
  row: z.ZodType<Row>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows.map((one) => row.parse(one));
}

/** The same for a statement of which at most one row counts. @returns `undefined` when there is none */
export async function queryRow<Row>(
  db: Queryable,
  row: z.ZodType<Row>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows[0] === undefined ? undefined : row.parse(rows[0]);
}
