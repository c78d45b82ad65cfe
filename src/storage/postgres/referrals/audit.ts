/** Rewards as the audit compares them with the book of grants. */
import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased, instant, selectedColumns } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { voucherRow } from '../tables/vouchers';
import { IS_TO_FORFEIT } from './forfeit';

const columns = referralRewardRow.pick({
  ...{ id: true, payment_id: true, role: true, user_id: true, days: true, status: true },
  ...{ offset_days: true, owed_days: true, grant_id: true, forfeit_at: true },
});
const rewarded = columns
  .extend({
    refunded_kopecks: z.number(),
    refunded_at: instant.nullable(),
    voucher_status: voucherRow.shape.status.nullable(),
    voucher_days: z.number().nullable(),
    given_id: z.string().nullable(),
    given_user_id: z.number().nullable(),
    subscription_id: z.string().nullable(),
    given_ms: z.number().nullable(),
    revoked_ms: z.number().nullable(),
  })
  .transform((row) => camelCased(row));

/**
 * Those that were earned or have changed since then, and all that wait or are to be lost, each with its purchase and with what the book
 * has of it: as a grant, or as the gift of its voucher.
 */
export function auditedRewards(db: Queryable, since: Date): Promise<z.output<typeof rewarded>[]> {
  return queryRows(
    db,
    rewarded,
    `SELECT ${selectedColumns(columns, 'r')}, p.refunded_kopecks,
       CASE WHEN p.refunded_kopecks > 0 THEN p.updated_at END AS refunded_at,
       v.status AS voucher_status, v.days AS voucher_days,
       g.id AS given_id, g.user_id AS given_user_id, g.subscription_id, e.ms AS given_ms,
       (SELECT (-sum(t.ms))::float8 FROM grant_entries t WHERE t.kind = 'refund' AND t.source = r.id::text) AS revoked_ms
     FROM referral_rewards r JOIN payments p ON p.id = r.payment_id
       LEFT JOIN vouchers v ON v.id = r.voucher_id
       LEFT JOIN free_grants g ON (g.kind, g.source) IN (('referral', r.id::text), ('gift', v.id::text))
       LEFT JOIN grant_entries e ON e.kind = g.kind AND e.source = g.id::text
     WHERE r.created_at >= $1 OR r.changed_at >= $1 OR r.status = 'waiting' OR ${IS_TO_FORFEIT} ORDER BY r.id`,
    [since],
  );
}
