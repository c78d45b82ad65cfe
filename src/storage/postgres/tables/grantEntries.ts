import { z } from 'zod';
import { ENTRY_KINDS, type BookEntry } from '../../../domain/bookEntry';
import { columnNames, columnParameters, columnValues, instant, type Columns } from './columns';
import { planLimitColumns } from './planGrant';

/** The columns of an entry, but for its id. */
const entryColumns = {
  kind: z.enum(ENTRY_KINDS),
  source: z.string(),
  grant_id: z.number().nullable(),
  at: instant,
  ms: z.number(),
  ...planLimitColumns,
  used_gb: z.number().nullable(),
  kopecks: z.number(),
  currency: z.string().nullable(),
  plan_code: z.string().nullable(),
  whole: z.boolean(),
  ends_with_purchase: z.boolean(),
} satisfies Columns<Omit<BookEntry, 'id'>>;

export const grantEntryRow = z.object({
  id: z.number(),
  subscription_id: z.string(),
  ...entryColumns,
  end_before: instant.nullable(),
});

export const ENTRY_COLUMNS = columnNames(entryColumns).join(', ');

/** The values of `ENTRY_COLUMNS`, in their order. */
export function entryValues(entry: BookEntry): unknown[] {
  return columnValues(entry, entryColumns);
}

/** `$4, $5`: the parameters for `entryValues` whose first one is `$first`. */
export function entryParameters(first: number): string {
  return columnParameters(entryColumns, first);
}
