import type { PoolClient } from 'pg';
import type { LockedPayment } from './locked';
import { revokeGift } from '../gifts/revoke';
import { revokeAccess } from './revokeAccess';

/**
 * Adds an amount to what is refunded of a payment, and revokes the share of the access that it bought, or that its gift
 * gives.
 * @param refund its id, and its amount
 * @param paidKopecks what came at the provider
 * @returns whether nothing of the money is left
 */
export async function applyRefund(
  client: PoolClient,
  payment: LockedPayment,
  { refundId, kopecks }: { readonly refundId: string; readonly kopecks: number },
  paidKopecks: number,
  now: Date,
): Promise<boolean> {
  const refunded = payment.refundedKopecks + kopecks;
  const whole = refunded >= paidKopecks;
  await client.query('UPDATE payments SET refunded_kopecks = $2, updated_at = now() WHERE id = $1', [
    payment.id,
    refunded,
  ]);
  const share = whole ? null : { refundedKopecks: refunded, paidKopecks };
  if (payment.purpose === 'gift') await revokeGift(client, { giftId: payment.id, source: refundId, share }, now);
  if (payment.subscriptionId === null) return whole;
  await revokeAccess(client, payment, payment.subscriptionId, { refundId, kopecks, share }, now);
  return whole;
}
