import type { Pool } from 'pg';
import { z } from 'zod';
import { TOLD_REWARDS, type ReferralRule } from '../../../domain/referral/referral';
import { queryRows } from '../query';
import { camelCased, instant } from '../tables/columns';
import { IS_OPEN_REVOCATION } from '../tables/refunds';
import { referralRewardRow } from '../tables/referrals';
import { subscriptionRow } from '../tables/subscriptions';
import { attachByHand, attachmentsOf, claimReferrer, invitationOf } from './attach';
import { earnRewards, purchasesToReward } from './earn';
import { giveReward } from './give';
import { hasRewardVoucher, referralCode, referralStanding } from './standing';
import { decideReward, heldRewards, heldUntold, isHeld } from './suspicion';
import { usedVoucherGrant, usesVoucher, vouchersToUse } from './useVoucher';
import { forfeitReward, IS_TO_FORFEIT } from './forfeit';
import { revokeReward } from './revoke';

export type { AttachOutcome } from './attach';
export type { ReferralStanding } from './standing';
export type { HeldReward } from './suspicion';
export type ReferralsRepository = ReturnType<typeof createReferralsRepository>;

const AT_ONCE = 500;
const named = referralRewardRow.pick({ id: true, user_id: true }).transform((row) => camelCased(row));
const untold = referralRewardRow
  .pick({ id: true, user_id: true, role: true, days: true, offset_days: true, due_at: true })
  .extend({
    status: z.enum(TOLD_REWARDS),
    voucher_code: z.string().nullable(),
    /** The end of the subscription to which it was added. */
    expires_at: instant.nullable(),
  })
  .transform((row) => camelCased(row));
const shortened = referralRewardRow
  .pick({ id: true, user_id: true })
  .extend({ why: z.enum(['revoked', 'forfeited']) })
  .extend(subscriptionRow.pick({ status: true, expires_at: true }).shape)
  .transform((row) => camelCased(row));
/** What somebody has of a reward that was revoked since. */
export type ShortenedGift = z.output<typeof shortened>;
/** A reward of whose status its person does not know; `waiting-held`: an operator looks at it before it is given. */
export type UntoldReward = z.output<typeof untold>;

/** Who invited whom, and the rewards. */
export function createReferralsRepository(pool: Pool) {
  return {
    code: (userId: number, fresh: string) => referralCode(pool, userId, fresh),
    standing: (userId: number) => referralStanding(pool, userId),
    hasRewardVoucher: (userId: number) => hasRewardVoucher(pool, userId),
    claim: (friendId: number, code: string) => claimReferrer(pool, friendId, code),
    /** See `invitationOf`. */
    invitation: (friendId: number, code: string) => invitationOf(pool, friendId, code),
    attach: (pair: { readonly friendId: number; readonly referrerId: number | null }, actor: string) =>
      attachByHand(pool, pair, actor),
    attachmentsOf: (userId: number) => attachmentsOf(pool, userId),

    toReward: (rule: ReferralRule, now: Date) => purchasesToReward(pool, rule, now),
    earn: (paymentId: string, rule: ReferralRule, now: Date) => earnRewards(pool, paymentId, rule, now),
    /** Rewards whose day has come; those of somebody who is blocked wait. */
    due: (now: Date) =>
      queryRows(
        pool,
        named,
        `SELECT r.id, r.user_id
         FROM referral_rewards r JOIN users u ON u.telegram_id = r.user_id AND u.blocked_at IS NULL
         WHERE r.status = 'waiting' AND r.due_at <= $1 AND r.forfeit_reason IS NULL AND NOT ${isHeld('r')}
         ORDER BY r.due_at, r.id LIMIT ${AT_ONCE}`,
        [now],
      ),
    give: (request: { readonly id: string; readonly grantId: string }, now: Date) => giveReward(pool, request, now),

    vouchersToUse: (now: Date) => vouchersToUse(pool, now, AT_ONCE),
    usesVoucher: (id: string, paymentId: string) => usesVoucher(pool, id, paymentId),

    /** Rewards whose purchase was refunded since, in whole or in part. */
    refunded: () =>
      queryRows(
        pool,
        named,
        `SELECT r.id, r.user_id FROM referral_rewards r JOIN payments p ON p.id = r.payment_id
         WHERE r.status NOT IN ('canceled', 'revoked') AND r.forfeit_reason IS NULL AND p.refunded_kopecks > 0
         ORDER BY r.id LIMIT ${AT_ONCE}`,
      ),
    revoke: (id: string, now: Date) => revokeReward(pool, id, now),

    /** Rewards that their people are to lose, which has not been carried out. */
    toForfeit: () =>
      queryRows(
        pool,
        named,
        `SELECT id, user_id FROM referral_rewards r
         WHERE ${IS_TO_FORFEIT} ORDER BY id LIMIT ${AT_ONCE}`,
      ),
    forfeit: (id: string, now: Date) => forfeitReward(pool, id, now),

    /** The purchases of rewards that were revoked or forfeited of which a panel has not confirmed yet what is left, the oldest first. */
    async toTellPanels(limit: number): Promise<string[]> {
      const rows = await queryRows(
        pool,
        referralRewardRow.pick({ payment_id: true }),
        `SELECT w.payment_id FROM access_revocations w
         WHERE w.confirmed_at IS NULL AND ${IS_OPEN_REVOCATION}
           AND EXISTS (SELECT FROM referral_rewards r WHERE r.payment_id = w.payment_id AND r.status IN ('revoked', 'forfeited'))
         GROUP BY w.payment_id ORDER BY min(w.id) LIMIT $1`,
        [limit],
      );
      return rows.map(({ payment_id }) => payment_id);
    },

    /** Those that a person is to look at. */
    held: (limit: number) => heldRewards(pool, limit),
    heldUntold: () => heldUntold(pool),
    async heldTold(id: string): Promise<void> {
      await pool.query('UPDATE referral_rewards SET owners_told_at = now() WHERE id = $1', [id]);
    },
    decide: (id: string, decision: 'release' | 'refuse', actor: string) => decideReward(pool, id, decision, actor),

    /**
     * What people are still to be told: of one that was added to a subscription once its panel has it. Friends read of
     * theirs when they have it. One that is due is told of when it is given, and who is blocked reads of no day. Whoever had
     * their data erased has asked for what becomes of theirs. Who can't be written to is told once they
     * write again.
     */
    untold: (now: Date): Promise<UntoldReward[]> =>
      queryRows(
        pool,
        untold,
        `SELECT r.id, r.user_id, r.role, n.status, r.days, r.offset_days, r.due_at, v.code AS voucher_code,
           s.expires_at
         FROM referral_rewards r LEFT JOIN vouchers v ON v.id = r.voucher_id
           LEFT JOIN free_grants g ON g.id = coalesce(r.grant_id, ${usedVoucherGrant('r')})
           LEFT JOIN subscriptions s ON s.id = g.subscription_id
           JOIN users u ON u.telegram_id = r.user_id AND u.unreachable_at IS NULL
           CROSS JOIN LATERAL (
             SELECT CASE WHEN ${isHeld('r')} THEN 'waiting-held' WHEN r.status = 'voucher' AND g.id IS NOT NULL THEN 'voucher-used'
               ELSE r.status END AS status) n
         WHERE r.told_status IS DISTINCT FROM n.status
           AND (r.forfeit_reason IS NULL OR (r.status = 'forfeited' AND r.forfeit_reason <> 'erased')) AND (n.status <> 'waiting' OR (r.due_at > $1 AND u.blocked_at IS NULL))
           AND (r.status NOT IN ('waiting', 'canceled') OR r.role <> 'friend')
           AND (n.status NOT IN ('granted', 'voucher-used') OR g.delivered_at IS NOT NULL)
         ORDER BY r.id LIMIT ${AT_ONCE}`,
        [now],
      ),
    /** Who had claimed the voucher of a reward that was revoked since, and what is left of their subscription. */
    claimersToTell: () =>
      queryRows(
        pool,
        shortened,
        `SELECT r.id, r.claimer_to_tell AS user_id, r.status AS why, s.status, s.expires_at
         FROM referral_rewards r JOIN free_grants g ON g.kind = 'gift' AND g.source = r.voucher_id::text
           JOIN subscriptions s ON s.id = g.subscription_id
           JOIN users u ON u.telegram_id = r.claimer_to_tell AND u.unreachable_at IS NULL
         ORDER BY r.id LIMIT ${AT_ONCE}`,
      ),
    async claimerTold(id: string): Promise<void> {
      await pool.query('UPDATE referral_rewards SET claimer_to_tell = NULL WHERE id = $1', [id]);
    },
    async told({ id, status }: Pick<UntoldReward, 'id' | 'status'>): Promise<void> {
      await pool.query('UPDATE referral_rewards SET told_status = $2 WHERE id = $1', [id, status]);
    },
  };
}
