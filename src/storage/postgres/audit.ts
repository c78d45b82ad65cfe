import { z } from 'zod';
import { IS_IN_USE, panelAccess, type PanelAccess } from './catalogue';
import { entriesOf, type StoredEntry } from './grantBook';
import { createInstallation } from './installation';
import type { Queryable } from './pool';
import { confirmedTerms, withTerms } from './orderTerms';
import { auditedUse, auditedUses, countedCodes, freeUses } from './promo/audit';
import { parseRow, queryRows } from './query';
import { auditedRewards } from './referrals/audit';
import { serverRow } from './tables/catalogue';
import { camelCased } from './tables/columns';
import { grantColumns, limitColumns } from './tables/planGrant';
import { paymentRow } from './tables/payments';
import { accessRevocationRow, IS_OPEN_REVOCATION, refundRow } from './tables/refunds';
import { subscriptionRow } from './tables/subscriptions';
import { auditedGifts } from './gifts/audit';
import { createFreeGrantAudit } from './freeGrants/audit';

const payment = paymentRow
  .pick({
    id: true,
    user_id: true,
    status: true,
    reason: true,
    purpose: true,
    base_price_kopecks: true,
    discount_kopecks: true,
    price_kopecks: true,
    promo_code: true,
    promo_days: true,
    refunded_kopecks: true,
    plan_code: true,
    location_code: true,
    chosen_server_code: true,
    currency: true,
    provider: true,
    provider_ref: true,
    provider_account: true,
    subscription_id: true,
    renews_subscription_id: true,
    created_at: true,
    updated_at: true,
    delivered_at: true,
  })
  .extend({
    ...grantColumns,
    delivered_location: subscriptionRow.shape.location_code.nullable(),
    confirmed: confirmedTerms.nullable(),
    key_told: z.boolean(),
    accepted_by_operator: z.boolean(),
    closed_by_operator: z.boolean(),
  })
  .transform((row) => withTerms(camelCased(row)));

const refund = refundRow
  .pick({
    payment_id: true,
    attempt: true,
    amount_kopecks: true,
    provider: true,
    provider_ref: true,
    status: true,
    created_at: true,
  })
  .extend({ is_open: z.boolean(), is_completed: z.boolean() })
  .transform((row) => camelCased(row));

const subscription = subscriptionRow
  .pick({
    id: true,
    user_id: true,
    server_code: true,
    plan_code: true,
    panel_user_id: true,
    status: true,
    starts_at: true,
    expires_at: true,
    prolonged_at: true,
    panel_expires_at: true,
  })
  .extend(limitColumns)
  .transform((row) => camelCased(row));

const revocation = accessRevocationRow
  .pick({ server_code: true, panel_user_id: true, payment_id: true, created_at: true, confirmed_at: true })
  .transform((row) => camelCased(row));

const gonePanel = z
  .object({ server_code: serverRow.shape.code, gone_at: serverRow.shape.gone_at.unwrap(), abandoned: z.number() })
  .transform((row) => camelCased(row));

/** What every row of a page has. */
const paged = paymentRow.pick({ id: true });

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
 * The shop's own book, for comparing it with the providers' and the panels'. Give it one read-only transaction for one
 * instant's truth.
 */
export function createAuditRepository(db: Queryable) {
  const all = async <T>(row: z.ZodType<T>, sql: string, since: Date): Promise<T[]> => {
    const found: T[] = [];
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await db.query<Record<string, unknown>>(sql, [since, after, PAGE]);
      found.push(...rows.map((r) => parseRow(row, r)));
      if (rows.length < PAGE) return found;
      after = parseRow(paged, rows.at(-1)!).id;
    }
  };

  return {
    payments: (since: Date) =>
      all(
        payment,
        `SELECT p.*,
           (SELECT u.location_code FROM subscriptions u WHERE u.id = p.subscription_id) AS delivered_location,
           (SELECT e.details FROM payment_events e WHERE e.payment_id = p.id AND e.event IN ('confirmed', 'confirmed-again') ORDER BY e.id DESC LIMIT 1) AS confirmed,
           EXISTS (SELECT 1 FROM notifications n WHERE n.user_id = p.user_id AND n.kind = 'key' AND n.subject = p.id::text AND n.status IN ('sent', 'unreachable'))
             -- Of a gift that was claimed, or refunded, before Telegram took its link, no link is owed any more.
             OR EXISTS (SELECT 1 FROM vouchers v WHERE v.payment_id = p.id AND v.status <> 'issued')
             -- What is that old has been archived. A payment that is open has no end: a bare comparison would be NULL.
             OR coalesce(p.ended_at < now() - interval '30 days', false) AS key_told,
           EXISTS (SELECT 1 FROM audit_log a WHERE a.payment_id = p.id AND a.action = 'deliver') AS accepted_by_operator,
           EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.by_other_means) AS closed_by_operator
         FROM payments p WHERE ${IN_SPAN} AND p.id > $2 ORDER BY p.id LIMIT $3`,
        since,
      ),
    refunds: (since: Date) =>
      all(
        refund,
        `SELECT r.*, r.managed_by = 'refund' AND r.completed_at IS NULL AS is_open, r.completed_at IS NOT NULL AS is_completed FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE ${IN_SPAN} AND r.of_provider_ref IS NULL AND r.id > $2 ORDER BY r.id LIMIT $3`,
        since,
      ),
    /** Living ones, and whatever the payments of the span bought. */
    subscriptions: (since: Date) =>
      all(
        subscription,
        `SELECT u.* FROM subscriptions u
         WHERE (${LIVING} OR EXISTS (SELECT 1 FROM payments p WHERE p.subscription_id = u.id AND p.created_at >= $1)) AND u.id > $2 ORDER BY u.id LIMIT $3`,
        since,
      ),
    /** The entries of the book of those subscriptions, each one's in their order. */
    async entries(subscriptionIds: readonly string[]): Promise<StoredEntry[]> {
      const found: StoredEntry[] = [];
      for (let at = 0; at < subscriptionIds.length; at += PAGE)
        found.push(...(await entriesOf(db, subscriptionIds.slice(at, at + PAGE))));
      return found;
    },
    ...createFreeGrantAudit(db),
    gifts: (since: Date) => auditedGifts(db, since),
    subscriptionsByAccount: (panelUserIds: readonly string[]) =>
      queryRows(db, subscription, 'SELECT * FROM subscriptions WHERE panel_user_id = ANY($1)', [panelUserIds]),
    installationId: () => createInstallation(db).id(),
    /** Uses of promo codes by those payments. */
    promoUses: (since: Date) => all(auditedUse, auditedUses(IN_SPAN), since),
    promos: () => countedCodes(db),
    rewards: (since: Date) => auditedRewards(db, since),
    freeUses: () => freeUses(db),
    openRevocations: () =>
      queryRows(
        db,
        revocation,
        `SELECT * FROM access_revocations w WHERE ${IS_OPEN_REVOCATION} ORDER BY id LIMIT 10000`,
      ),
    /** Servers whose panels are gone for good, and how many accounts there were to be revoked and never will be. */
    gonePanels: () =>
      queryRows(
        db,
        gonePanel,
        `SELECT code AS server_code, gone_at,
           (SELECT count(*) FROM access_revocations w WHERE w.server_code = s.code AND w.abandoned_at IS NOT NULL) AS abandoned
         FROM servers s WHERE gone_at IS NOT NULL ORDER BY code`,
      ),
    /** Panels that may hold an account of ours: sold from today, or with somebody still on them. */
    panels: (): Promise<PanelAccess[]> =>
      queryRows(db, panelAccess, `SELECT s.* FROM servers s WHERE ${IS_IN_USE} ORDER BY code`),
  };
}
