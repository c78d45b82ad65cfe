import type { PoolClient } from 'pg';
import { lockPerson } from '../locks';
import { paymentRow } from '../tables/payments';
import { queryRow } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { GRANT_COLUMNS, grantColumns } from '../tables/planGrant';
import { referralRewardRow } from '../tables/referrals';

const paid = paymentRow
  .pick({ refunded_kopecks: true, subscription_id: true, plan_code: true })
  .extend(grantColumns)
  .transform((row) => camelCased(row));
const reward = referralRewardRow.transform((row) => camelCased(row));

const ofPerson = referralRewardRow.pick({ user_id: true });

export type LockedReward = ReturnType<(typeof reward)['parse']> & {
  /** Its person is blocked. */
  readonly isBlocked: boolean;
  readonly payment: ReturnType<(typeof paid)['parse']>;
};

/**
 * Locks a reward, its person, and its purchase against refunds: a refund of it has been decided before, or waits until
 * this transaction ends.
 */
export async function lockReward(client: PoolClient, id: string): Promise<LockedReward | undefined> {
  const named = await queryRow(client, ofPerson, 'SELECT user_id FROM referral_rewards WHERE id = $1', [id]);
  if (!named) return undefined;
  const { isBlocked } = await lockPerson(client, named.user_id);
  const payment = await queryRow(
    client,
    paid,
    `SELECT refunded_kopecks, subscription_id, plan_code, ${GRANT_COLUMNS} FROM payments
     WHERE id = (SELECT payment_id FROM referral_rewards WHERE id = $1) FOR SHARE`,
    [id],
  );
  const locked = await queryRow(
    client,
    reward,
    `SELECT ${selectedColumns(referralRewardRow, 'r')} FROM referral_rewards r WHERE r.id = $1 FOR UPDATE`,
    [id],
  );
  return locked && payment && { ...locked, payment, isBlocked };
}

/** Whether money of its purchase, any part of it, is with its buyer or on the way there. */
export function isRefunded({ payment }: LockedReward): boolean {
  return payment.refundedKopecks > 0;
}
