import type { ReconciliationDependencies } from './dependencies';

/** One page of what must have a running workflow. `next`: where the next one begins, `null`: none is left. */
export interface Healed {
  readonly checked: number;
  readonly started: number;
  readonly abandoned: number;
  readonly delayed: number;
  readonly next: string | null;
}

/** @param before only what nothing has touched since then */
export type HealPage = (
  dependencies: ReconciliationDependencies,
  before: Date,
  after: string | null,
) => Promise<Healed>;

/** A page on which there is nothing. */
export const NONE: Healed = { checked: 0, started: 0, abandoned: 0, delayed: 0, next: null };
