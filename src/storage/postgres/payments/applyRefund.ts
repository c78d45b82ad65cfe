import type { PoolClient } from 'pg';
import { revocableMs, shareOf } from '../../../domain/refund';
import { queryRow } from '../query';
import { subscriptionRow } from '../tables/subscriptions';
import { keptGb, keptMs, type LockedPayment } from './locked';
import { laterMs, revokeAccess } from './revokeAccess';

/**
 * Adds an amount to what is refunded of a payment, and revokes the share of the access that it bought.
 * @param paidKopecks what came at YooKassa
 * @returns whether nothing of the money is left
 */
export async function applyRefund(
  client: PoolClient,
  payment: LockedPayment,
  kopecks: number,
  paidKopecks: number,
  now: Date,
): Promise<boolean> {
  const refunded = payment.refundedKopecks + kopecks;
  const whole = refunded >= paidKopecks;
  await client.query('UPDATE payments SET refunded_kopecks = $2, updated_at = now() WHERE id = $1', [
    payment.id,
    refunded,
  ]);
  if (payment.subscriptionId === null) return whole;
  const kept = { ms: keptMs(payment), gb: keptGb(payment) };
  const share = shareOf({ ...payment, paidKopecks }, refunded);
  const due = whole
    ? kept
    : {
        ms: Math.min(kept.ms, Math.max(0, share.ms - payment.revokedMs)),
        gb: Math.min(kept.gb, Math.max(0, share.gb - payment.revokedGb)),
      };
  const ms = Math.min(due.ms, await unusedMs(client, payment, payment.subscriptionId, now));
  await revokeAccess(client, payment, payment.subscriptionId, { ms, gb: due.gb, everything: whole }, now);
  return whole;
}

/** How much of the time that a payment gives can still be revoked. */
async function unusedMs(
  client: PoolClient,
  payment: LockedPayment,
  subscriptionId: string,
  now: Date,
): Promise<number> {
  const kept = keptMs(payment);
  // Locked before the renewals are read, so that one recorded at this moment is seen.
  const subscription = await queryRow(
    client,
    subscriptionRow.pick({ expires_at: true }),
    'SELECT expires_at FROM subscriptions WHERE id = $1 FOR UPDATE',
    [subscriptionId],
  );
  // Nothing of a purchase that was not delivered can have been used.
  if (payment.status !== 'issued') return kept;
  return revocableMs({
    kept,
    later: await laterMs(client, payment, subscriptionId),
    expiresAt: subscription!.expires_at,
    now,
  });
}
