import type { Pool } from 'pg';
import { FORFEITABLE, type RewardStatus } from '../domain/referral/referral';
import { recordDesk } from '../storage/postgres/deskAudit';
import { inTransaction } from '../storage/postgres/pool';
import { decideForfeits } from '../storage/postgres/referrals/forfeit';
import { lockReward } from '../storage/postgres/referrals/locked';
import type { Doer } from './doer';

/**
 * - `done`: it is lost; the worker carries that out within minutes
 * - `same`: that was decided before
 * - `too-late`: it has ended otherwise
 * - `unknown`: there is no such reward
 */
export type ForfeitOutcome =
  | { readonly outcome: 'done'; readonly before: RewardStatus }
  | { readonly outcome: 'same' | 'too-late'; readonly before: RewardStatus }
  | { readonly outcome: 'unknown' };

/**
 * Has somebody lose one reward for a friend because of fraud. What waits is not given; of what was given, what lies ahead
 * is revoked, also from whoever has claimed it as a voucher, and what is used already is owed against later rewards. Its
 * person is told. The other rewards of the same purchase, and the purchase, stay.
 */
export function forfeitForFraud(pool: Pool, id: string, { actor, note = null }: Doer): Promise<ForfeitOutcome> {
  return inTransaction(pool, async (client) => {
    // Its person is locked, so whatever gives it comes first, or finds this.
    const reward = await lockReward(client, id);
    const entry = { actor, act: 'forfeit-reward', subject: id, reason: note };
    if (!reward) {
      await recordDesk(client, { ...entry, refused: 'unknown' });
      return { outcome: 'unknown' };
    }
    const { userId, status: before, forfeitReason } = reward;
    const refused = forfeitReason !== null ? 'same' : FORFEITABLE.includes(before) ? undefined : ('too-late' as const);
    if (refused !== undefined) {
      await recordDesk(client, { ...entry, before: { status: before }, refused });
      return { outcome: refused, before };
    }
    await decideForfeits(client, { id }, { reason: 'fraud', by: actor, at: new Date() });
    await recordDesk(client, { ...entry, before: { status: before, person: userId }, after: { forfeit: 'fraud' } });
    return { outcome: 'done', before };
  });
}
