import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { LEAST_PURCHASE, MOST_REWARDS_A_MONTH, type ReferralRule } from '../../../domain/referral/referral';
import { inTransaction } from '../pool';
import { queryRow, queryRows } from '../query';
import { lockCount } from '../locks';
import { camelCased, instant } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { markSuspicions } from './suspicion';

/** Purchases are looked at for so long after their delivery. */
const LOOKED_AT_DAYS = 30;
const AT_ONCE = 500;

const purchase = paymentRow
  .pick({ id: true })
  .extend({ friend_id: z.number(), referrer_id: z.number(), delivered_at: instant })
  .transform((row) => camelCased(row));

/**
 * Of a payment `p` of person `u`: the first real purchase of somebody who was invited, nothing of it refunded. One
 * whose rewards were canceled or revoked is not the first: the next one counts. Both rewards of a purchase end by its
 * refund, and while one of them still stands the next purchase waits.
 */
const IS_REAL = `u.referred_by IS NOT NULL AND p.status = 'issued' AND p.refunded_kopecks = 0
  AND p.price_kopecks >= ${LEAST_PURCHASE.priceKopecks} AND p.days >= ${LEAST_PURCHASE.days}
  AND NOT EXISTS (
    SELECT FROM referral_rewards r WHERE r.friend_id = u.telegram_id AND r.status NOT IN ('canceled', 'revoked'))`;
const CANDIDATES = `
  SELECT DISTINCT ON (u.telegram_id) p.id, u.telegram_id AS friend_id, u.referred_by AS referrer_id, p.delivered_at
  FROM users u JOIN payments p ON p.user_id = u.telegram_id
  WHERE ${IS_REAL} AND p.delivered_at > $1::timestamptz - interval '${LOOKED_AT_DAYS} days'`;

/** First purchases that have not brought their rewards. */
export async function purchasesToReward(pool: Pool, rule: ReferralRule, now: Date): Promise<{ readonly id: string }[]> {
  if (rule.days === 0) return [];
  return queryRows(pool, purchase, `${CANDIDATES} ORDER BY u.telegram_id, p.paid_at, p.id LIMIT ${AT_ONCE}`, [now]);
}

/**
 * Records the rewards of a first purchase: the friend's, which is due at once, and that of who invited them, after the
 * hold. Each purchase has one of each, whatever is repeated or runs at the same time.
 * @returns false: it was rewarded before, or brings nothing
 */
export function earnRewards(pool: Pool, paymentId: string, rule: ReferralRule, now: Date): Promise<boolean> {
  return inTransaction(pool, (client) => earn(client, paymentId, rule, now));
}

async function earn(client: PoolClient, paymentId: string, rule: ReferralRule, now: Date): Promise<boolean> {
  // A refund that is decided now waits, or has been decided.
  await client.query('SELECT FROM payments WHERE id = $1 FOR SHARE', [paymentId]);
  const still = await queryRow(client, purchase, `${CANDIDATES} AND p.id = $2 ORDER BY u.telegram_id`, [
    now,
    paymentId,
  ]);
  if (!still) return false;
  const { friendId, referrerId, deliveredAt } = still;
  const add = async (role: 'friend' | 'referrer', userId: number, dueAt: Date): Promise<string | undefined> => {
    const id = randomUUID();
    const { rowCount } = await client.query(
      `INSERT INTO referral_rewards (id, payment_id, friend_id, role, user_id, days, created_at, changed_at, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) ON CONFLICT DO NOTHING`,
      [id, paymentId, friendId, role, userId, rule.days, now, dueAt],
    );
    return rowCount === 1 ? id : undefined;
  };
  if ((await add('friend', friendId, now)) === undefined) return false;
  if (!(await hasRoom(client, referrerId, now))) return true;
  const own = await add('referrer', referrerId, new Date(deliveredAt.getTime() + rule.holdMs));
  if (own !== undefined) await markSuspicions(client, own);
  return true;
}

/**
 * Whether they may have one more this month; what they lost again does not count. Their rewards are counted one after
 * the other.
 */
async function hasRoom(client: PoolClient, userId: number, now: Date): Promise<boolean> {
  await lockCount(client, 'rewards', userId);
  const { rowCount } = await client.query(
    `SELECT FROM referral_rewards WHERE user_id = $1 AND role = 'referrer' AND status NOT IN ('canceled', 'revoked', 'refused')
       AND created_at >= date_trunc('month', $2::timestamptz, 'UTC') OFFSET $3 LIMIT 1`,
    [userId, now, MOST_REWARDS_A_MONTH - 1],
  );
  return rowCount === 0;
}
