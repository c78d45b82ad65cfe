import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { subscriptionRow } from '../tables/subscriptions';

/** What the rule for a buyer's refund looks at, of one delivered payment. */
export interface PaymentUsage {
  readonly deliveredAt: Date | null;
  readonly trafficGb: number | null;
  readonly refundedKopecks: number;
  readonly serverCode: string;
  readonly panelUserId: string;
  /**
   * GiB of the account's life that are not this payment's, because they came before it or were unlimited; `null`:
   * nothing of this one is used, because unlimited time is used first.
   */
  readonly earlierGb: number | null;
  /** What the panel last showed, `null` before the first look. */
  readonly lastUsedGb: number | null;
  /** It is the newest payment of its subscription: only that one can be refunded without touching another. */
  readonly isNewest: boolean;
}

const usage = paymentRow
  .pick({ delivered_at: true, traffic_gb: true, refunded_kopecks: true })
  .extend(subscriptionRow.pick({ server_code: true, panel_user_id: true }).shape)
  .extend({
    last_used_gb: z.number().nullable(),
    earlier_gb: z.number().nullable(),
    earlier_unlimited: z.boolean().nullable(),
    later: z.number(),
  })
  .transform(({ earlier_gb, earlier_unlimited, later, ...row }): PaymentUsage => ({
    ...camelCased(row),
    earlierGb: earlier_unlimited ? null : (earlier_gb ?? 0),
    isNewest: later === 0,
  }));

/** @returns `undefined` unless the payment is delivered */
export function usageOf(db: Queryable, paymentId: string): Promise<PaymentUsage | undefined> {
  return queryRow(
    db,
    usage,
    `SELECT p.delivered_at, p.traffic_gb, p.refunded_kopecks, u.server_code, u.panel_user_id, g.used_gb AS last_used_gb,
       earlier.gb AS earlier_gb, earlier.unlimited AS earlier_unlimited, later.n AS later
     FROM payments p JOIN subscriptions u ON u.id = p.subscription_id
       LEFT JOIN subscription_usage g ON g.subscription_id = u.id,
       LATERAL (SELECT sum(e.traffic_gb - e.revoked_gb)::int AS gb, bool_or(e.traffic_gb IS NULL) AS unlimited FROM payments e
                WHERE e.subscription_id = u.id AND e.status IN ('paid', 'delayed', 'issued') AND e.paid_at < p.paid_at) paid_before,
       -- A limited payment is the last part of the account's limit, and has not begun while traffic is unlimited. Of an
       -- unlimited one: what was bought by the GiB before, less what waits for later.
       LATERAL (SELECT CASE WHEN p.traffic_gb IS NULL THEN coalesce(paid_before.gb, 0) - u.later_traffic_gb
                            ELSE u.traffic_gb - (p.traffic_gb - p.revoked_gb) END AS gb,
                       CASE WHEN p.traffic_gb IS NULL THEN paid_before.unlimited ELSE u.traffic_gb IS NULL END AS unlimited) earlier,
       LATERAL (SELECT count(*) AS n FROM payments l
                WHERE l.subscription_id = u.id AND l.status IN ('paid', 'delayed', 'issued', 'refunding')
                  AND l.paid_at > p.paid_at) later
     WHERE p.id = $1 AND p.status = 'issued'`,
    [paymentId],
  );
}
