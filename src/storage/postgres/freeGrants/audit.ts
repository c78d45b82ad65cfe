import { z } from 'zod';
import { DAY_MS } from '../../../domain/duration';
import { planLimitsOf } from '../../../domain/grant';
import type { VoucherStatus } from '../../../domain/voucher/voucher';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { freeGrantRow, PANEL_GONE } from '../tables/freeGrants';
import { grantEntryRow } from '../tables/grantEntries';
import { GRANT_COLUMNS, grantColumns, planLimitColumns } from '../tables/planGrant';
import { voucherRow } from '../tables/vouchers';

const entry = z.object({ ms: grantEntryRow.shape.ms, ...planLimitColumns });
const given = freeGrantRow.pick({ user_id: true, subscription_id: true }).extend(entry.shape);

const claimed = voucherRow
  .pick({ id: true })
  .extend({ claimed_by: z.number(), ...grantColumns, given: given.nullable() })
  .transform(({ given: got, ...row }) => ({
    ...camelCased(row),
    given: got && {
      ...planLimitsOf(camelCased(got)),
      days: got.ms / DAY_MS,
      userId: got.user_id,
      subscriptionId: got.subscription_id,
    },
  }));

const freeGrantColumns = freeGrantRow.omit({
  user_id: true,
  reason: true,
  makes_key: true,
  key_sent_at: true,
  unseen_in: true,
});
const freeGrant = freeGrantColumns.extend({ key_told: z.boolean() }).transform((row) => camelCased(row));

/** What cost nothing, and the vouchers, as the audit reads them. */
export function createFreeGrantAudit(db: Queryable) {
  return {
    /**
     * What was given to those subscriptions for nothing; of gifts only those whose voucher their person has claimed, of
     * rewards only those that are recorded for them.
     */
    freeGrants: (subscriptionIds: readonly string[]) =>
      queryRows(
        db,
        freeGrant,
        `SELECT ${selectedColumns(freeGrantColumns, 'g')}, g.key_sent_at IS NOT NULL OR NOT g.makes_key OR EXISTS (
             SELECT FROM notifications n WHERE n.user_id = g.user_id AND n.kind = 'key' AND n.subject = g.id::text
               AND n.status = 'unreachable')
           -- What is that old has been archived.
           OR coalesce(g.delivered_at < now() - interval '30 days', false) AS key_told
         FROM free_grants g
         WHERE subscription_id = ANY($1) AND CASE
           WHEN g.status = 'revoked' THEN true
           WHEN g.kind = 'gift' THEN EXISTS (
             SELECT FROM vouchers v WHERE v.id = g.source::uuid AND v.status = 'claimed' AND v.claimed_by = g.user_id)
           WHEN g.kind = 'referral' THEN EXISTS (
             SELECT FROM referral_rewards r WHERE r.id = g.source::uuid AND r.grant_id = g.id AND r.user_id = g.user_id)
           ELSE true END`,
        [subscriptionIds],
      ),

    /** Those that were claimed since then, with what the book of grants has of them. */
    vouchers: (since: Date) =>
      queryRows(
        db,
        claimed,
        `SELECT v.id, v.claimed_by, ${GRANT_COLUMNS},
           (SELECT row_to_json(g) FROM (
              SELECT f.user_id, f.subscription_id, ${selectedColumns(entry, 'e')}
              FROM free_grants f JOIN grant_entries e ON e.kind = 'gift' AND e.source = f.id::text
              WHERE f.kind = 'gift' AND f.source = v.id::text AND f.reason IS DISTINCT FROM '${PANEL_GONE}') g) AS given
         FROM vouchers v WHERE v.claimed_at >= $1 ORDER BY v.id`,
        [since],
      ),

    /** How many there are. */
    async voucherCounts(): Promise<Record<VoucherStatus, number>> {
      const rows = await queryRows(
        db,
        voucherRow.pick({ status: true }).extend({ count: z.number() }),
        'SELECT status, count(*)::int AS count FROM vouchers GROUP BY status',
      );
      const none = { issued: 0, claimed: 0, revoked: 0, refunded: 0 };
      return { ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
    },
  };
}
