/** What columns hold, and their names in code. */
import { z } from 'zod';
import { LANGUAGES } from '../../../domain/language';

/** A `timestamptz`. The driver gives a Date; JSON that was made of a row, in a cache, gives ISO text back. */
export const instant = z.union([z.date(), z.iso.datetime().transform((text) => new Date(text))]);

/** A `jsonb` object. */
export const jsonObject = z.record(z.string(), z.unknown());

/** A text in every language of the shop, as JSON gives it back; tables have a column for each language. */
export const localizedText = z.record(z.enum(LANGUAGES), z.string());

/** `location_code` → `locationCode` */
type CamelCase<Column extends string> = Column extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Column;
export type CamelCased<Row> = { readonly [Column in keyof Row & string as CamelCase<Column>]: Row[Column] };

const names = new Map<string, string>();

function camelCase(column: string): string {
  const known = names.get(column);
  if (known !== undefined) return known;
  const name = column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  names.set(column, name);
  return name;
}

/** A row, or the shape of a row's schema, under the names the code uses. */
export function camelCased<Row extends object>(row: Row): CamelCased<Row> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [camelCase(column), value]),
  ) as CamelCased<Row>;
}
