/** Rewards that their people lose although nothing was refunded: decided by a person of the shop, carried out later. */
import type { Pool, PoolClient } from 'pg';
import type { z } from 'zod';
import { FORFEITABLE, type ForfeitReason } from '../../../domain/referral/referral';
import { inTransaction, type Queryable } from '../pool';
import { queryRow, queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { referralRewardRow } from '../tables/referrals';
import { lockReward } from './locked';
import { endReward, revokeAhead } from './revoke';

const IN_FORFEITABLE = `(${FORFEITABLE.map((status) => `'${status}'`).join(', ')})`;

/** Of row `r`: its person is to lose it, and has not yet. */
export const IS_TO_FORFEIT = `r.forfeit_reason IS NOT NULL AND r.status IN ${IN_FORFEITABLE}`;

const named = referralRewardRow.pick({ id: true });

/**
 * Decides that somebody loses their rewards, in the transaction of whoever decides it: from then on none of them is
 * given, and their vouchers can't be claimed. The worker carries it out (`forfeitReward`). Of somebody whose data are
 * erased only what is still to come, or waits as a voucher: the rest is over, or was handed on and is another's.
 * @param client in a transaction that holds the person's lock
 * @param of the reward, or the person whose rewards all of them are
 * @returns which ones; a reward of which it was decided before is not among them
 */
export async function decideForfeits(
  client: Queryable,
  of: { readonly id: string } | { readonly userId: number },
  { reason, by, at }: { readonly reason: ForfeitReason; readonly by: string; readonly at: Date },
): Promise<string[]> {
  const isAhead = `r.status = 'waiting'
    OR (r.status = 'voucher' AND EXISTS (SELECT FROM vouchers v WHERE v.id = r.voucher_id AND v.status = 'issued'))`;
  const rows = await queryRows(
    client,
    named,
    `UPDATE referral_rewards r SET forfeit_reason = $2, forfeit_by = $3, forfeit_at = $4
     WHERE ${'id' in of ? 'r.id = $1' : 'r.user_id = $1'} AND r.forfeit_reason IS NULL
       AND ${reason === 'erased' ? `(${isAhead})` : `r.status IN ${IN_FORFEITABLE}`}
     RETURNING r.id`,
    ['id' in of ? of.id : of.userId, reason, by, at],
  );
  return rows.map(({ id }) => id);
}

/**
 * Carries out that somebody loses a reward: what was not given is not given, and what was is revoked as far as it lies
 * ahead; what is used already is owed, as after a refund. A refund of the purchase changes nothing of it: the friend's next
 * purchase is not another first one.
 * @returns false: nobody has decided it, or it was carried out before
 */
export function forfeitReward(pool: Pool, id: string, now: Date): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const reward = await lockReward(client, id);
    if (!reward || reward.forfeitReason === null || !FORFEITABLE.includes(reward.status)) return false;
    if (reward.forfeitReason === 'erased' && (await isHandedOn(client, reward.voucherId))) {
      // It was claimed at the same moment, by its link: it is another's.
      await client.query(
        'UPDATE referral_rewards SET forfeit_reason = NULL, forfeit_by = NULL, forfeit_at = NULL WHERE id = $1',
        [id],
      );
      return false;
    }
    await endReward(client, reward, 'forfeited', await revokeAhead(client, reward, now));
    return true;
  });
}

async function isHandedOn(client: PoolClient, voucherId: string | null): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM vouchers WHERE id = $1 AND status = 'claimed' FOR UPDATE`, [
    voucherId,
  ]);
  return rowCount === 1;
}

/** Whether a voucher is a reward that its person is to lose. */
export async function isForfeited(client: Queryable, voucherId: string): Promise<boolean> {
  const row = await queryRow(
    client,
    named,
    'SELECT id FROM referral_rewards WHERE voucher_id = $1 AND forfeit_reason IS NOT NULL',
    [voucherId],
  );
  return row !== undefined;
}

const forfeitable = referralRewardRow
  .pick({ id: true, user_id: true, payment_id: true, role: true, friend_id: true, days: true, status: true })
  .extend(referralRewardRow.pick({ created_at: true, forfeit_reason: true }).shape)
  .transform((row) => camelCased(row));
/** A reward as somebody decides about it. */
export type ForfeitableReward = z.output<typeof forfeitable>;

const SELECT = `SELECT id, user_id, payment_id, role, friend_id, days, status, created_at, forfeit_reason
  FROM referral_rewards r`;

export function rewardById(db: Queryable, id: string): Promise<ForfeitableReward | undefined> {
  return queryRow(db, forfeitable, `${SELECT} WHERE r.id = $1`, [id]);
}

/** Those of somebody that they can still lose, the newest first. */
export function forfeitableOf(db: Queryable, userId: number, limit: number): Promise<ForfeitableReward[]> {
  return queryRows(
    db,
    forfeitable,
    `${SELECT} WHERE r.user_id = $1 AND r.forfeit_reason IS NULL AND r.status IN ${IN_FORFEITABLE}
     ORDER BY r.created_at DESC, r.id LIMIT $2`,
    [userId, limit],
  );
}
