/** Rewards that wait as a voucher, and are used by the next purchase of their person. */
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { z } from 'zod';

/** Whoever has bought is looked at for so long; afterwards the voucher is theirs to tap on. */
const LOOKED_AT_HOURS = 24;

const toUse = referralRewardRow
  .pick({ id: true, user_id: true })
  .extend({ voucher_id: z.string(), subscription_id: z.string(), payment_id: z.string() })
  .transform((row) => camelCased(row));

/** A voucher of a reward, and the subscription that its person has bought, or renewed, since. */
export type VoucherToUse = z.output<typeof toUse>;

/** Vouchers of rewards that nobody has claimed, whose person has bought something that lives. */
export function vouchersToUse(db: Queryable, now: Date, limit: number): Promise<VoucherToUse[]> {
  return queryRows(
    db,
    toUse,
    `SELECT r.id, r.user_id, r.voucher_id, p.subscription_id, p.id AS payment_id
     FROM referral_rewards r JOIN users u ON u.telegram_id = r.user_id AND u.blocked_at IS NULL
       JOIN vouchers v ON v.id = r.voucher_id AND v.status = 'issued' AND (v.claimable_until IS NULL OR v.claimable_until > $1)
       CROSS JOIN LATERAL (
         SELECT p.id, p.subscription_id
         FROM payments p JOIN subscriptions s ON s.id = p.subscription_id
           JOIN servers e ON e.code = s.server_code AND e.gone_at IS NULL
         WHERE p.user_id = r.user_id AND p.status = 'issued' AND p.delivered_at > r.changed_at
           AND p.delivered_at > $1::timestamptz - ${LOOKED_AT_HOURS} * interval '1 hour'
           AND s.status = 'active' AND s.expires_at > $1
         ORDER BY p.delivered_at, p.id LIMIT 1) p
     WHERE r.status = 'voucher' AND r.forfeit_reason IS NULL ORDER BY r.id LIMIT $2`,
    [now, limit],
  );
}

/** The voucher of this reward is added to what that purchase bought. */
export async function usesVoucher(db: Queryable, id: string, paymentId: string): Promise<void> {
  await db.query('UPDATE referral_rewards SET used_with = $2 WHERE id = $1', [id, paymentId]);
}

/** Of a reward of this name in a statement: the id of the free grant by which a purchase has used its voucher. */
export const usedVoucherGrant = (reward: string): string =>
  `(SELECT f.id FROM free_grants f WHERE ${reward}.used_with IS NOT NULL AND f.kind = 'gift'
    AND f.source = ${reward}.voucher_id::text AND f.user_id = ${reward}.user_id AND NOT f.makes_key AND f.status <> 'revoked')`;
