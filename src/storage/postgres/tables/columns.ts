/** What columns hold, and their names in code. */
import { z } from 'zod';
import { LANGUAGES } from '../../../domain/language';

/** A `timestamptz`. The driver gives a Date; JSON that was made of a row, in a cache, gives ISO text back. */
export const instant = z.union([z.date(), z.iso.datetime().transform((text) => new Date(text))]);

/** Of a receipt under 54-FZ. */
export const receiptRegistration = z.enum(['pending', 'succeeded', 'canceled']);

/** A `jsonb` object. */
export const jsonObject = z.record(z.string(), z.unknown());

/** Amounts by currency, of `sums_of_money`. */
export const sumsOfMoney = z.record(z.string(), z.number());

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

/** `locationCode` → `location_code` */
type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : Name;

/** A schema for each field of an object, under the column's name: it does not compile without one of them. */
export type Columns<Fields> = {
  readonly [Name in keyof Fields & string as SnakeCase<Name>]: z.ZodType<Fields[Name]>;
};

export function columnNames<Shape extends object>(shape: Shape): (keyof Shape & string)[] {
  return Object.keys(shape) as (keyof Shape & string)[];
}

/** The fields of an object that have a column in `shape`, by the column's name: the inverse of `camelCased`. */
export function snakeCased<Shape extends Readonly<Record<string, z.ZodType>>>(
  fields: CamelCased<{ [Column in keyof Shape]: z.output<Shape[Column]> }>,
  shape: Shape,
): { [Column in keyof Shape]: z.output<Shape[Column]> } {
  const values = fields as Readonly<Record<string, unknown>>;
  return Object.fromEntries(columnNames(shape).map((column) => [column, values[camelCase(column)]])) as {
    [Column in keyof Shape]: z.output<Shape[Column]>;
  };
}

/** The values of a shape's columns, in their order. */
export function columnValues<Shape extends Readonly<Record<string, z.ZodType>>>(
  fields: CamelCased<{ [Column in keyof Shape]: z.output<Shape[Column]> }>,
  shape: Shape,
): unknown[] {
  return Object.values(snakeCased(fields, shape));
}

/** `$4, $5`: the parameters for `columnValues` whose first one is `$first`. */
export function columnParameters(shape: object, first: number): string {
  return columnNames(shape)
    .map((_, index) => `$${first + index}`)
    .join(', ');
}

/** `p.id, p.status`: the columns of a schema as a statement selects them from the table that it calls `alias`. */
export function selectedColumns(schema: z.ZodObject, alias: string): string {
  return columnNames(schema.shape)
    .map((column) => `${alias}.${column}`)
    .join(', ');
}
