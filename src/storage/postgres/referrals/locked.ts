import type { PoolClient } from 'pg';
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

export type LockedReward = ReturnType<(typeof reward)['parse']> & {
  readonly payment: ReturnType<(typeof paid)['parse']>;
};

/**
 * Locks a reward, its person, and its purchase against refunds: a refund of it has been decided before, or waits until
 * this transaction ends.
 */
export async function lockReward(client: PoolClient, id: string): Promise<LockedReward | undefined> {
  await client.query(
    'SELECT FROM users WHERE telegram_id = (SELECT user_id FROM referral_rewards WHERE id = $1) FOR NO KEY UPDATE',
    [id],
  );
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
  return locked && payment && { ...locked, payment };
}

/** Whether money of its purchase, any part of it, is with its buyer or on the way there. */
export function isRefunded({ payment }: LockedReward): boolean {
  return payment.refundedKopecks > 0;
}
