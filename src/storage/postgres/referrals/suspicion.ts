/** Rewards that a person looks at before they are given. */
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { MOST_FRIENDS_A_DAY, SUSPICIONS, type RewardStatus, type Suspicion } from '../../../domain/referral/referral';
import { createDecisionsRepository } from '../decisions';
import { inTransaction, type Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { lockReward } from './locked';

/** Of a reward of this name in a statement: it is not given before an operator has released it. */
export const isHeld = (reward: string): string =>
  `(${reward}.status = 'waiting' AND ${reward}.suspicions <> '{}' AND ${reward}.decided_by IS NULL)`;

const found = z.object({ suspicions: z.array(z.enum(SUSPICIONS)) });
const dayOf = (user: string): string => `date_trunc('day', coalesce(${user}.referred_at, ${user}.created_at), 'UTC')`;

/**
 * Writes down what speaks against a reward of who invited somebody. What was written down stays.
 * @returns all of it
 */
export async function markSuspicions(client: PoolClient, rewardId: string): Promise<readonly Suspicion[]> {
  const marked = await queryRow(
    client,
    found,
    `UPDATE referral_rewards r SET suspicions = ARRAY(
       SELECT unnest(r.suspicions)
       UNION SELECT 'refunded-twice' WHERE (
         SELECT count(*) FROM payments p
         WHERE p.user_id = r.friend_id AND p.delivered_at IS NOT NULL AND p.refunded_kopecks >= p.price_kopecks
           AND NOT EXISTS (SELECT FROM refunds b WHERE b.payment_id = p.id AND b.asked_by LIKE 'operator:%')) >= 2
       UNION SELECT 'many-friends' FROM users f WHERE f.telegram_id = r.friend_id AND NOT f.referred_by_hand AND (
         SELECT count(*) FROM users o
         WHERE o.referred_by = CASE WHEN r.role = 'referrer' THEN r.user_id ELSE f.referred_by END
           AND NOT o.referred_by_hand AND ${dayOf('o')} = ${dayOf('f')}
         ) > ${MOST_FRIENDS_A_DAY}
       UNION SELECT 'friend-blocked' FROM users f WHERE f.telegram_id = r.friend_id AND f.blocked_at IS NOT NULL
       ORDER BY 1)
     WHERE r.id = $1 AND r.role <> 'friend' RETURNING suspicions`,
    [rewardId],
  );
  return marked?.suspicions ?? [];
}

const heldColumns = referralRewardRow.pick({
  ...{ id: true, payment_id: true, friend_id: true, user_id: true, days: true, due_at: true, suspicions: true },
});
const held = heldColumns.extend(found.shape).transform((row) => camelCased(row));
export type HeldReward = z.output<typeof held>;

const SELECT_HELD = `SELECT ${selectedColumns(heldColumns, 'r')} FROM referral_rewards r WHERE ${isHeld('r')}`;

/** The oldest first. */
export function heldRewards(db: Queryable, limit: number): Promise<HeldReward[]> {
  return queryRows(db, held, `${SELECT_HELD} ORDER BY r.created_at, r.id LIMIT $1`, [limit]);
}

/** Those that the owners have not been told of. */
export function heldUntold(db: Queryable): Promise<HeldReward[]> {
  return queryRows(db, held, `${SELECT_HELD} AND owners_told_at IS NULL ORDER BY r.created_at, r.id LIMIT 100`);
}

/**
 * - `same`: it was decided so before
 * - `too-late`: it waits no more
 */
export type DecideOutcome =
  { readonly outcome: 'done' | 'unknown' } | { readonly outcome: 'same' | 'too-late'; readonly status: RewardStatus };

/**
 * An operator's word on a reward that waits, with its row in the audit log: released, it is given when its day comes,
 * whatever else is found; refused, it is never given.
 */
export function decideReward(
  pool: Pool,
  id: string,
  decision: 'release' | 'refuse',
  actor: string,
): Promise<DecideOutcome> {
  return inTransaction(pool, async (client) => {
    const reward = await lockReward(client, id);
    if (!reward) return { outcome: 'unknown' };
    const { status } = reward;
    if (decisionOn(reward) === decision) return { outcome: 'same', status };
    if (status !== 'waiting') return { outcome: 'too-late', status };
    await client.query(`UPDATE referral_rewards SET decided_by = $2, status = $3 WHERE id = $1`, [
      id,
      actor,
      decision === 'refuse' ? 'refused' : 'waiting',
    ]);
    const { paymentId, suspicions } = reward;
    await createDecisionsRepository(client).record(actor, `reward-${decision}`, paymentId, { reward: id, suspicions });
    return { outcome: 'done' };
  });
}

/** @returns `undefined`: nobody has decided about it, or nobody can say what: it was canceled since */
function decisionOn({
  status,
  decidedBy,
}: {
  readonly status: RewardStatus;
  readonly decidedBy: string | null;
}): 'release' | 'refuse' | undefined {
  if (status === 'refused') return 'refuse';
  return decidedBy === null || status === 'canceled' ? undefined : 'release';
}
