import type { Queryable } from '../pool';

/** What the rule for a buyer's refund looks at, of one delivered payment. */
export interface PaymentUsage {
  readonly paidAt: Date | null;
  readonly trafficGb: number | null;
  readonly refundedKopecks: number;
  readonly serverCode: string;
  readonly panelUserId: string;
  /** GiB that came with earlier payments and is used up first; `null`: one of them was unlimited, so nothing of this one is used. */
  readonly earlierGb: number | null;
  /** What the panel last showed, `null` before the first look. */
  readonly lastUsedGb: number | null;
  /** It is the newest payment of its subscription: only that one can be taken back without touching another. */
  readonly isNewest: boolean;
}

/** @returns `undefined` unless the payment is delivered */
export async function usageOf(db: Queryable, paymentId: string): Promise<PaymentUsage | undefined> {
  const { rows } = await db.query<{
    paid_at: Date | null;
    traffic_gb: number | null;
    refunded_kopecks: number;
    server_code: string;
    panel_user_id: string;
    earlier_gb: number | null;
    earlier_unlimited: boolean | null;
    used_gb: number | null;
    later: number;
  }>(
    `SELECT p.paid_at, p.traffic_gb, p.refunded_kopecks, u.server_code, u.panel_user_id, g.used_gb, earlier.gb AS earlier_gb, earlier.unlimited AS earlier_unlimited, later.n AS later
     FROM payments p JOIN subscriptions u ON u.id = p.subscription_id LEFT JOIN subscription_usage g ON g.subscription_id = u.id,
       LATERAL (SELECT sum(e.traffic_gb - e.revoked_gb)::int AS gb, bool_or(e.traffic_gb IS NULL) AS unlimited FROM payments e
                WHERE e.subscription_id = u.id AND e.status IN ('paid', 'delayed', 'issued') AND e.paid_at < p.paid_at) earlier,
       LATERAL (SELECT count(*) AS n FROM payments l WHERE l.subscription_id = u.id AND l.status IN ('paid', 'delayed', 'issued', 'refunding') AND l.paid_at > p.paid_at) later
     WHERE p.id = $1 AND p.status = 'issued'`,
    [paymentId],
  );
  const row = rows[0];
  return (
    row && {
      paidAt: row.paid_at,
      trafficGb: row.traffic_gb,
      refundedKopecks: row.refunded_kopecks,
      serverCode: row.server_code,
      panelUserId: row.panel_user_id,
      earlierGb: row.earlier_unlimited ? null : (row.earlier_gb ?? 0),
      lastUsedGb: row.used_gb,
      isNewest: row.later === 0,
    }
  );
}
