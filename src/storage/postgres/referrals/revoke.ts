import type { Pool, PoolClient } from 'pg';
import { DAY_MS } from '../../../domain/duration';
import { addAccessRevocation } from '../accessRevocations';
import { countedGrant } from '../freeGrants/give';
import { revokeFreeGrant } from '../freeGrants/revoke';
import { inTransaction } from '../pool';
import { lockVoucher } from '../vouchers/find';
import { isRefunded, lockReward, type LockedReward } from './locked';

/**
 * Revokes a reward whose purchase was refunded, in whole or in part, as far as it lies ahead; what is used already is
 * owed, and the next reward is shorter by it. One that was not given yet is never given.
 * @returns false: there is nothing to revoke, it was revoked before, or its person loses it anyway (`forfeitReward`)
 */
export function revokeReward(pool: Pool, id: string, now: Date): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const reward = await lockReward(client, id);
    if (!reward || !isRefunded(reward) || reward.forfeitReason !== null) return false;
    switch (reward.status) {
      case 'waiting':
        await endReward(client, reward, 'canceled');
        return true;
      case 'refused':
        // Their next purchase counts, as after any refund. Who was told that nothing comes for this one knows it all.
        await endReward(client, reward, 'canceled');
        await client.query(
          `UPDATE referral_rewards SET told_status = 'canceled' WHERE id = $1 AND told_status = 'refused'`,
          [id],
        );
        return true;
      case 'granted':
      case 'voucher':
      case 'offset':
        await endReward(client, reward, 'revoked', await revokeAhead(client, reward, now));
        return true;
      case 'canceled':
      case 'revoked':
      case 'forfeited':
        return false;
    }
  });
}

/**
 * Ends a reward.
 * @param usedDays days of it that were used already: they are owed, and those that it had offset are owed again
 */
export async function endReward(
  client: PoolClient,
  { id, offsetDays }: LockedReward,
  next: 'canceled' | 'revoked' | 'forfeited',
  usedDays = 0,
): Promise<void> {
  await client.query('UPDATE referral_rewards SET status = $2, owed_days = $3 WHERE id = $1', [
    id,
    next,
    usedDays + offsetDays,
  ]);
}

/**
 * Revokes what lies ahead of what a reward has given; the panel is to be told.
 * @returns whole days that were used already
 */
export async function revokeAhead(client: PoolClient, reward: LockedReward, now: Date): Promise<number> {
  if (reward.status === 'granted') return (await revokeGrant(client, reward, reward.grantId!, now)).usedDays;
  // Its days were used against a debt, so nothing lies ahead, and the debt is there again.
  return reward.status === 'voucher' ? revokeVoucher(client, reward, now) : 0;
}

/** @returns whole days that were used already */
async function revokeVoucher(client: PoolClient, reward: LockedReward, now: Date): Promise<number> {
  // A claimed one, too: the end of its grant would make it `issued` again behind this transaction's back.
  if ((await lockVoucher(client, reward.voucherId!)) === 'issued') {
    await client.query(`UPDATE vouchers SET status = 'revoked' WHERE id = $1`, [reward.voucherId]);
    return 0;
  }
  const claimed = await countedGrant(client, 'gift', reward.voucherId!);
  if (!claimed) return 0;
  const { usedDays, revokedMs } = await revokeGrant(client, reward, claimed.id, now);
  // They had it from somebody else, and know nothing of that purchase.
  if (claimed.userId !== reward.userId && revokedMs > 0)
    await client.query('UPDATE referral_rewards SET claimer_to_tell = $2 WHERE id = $1', [reward.id, claimed.userId]);
  return usedDays;
}

/**
 * Revokes what is ahead of a free grant; the panel is to be told.
 * @returns whole days that were used already, and what was revoked
 */
async function revokeGrant(
  client: PoolClient,
  reward: LockedReward,
  grantId: string,
  now: Date,
): Promise<{ readonly usedDays: number; readonly revokedMs: number }> {
  const because = { source: reward.id, why: 'revoked' };
  const { subscriptionId, usedMs, revokedMs } = await revokeFreeGrant(client, grantId, because, now);
  await addAccessRevocation(client, subscriptionId, reward.paymentId);
  return { usedDays: Math.floor(usedMs / DAY_MS), revokedMs };
}
