import { z } from 'zod';
import { usedBefore } from '../../../domain/bookTraffic';
import { grantOfSource } from '../../../domain/grantBook';
import { bookOf } from '../grantBook';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { subscriptionRow, subscriptionUsageRow } from '../tables/subscriptions';

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
    subscription_id: subscriptionRow.shape.id,
    last_used_gb: subscriptionUsageRow.shape.used_gb.nullable(),
    later: z.number(),
  })
  .transform(camelCased);

/** @returns `undefined` unless the payment is delivered */
export async function usageOf(db: Queryable, paymentId: string): Promise<PaymentUsage | undefined> {
  const found = await queryRow(
    db,
    usage,
    `SELECT p.delivered_at, p.traffic_gb, p.refunded_kopecks, p.subscription_id, u.server_code, u.panel_user_id,
       g.used_gb AS last_used_gb, later.n AS later
     FROM payments p JOIN subscriptions u ON u.id = p.subscription_id
       LEFT JOIN subscription_usage g ON g.subscription_id = u.id,
       LATERAL (SELECT count(*) AS n FROM payments l
                WHERE l.subscription_id = u.id AND l.status IN ('paid', 'delayed', 'issued', 'refunding')
                  AND l.paid_at > p.paid_at) later
     WHERE p.id = $1 AND p.status = 'issued'`,
    [paymentId],
  );
  if (!found) return undefined;
  const { subscriptionId, later, ...row } = found;
  const book = await bookOf(db, subscriptionId);
  const grant = grantOfSource(book, paymentId);
  return { ...row, earlierGb: usedBefore(book, grant), isNewest: later === 0 };
}
