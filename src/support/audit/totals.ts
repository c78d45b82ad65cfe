/** What the audit's sums say: where all the money is, and what all the access comes from. */
import type { ProviderId } from '../../domain/provider';

/**
 * Of one provider and currency, in its smallest unit. `in = delivered + refunded + inProgress + unaccounted`, always.
 */
export interface Totals {
  readonly provider: ProviderId;
  readonly currency: string;
  readonly in: number;
  readonly delivered: number;
  readonly refunded: number;
  readonly inProgress: number;
  /** Money in none of these places. A difference is reported for all of it. */
  readonly unaccounted: number;
}

/** Time, in ms. `given - revoked + idle + unaccounted = recorded`, always. */
export interface AccessTotals {
  /** What the grants of the subscriptions gave. */
  readonly given: number;
  /** What of it cost nothing. */
  readonly free: number;
  /** What refunds revoked of it, and what ended of trials with a purchase. */
  readonly revoked: number;
  /** Between the end of a subscription and the beginning of what prolonged it. */
  readonly idle: number;
  /** From the beginnings of the subscriptions to their ends, as the panels are told. */
  readonly recorded: number;
  /** What the book does not explain. A difference is reported for all of it. */
  readonly unaccounted: number;
}
