import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import {
  LEAST_PURCHASE,
  type ReferralRule,
  type RewardedPurchases,
  type RewardRole,
} from '../../../domain/referral/referral';
import { userRow } from '../tables/users';
import { inTransaction } from '../pool';
import { queryRow, queryRows } from '../query';
import { lockCount } from '../locks';
import { camelCased, instant } from '../tables/columns';
import { paymentRow } from '../tables/payments';
import { markSuspicions } from './suspicion';

/** Purchases are looked at for so long after their delivery. */
const LOOKED_AT_DAYS = 30;
const AT_ONCE = 500;
const invited = userRow.pick({ referred_by: true });

const purchase = paymentRow
  .pick({ id: true })
  .extend({ friend_id: z.number(), referrer_id: z.number(), delivered_at: instant })
  .transform((row) => camelCased(row));

/** Of a person `u`: who is blocked, or has had their data erased and has not come back, earns nothing. */
const MAY_EARN = 'u.blocked_at IS NULL AND u.erased_at IS NULL';

/**
 * Of a payment `p`: what was paid is worth the least purchase. In another currency than roubles it is the same share of
 * the plan's price in roubles; of a plan that is gone, of the least purchase.
 */
const IS_PAID_ENOUGH = `p.price_kopecks::bigint * CASE p.currency WHEN 'RUB' THEN p.base_price_kopecks ELSE
    coalesce((SELECT l.price_kopecks FROM plans l WHERE l.code = p.plan_code), ${LEAST_PURCHASE.priceKopecks}) END
  >= ${LEAST_PURCHASE.priceKopecks}::bigint * p.base_price_kopecks`;

/**
 * Of a payment `p` of person `u`: a real purchase of somebody who was invited, nothing of it refunded, that has brought
 * nothing. Where only the first one counts, one whose rewards were canceled or revoked is not the first: the next one
 * counts. All rewards of a purchase end by its refund, and while one of them still stands the next purchase waits.
 */
const isReal = (
  purchases: RewardedPurchases,
): string => `u.referred_by IS NOT NULL AND ${MAY_EARN} AND p.status = 'issued'
  AND p.refunded_kopecks = 0 AND p.days >= ${LEAST_PURCHASE.days}
  AND ${IS_PAID_ENOUGH}
  AND NOT EXISTS (
    SELECT FROM referral_rewards r WHERE r.friend_id = u.telegram_id
      AND ${purchases === 'each' ? 'r.payment_id = p.id' : `r.status NOT IN ('canceled', 'revoked')`})`;
const candidates = (purchases: RewardedPurchases): string => `
  SELECT DISTINCT ON (u.telegram_id) p.id, u.telegram_id AS friend_id, u.referred_by AS referrer_id, p.delivered_at
  FROM users u JOIN payments p ON p.user_id = u.telegram_id
  WHERE ${isReal(purchases)} AND p.delivered_at > $1::timestamptz - interval '${LOOKED_AT_DAYS} days'`;

/**
 * Purchases that have not brought their rewards, one of each friend: the next one is found once this one has brought
 * its own.
 */
export async function purchasesToReward(pool: Pool, rule: ReferralRule, now: Date): Promise<{ readonly id: string }[]> {
  if (rule.days === 0) return [];
  return queryRows(
    pool,
    purchase,
    `${candidates(rule.purchases)} ORDER BY u.telegram_id, p.paid_at, p.id LIMIT ${AT_ONCE}`,
    [now],
  );
}

/**
 * Records the rewards of a purchase: the friend's, which is due at once, and after the hold that of who invited them,
 * and where the shop has a second level of who invited that one. Each purchase has one of each, whatever is repeated or
 * runs at the same time.
 * @returns false: it was rewarded before, or brings nothing
 */
export function earnRewards(pool: Pool, paymentId: string, rule: ReferralRule, now: Date): Promise<boolean> {
  return inTransaction(pool, (client) => earn(client, paymentId, rule, now));
}

async function earn(client: PoolClient, paymentId: string, rule: ReferralRule, now: Date): Promise<boolean> {
  // Whoever blocks the friend now waits, or has done so; and a refund that is decided now.
  await client.query('SELECT FROM users WHERE telegram_id = (SELECT user_id FROM payments WHERE id = $1) FOR SHARE', [
    paymentId,
  ]);
  await client.query('SELECT FROM payments WHERE id = $1 FOR SHARE', [paymentId]);
  const still = await queryRow(client, purchase, `${candidates(rule.purchases)} AND p.id = $2 ORDER BY u.telegram_id`, [
    now,
    paymentId,
  ]);
  if (!still) return false;
  const { friendId, referrerId, deliveredAt } = still;
  const add = async (role: RewardRole, userId: number, days: number, dueAt: Date): Promise<string | undefined> => {
    const id = randomUUID();
    const { rowCount } = await client.query(
      `INSERT INTO referral_rewards
         (id, payment_id, friend_id, role, user_id, days, created_at, changed_at, due_at, each_purchase)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9) ON CONFLICT DO NOTHING`,
      [id, paymentId, friendId, role, userId, days, now, dueAt, rule.purchases === 'each'],
    );
    return rowCount === 1 ? id : undefined;
  };
  if ((await add('friend', friendId, rule.days, now)) === undefined) return false;
  const dueAt = new Date(deliveredAt.getTime() + rule.holdMs);
  const secondId = rule.secondLevelDays === 0 ? null : await referrerOf(client, referrerId);
  for (const [role, userId, days] of [
    ['referrer', referrerId, rule.days],
    ['second-level', secondId, rule.secondLevelDays],
  ] as const) {
    if (userId === null || !(await mayEarn(client, userId)) || !(await hasRoom(client, userId, rule, now))) continue;
    const own = await add(role, userId, days, dueAt);
    if (own !== undefined) await markSuspicions(client, own);
  }
  return true;
}

async function referrerOf(client: PoolClient, userId: number): Promise<number | null> {
  const row = await queryRow(client, invited, 'SELECT referred_by FROM users WHERE telegram_id = $1', [userId]);
  return row?.referred_by ?? null;
}

/** Nobody blocks them until this transaction ends. */
async function mayEarn(client: PoolClient, userId: number): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM users u WHERE telegram_id = $1 AND ${MAY_EARN} FOR SHARE`, [
    userId,
  ]);
  return rowCount === 1;
}

/**
 * Whether they may have one more this month; what they lost again does not count. Their rewards are counted one after
 * the other.
 */
async function hasRoom(
  client: PoolClient,
  userId: number,
  { mostPerMonth }: Pick<ReferralRule, 'mostPerMonth'>,
  now: Date,
): Promise<boolean> {
  await lockCount(client, 'rewards', userId);
  const { rowCount } = await client.query(
    `SELECT FROM referral_rewards WHERE user_id = $1 AND role <> 'friend'
       AND status NOT IN ('canceled', 'revoked', 'refused', 'forfeited')
       AND created_at >= date_trunc('month', $2::timestamptz, 'UTC') OFFSET $3 LIMIT 1`,
    [userId, now, mostPerMonth - 1],
  );
  return rowCount === 0;
}
