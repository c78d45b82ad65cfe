import { z } from 'zod';
import { ENTRY_KINDS, type BookEntry } from '../../../domain/bookEntry';
import { columnNames, instant, snakeCased, type Columns } from './columns';
import { planLimitColumns } from './planGrant';

/** The columns of an entry, but for its id. */
export const entryColumns = {
  kind: z.enum(ENTRY_KINDS),
  source: z.string(),
  grant_id: z.number().nullable(),
  at: instant,
  ms: z.number(),
  ...planLimitColumns,
  used_gb: z.number().nullable(),
  kopecks: z.number(),
  plan_code: z.string().nullable(),
  whole: z.boolean(),
} satisfies Columns<Omit<BookEntry, 'id'>>;

export const grantEntryRow = z.object({ id: z.number(), subscription_id: z.string(), ...entryColumns });

const ENTRY = columnNames(entryColumns);
export const ENTRY_COLUMNS = ENTRY.join(', ');

/** The values of `ENTRY_COLUMNS`, in their order. */
export function entryValues(entry: BookEntry): unknown[] {
  const row = snakeCased(entry, entryColumns);
  return ENTRY.map((column) => row[column]);
}

/** `$4, $5`: the parameters for `entryValues` whose first one is `$first`. */
export function entryParameters(first: number): string {
  return ENTRY.map((_, index) => `$${first + index}`).join(', ');
}
