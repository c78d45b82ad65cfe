import { z } from 'zod';
import { PAYMENT_STATUSES } from '../../domain/payment';
import type { PanelAccess } from './catalogue';
import type { Queryable } from './pool';

const date = z.date().nullable();

const paymentRow = z
  .object({
    id: z.string(),
    user_id: z.number(),
    status: z.enum(PAYMENT_STATUSES),
    reason: z.string().nullable(),
    price_kopecks: z.number(),
    days: z.number(),
    revoked_ms: z.number(),
    yookassa_id: z.string().nullable(),
    subscription_id: z.string().nullable(),
    renews_subscription_id: z.string().nullable(),
    previous_expires_at: date,
    granted_expires_at: date,
    created_at: z.date(),
    updated_at: z.date(),
    key_told: z.boolean(),
    accepted: z.boolean(),
    closed: z.boolean().nullable(),
  })
  .transform((r) => ({
    id: r.id,
    userId: r.user_id,
    status: r.status,
    reason: r.reason,
    priceKopecks: r.price_kopecks,
    days: r.days,
    revokedMs: r.revoked_ms,
    yookassaId: r.yookassa_id,
    subscriptionId: r.subscription_id,
    renewsSubscriptionId: r.renews_subscription_id,
    previousExpiresAt: r.previous_expires_at,
    grantedExpiresAt: r.granted_expires_at,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
    keyTold: r.key_told,
    acceptedByOperator: r.accepted,
    closedByOperator: r.closed === true,
  }));

const refundRow = z
  .object({
    payment_id: z.string(),
    attempt: z.number(),
    amount_kopecks: z.number(),
    yookassa_id: z.string().nullable(),
    status: z.enum(['planned', 'pending', 'succeeded', 'canceled']),
    created_at: z.date(),
    is_open: z.boolean(),
  })
  .transform((r) => ({
    paymentId: r.payment_id,
    attempt: r.attempt,
    amountKopecks: r.amount_kopecks,
    yookassaId: r.yookassa_id,
    status: r.status,
    createdAt: r.created_at,
    isOpen: r.is_open,
  }));

const subscriptionRow = z
  .object({
    id: z.string(),
    user_id: z.number(),
    server_code: z.string(),
    panel_user_id: z.string(),
    status: z.enum(['pending', 'active', 'expired', 'revoked']),
    starts_at: z.date(),
    expires_at: z.date(),
    panel_expires_at: date,
    traffic_gb: z.number().nullable(),
  })
  .transform((r) => ({
    id: r.id,
    userId: r.user_id,
    serverCode: r.server_code,
    panelUserId: r.panel_user_id,
    status: r.status,
    startsAt: r.starts_at,
    expiresAt: r.expires_at,
    panelExpiresAt: r.panel_expires_at,
    trafficGb: r.traffic_gb,
  }));

const revocationRow = z
  .object({
    server_code: z.string(),
    panel_user_id: z.string(),
    payment_id: z.string().nullable(),
    created_at: z.date(),
  })
  .transform((r) => ({
    serverCode: r.server_code,
    panelUserId: r.panel_user_id,
    paymentId: r.payment_id,
    createdAt: r.created_at,
  }));

const panelRow = z
  .object({ code: z.string(), panel_admin_url: z.string(), panel_api_key: z.string(), panel_client_url: z.string() })
  .transform((r): PanelAccess => ({
    serverCode: r.code,
    adminUrl: r.panel_admin_url,
    apiKey: r.panel_api_key,
    clientUrl: r.panel_client_url,
  }));

/** Rows fetched at once; the next page starts after the last id. */
const PAGE = 5_000;

const LIVING = `u.status IN ('pending', 'active')`;
/**
 * What the audit must see: payments of the span, whatever is unfinished, what living subscriptions came from, what was
 * refunded.
 */
const IN_SPAN = `(p.created_at >= $1 OR p.status NOT IN ('issued', 'refunded', 'canceled', 'expired')
  OR EXISTS (SELECT 1 FROM subscriptions u WHERE u.id = p.subscription_id AND ${LIVING})
  OR EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.created_at >= $1))`;

export type AuditRepository = ReturnType<typeof createAuditRepository>;

/**
 * The shop's own book, for comparing it with YooKassa's and the panels'. Give it one read-only transaction for one
 * instant's truth.
 */
export function createAuditRepository(db: Queryable) {
  const all = async <T>(row: z.ZodType<T>, sql: string, since: Date): Promise<T[]> => {
    const found: T[] = [];
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await db.query<{ id: string }>(sql, [since, after, PAGE]);
      found.push(...rows.map((r) => row.parse(r)));
      if (rows.length < PAGE) return found;
      after = rows.at(-1)!.id;
    }
  };

  return {
    payments: (since: Date) =>
      all(
        paymentRow,
        `SELECT p.*,
           EXISTS (SELECT 1 FROM notifications n WHERE n.user_id = p.user_id AND n.kind = 'key' AND n.subject = p.id::text AND n.status IN ('sent', 'unreachable'))
             -- What is that old has been archived.
             OR p.ended_at < now() - interval '30 days' AS key_told,
           EXISTS (SELECT 1 FROM audit_log a WHERE a.payment_id = p.id AND a.action = 'deliver') AS accepted,
           p.reason = 'refunded-by-other-means' AND EXISTS (SELECT 1 FROM audit_log a WHERE a.payment_id = p.id AND a.action = 'close') AS closed
         FROM payments p WHERE ${IN_SPAN} AND p.id > $2 ORDER BY p.id LIMIT $3`,
        since,
      ),
    refunds: (since: Date) =>
      all(
        refundRow,
        `SELECT r.*, r.managed_by = 'refund' AND r.completed_at IS NULL AS is_open FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE ${IN_SPAN} AND r.of_yookassa_id IS NULL AND r.id > $2 ORDER BY r.id LIMIT $3`,
        since,
      ),
    /** Living ones, and whatever the payments of the span bought. */
    subscriptions: (since: Date) =>
      all(
        subscriptionRow,
        `SELECT u.* FROM subscriptions u
         WHERE (${LIVING} OR EXISTS (SELECT 1 FROM payments p WHERE p.subscription_id = u.id AND p.created_at >= $1)) AND u.id > $2 ORDER BY u.id LIMIT $3`,
        since,
      ),
    async subscriptionsByAccount(panelUserIds: readonly string[]) {
      const { rows } = await db.query('SELECT * FROM subscriptions WHERE panel_user_id = ANY($1)', [panelUserIds]);
      return rows.map((r) => subscriptionRow.parse(r));
    },
    async openRevocations() {
      const { rows } = await db.query('SELECT * FROM access_revocations WHERE done_at IS NULL ORDER BY id LIMIT 10000');
      return rows.map((r) => revocationRow.parse(r));
    },
    /** Panels that may hold an account of ours: sold from today, or with somebody still on them. */
    async panels(): Promise<PanelAccess[]> {
      const { rows } = await db.query(
        `SELECT * FROM servers s WHERE active OR EXISTS (SELECT 1 FROM subscriptions u WHERE u.server_code = s.code AND ${LIVING})
           OR EXISTS (SELECT 1 FROM access_revocations w WHERE w.server_code = s.code AND w.done_at IS NULL) ORDER BY code`,
      );
      return rows.map((r) => panelRow.parse(r));
    },
  };
}
