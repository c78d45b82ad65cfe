/** What in a changed catalogue looks like a mistake. */

export type CataloguePart = 'locations' | 'servers' | 'plans';
/** With the trial, which an owner switches on and off without being asked. */
export type CatalogueTable = CataloguePart | 'trials';

/** One entry of the catalogue before and after; columns that did not change are left out. */
export interface CatalogueChange {
  readonly part: CatalogueTable;
  readonly code: string;
  /** `retired`: it is not in the file any more. An entry that is switched off in the file is `changed`. */
  readonly kind: 'added' | 'changed' | 'retired';
  /** By column of the table; of an added entry all, with `before` undefined. */
  readonly columns: readonly { readonly column: string; readonly before?: unknown; readonly after: unknown }[];
}

/** How many entries of a part were sold before, and how many of these no longer are. */
export type SoldCounts = Readonly<Record<CataloguePart, { readonly before: number; readonly retired: number }>>;

/** Something that a person has to confirm. */
export type CatalogueQuestion =
  | { readonly about: 'retired'; readonly part: CataloguePart; readonly retired: number; readonly before: number }
  | {
      readonly about: 'price';
      readonly plan: string;
      readonly currency: 'RUB' | 'XTR';
      /** Kopecks or Stars; `null`: there was no such price. */
      readonly before: number | null;
      readonly after: number;
    };

/**
 * Below 10 roubles roubles were probably written for kopecks; no subscription costs 20 000 roubles. A Star costs a buyer
 * about two roubles: more than 10 000 are rather kopecks.
 */
const USUAL_PRICES = [
  { column: 'price_kopecks', currency: 'RUB', least: 1_000, most: 2_000_000, step: 100 },
  { column: 'price_stars', currency: 'XTR', least: 5, most: 10_000, step: 1 },
] as const;
/** A new price this many times the old one, or the other way round, is rather a slip than a decision. */
const ODD_FACTOR = 5;

/** @returns what to ask before the changes are made; none for what owners usually change */
export function catalogueQuestions(changes: readonly CatalogueChange[], sold: SoldCounts): CatalogueQuestion[] {
  const questions: CatalogueQuestion[] = [];
  for (const part of ['locations', 'servers', 'plans'] as const) {
    const { before, retired } = sold[part];
    if (retired * 2 > before) questions.push({ about: 'retired', part, retired, before });
  }
  for (const { part, code, columns } of changes) {
    if (part !== 'plans') continue;
    for (const usual of USUAL_PRICES) {
      const price = columns.find(({ column }) => column === usual.column);
      // A price that is taken away is no price to be asked about.
      if (typeof price?.after !== 'number') continue;
      const before = typeof price.before === 'number' ? price.before : null;
      const { after } = price;
      if (isOddPrice(usual, before, after))
        questions.push({ about: 'price', plan: code, currency: usual.currency, before, after });
    }
  }
  return questions;
}

function isOddPrice(
  { least, most, step }: (typeof USUAL_PRICES)[number],
  before: number | null,
  after: number,
): boolean {
  if (after < least || after > most || after % step !== 0) return true;
  return before !== null && Math.max(after / before, before / after) >= ODD_FACTOR;
}
