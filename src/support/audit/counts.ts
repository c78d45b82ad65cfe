import type { ProviderId } from '../../domain/provider';
import type { Totals } from './totals';

/** Totals while they are counted. */
export type Count = { -readonly [Name in keyof Totals]: Totals[Name] };

/** One count for each provider and currency. */
export interface Counts {
  of(provider: ProviderId, currency: string): Count;
  /** In the order of provider and currency. */
  totals(): Totals[];
}

export function createCounts(): Counts {
  const counts = new Map<string, Count>();
  const keyOf = (provider: ProviderId, currency: string) => `${provider} ${currency}`;
  return {
    of(provider, currency) {
      const key = keyOf(provider, currency);
      const count = counts.get(key) ?? {
        ...{ provider, currency },
        ...{ in: 0, delivered: 0, refunded: 0, inProgress: 0, unaccounted: 0 },
      };
      counts.set(key, count);
      return count;
    },
    totals: () =>
      [...counts.values()].toSorted((a, b) =>
        keyOf(a.provider, a.currency).localeCompare(keyOf(b.provider, b.currency)),
      ),
  };
}
