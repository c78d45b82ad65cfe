import type { PoolClient } from 'pg';
import { revocableMs, shareOf } from '../../../domain/refund';
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
  const refunded = payment.refunded_kopecks + kopecks;
  const whole = refunded >= paidKopecks;
  await client.query('UPDATE payments SET refunded_kopecks = $2, updated_at = now() WHERE id = $1', [
    payment.id,
    refunded,
  ]);
  if (payment.subscription_id === null) return whole;
  const kept = { ms: keptMs(payment), gb: keptGb(payment) };
  const share = shareOf({ days: payment.days, trafficGb: payment.traffic_gb, paidKopecks }, refunded);
  const due = whole
    ? kept
    : {
        ms: Math.min(kept.ms, Math.max(0, share.ms - payment.revoked_ms)),
        gb: Math.min(kept.gb, Math.max(0, share.gb - payment.revoked_gb)),
      };
  const ms = Math.min(due.ms, await unusedMs(client, payment, payment.subscription_id, now));
  await revokeAccess(client, payment, payment.subscription_id, { ms, gb: due.gb, everything: whole }, now);
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
  const { rows } = await client.query<{ expires_at: Date }>(
    'SELECT expires_at FROM subscriptions WHERE id = $1 FOR UPDATE',
    [subscriptionId],
  );
  // Nothing of a purchase that was not delivered can have been used.
  if (payment.status !== 'issued') return kept;
  return revocableMs({
    kept,
    later: await laterMs(client, payment, subscriptionId),
    expiresAt: rows[0]!.expires_at,
    now,
  });
}
