import { z } from 'zod';
import type { Sums } from '../../domain/money';
import type { Queryable } from './pool';
import { queryRow } from './query';
import { camelCased, sumsOfMoney } from './tables/columns';
import { isAwaited } from './tables/deliveries';

/** How the shop stands, for the owner. */
export interface ShopCounts {
  /** Payments that can still be paid. */
  readonly open: number;
  /** Paid, or given for nothing, and not delivered yet. */
  readonly undelivered: number;
  readonly refunding: number;
  /** Subscriptions. */
  readonly active: number;
  readonly users: number;
  /** Of what was paid in the last 24 hours. */
  readonly issuedToday: number;
  readonly revenueToday: Sums;
}

const counts = z
  .object({
    open: z.number(),
    undelivered: z.number(),
    refunding: z.number(),
    active: z.number(),
    users: z.number(),
    issued_today: z.number(),
    revenue_today: sumsOfMoney,
  })
  .transform((row): ShopCounts => camelCased(row));

/**
 * For `/admin`. Every count of payments and subscriptions runs on an index (`payments_unfinished`,
 * `payments_by_paid_at`, ...).
 */
export function createShopCounts(db: Queryable): () => Promise<ShopCounts> {
  return async () => {
    const row = await queryRow(
      db,
      counts,
      `SELECT unfinished.*, today.*,
         (SELECT count(*) FROM subscriptions WHERE status = 'active') AS active,
         (SELECT count(*) FROM users) AS users,
         (SELECT count(*) FROM deliveries d WHERE ${isAwaited('d')}) AS undelivered
       FROM (SELECT count(*) FILTER (WHERE status IN ('created', 'pending', 'guarding')) AS open,
                    count(*) FILTER (WHERE status = 'refunding') AS refunding
             FROM payments WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired')) unfinished,
            (SELECT count(*) AS issued_today, sums_of_money(currency, price_kopecks - refunded_kopecks) AS revenue_today
             FROM payments WHERE status = 'issued' AND paid_at > now() - interval '24 hours') today`,
    );
    return row!;
  };
}
