import type { Queryable } from './pool';

/** How the shop stands, for the owner. */
export interface ShopCounts {
  /** Payments that can still be paid. */
  readonly open: number;
  /** Paid, but not delivered yet. */
  readonly undelivered: number;
  readonly refunding: number;
  /** Subscriptions. */
  readonly active: number;
  readonly users: number;
  readonly issuedToday: number;
  readonly revenueTodayKopecks: number;
}

/** How the shop stands, for `/admin`. Every count runs on an index or a small set. */
export function createShopCounts(db: Queryable): () => Promise<ShopCounts> {
  return async () => {
    const { rows } = await db.query(`
      SELECT
        count(*) FILTER (WHERE status IN ('created', 'pending', 'guarding')) AS open,
        count(*) FILTER (WHERE status IN ('paid', 'delayed')) AS undelivered,
        count(*) FILTER (WHERE status = 'refunding') AS refunding,
        count(*) FILTER (WHERE status = 'issued' AND ended_at > now() - interval '24 hours') AS issued_today,
        coalesce(sum(price_kopecks - refunded_kopecks) FILTER (WHERE status = 'issued' AND ended_at > now() - interval '24 hours'), 0) AS revenue_today,
        (SELECT count(*) FROM subscriptions WHERE status = 'active') AS active,
        (SELECT count(*) FROM users) AS users
      FROM payments WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired') OR created_at > now() - interval '8 days'`);
    const number = (name: string) => Number(rows[0]?.[name] ?? 0);
    return {
      open: number('open'),
      undelivered: number('undelivered'),
      refunding: number('refunding'),
      active: number('active'),
      users: number('users'),
      issuedToday: number('issued_today'),
      revenueTodayKopecks: number('revenue_today'),
    };
  };
}
