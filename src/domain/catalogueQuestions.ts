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
      /** Kopecks; `null`: the plan is new. */
      readonly before: number | null;
      readonly after: number;
    };

/** Below 10 roubles roubles were probably written for kopecks; no subscription costs 20 000 roubles. */
const USUAL_KOPECKS = { least: 1_000, most: 2_000_000 };
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
    const price = columns.find(({ column }) => column === 'price_kopecks');
    if (price === undefined) continue;
    const before = typeof price.before === 'number' ? price.before : null;
    const after = Number(price.after);
    if (isOddPrice(before, after)) questions.push({ about: 'price', plan: code, before, after });
  }
  return questions;
}

function isOddPrice(before: number | null, after: number): boolean {
  if (after < USUAL_KOPECKS.least || after > USUAL_KOPECKS.most || after % 100 !== 0) return true;
  return before !== null && Math.max(after / before, before / after) >= ODD_FACTOR;
}
