import type { Pool, PoolClient } from 'pg';
import { DAY_MS } from '../../../domain/duration';
import { movedUnlimited } from '../../../domain/grant';
import { delayOfTerm } from '../../../domain/subscription';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { LIMIT_COLUMNS, limitAssignments, limitColumns, limitValues } from '../tables/grants';
import { subscriptionRow } from '../tables/subscriptions';
import { keptMs, lockPayment, type LockedPayment } from './locked';
import { laterMs } from './revokeAccess';

/**
 * Moves the days of a paid, undelivered payment to the moment of its delivery, so that none of them is lost to an
 * outage. Called before the panel is told, by every attempt: what is computed is where these days begin, so a repeated
 * or overlapping attempt adds nothing.
 *
 * A renewal that waits behind days still running is not moved, nor is what was paid for after it: it follows.
 */
export async function startTerm(pool: Pool, paymentId: string, now: Date): Promise<void> {
  await inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const isUndelivered = payment.status === 'paid' || payment.status === 'delayed';
    if (!isUndelivered || payment.subscriptionId === null) return;
    const subscription = await queryRow(
      client,
      subscriptionRow.pick({ expires_at: true }).extend(limitColumns).transform(camelCased),
      `SELECT expires_at, ${LIMIT_COLUMNS} FROM subscriptions WHERE id = $1 FOR UPDATE`,
      [payment.subscriptionId],
    );
    const later = await laterMs(client, payment, payment.subscriptionId);
    const kept = keptMs(payment);
    const delayMs = delayOfTerm(subscription!.expiresAt.getTime() - later - kept, now);
    // Unlimited days come first, so they may have begun although the days of this payment wait behind others.
    const { unlimitedUntil } = subscription!;
    const isUnlimited = payment.trafficGb === null && unlimitedUntil !== null;
    const unlimitedDelayMs = isUnlimited ? delayOfTerm(unlimitedUntil.getTime() - kept, now) : 0;
    if (delayMs === 0 && unlimitedDelayMs === 0) return;
    await client.query(
      `UPDATE payments SET granted_expires_at = granted_expires_at + $2 * interval '1 millisecond', updated_at = now()
       WHERE id = $1`,
      [paymentId, delayMs],
    );
    // Of a new subscription the beginning moves, too; a renewed one began long ago.
    await client.query(
      `UPDATE subscriptions SET expires_at = expires_at + $2 * interval '1 millisecond',
         starts_at = starts_at + $3 * interval '1 millisecond',
         status = CASE WHEN status = 'active' THEN 'active' ELSE 'pending' END, ${limitAssignments(4)}, updated_at = now()
       WHERE id = $1`,
      [
        payment.subscriptionId,
        delayMs,
        payment.renewsSubscriptionId === null ? delayMs : 0,
        ...limitValues(movedUnlimited(subscription!, unlimitedDelayMs)),
      ],
    );
  });
}

/**
 * Takes back the gap between the old end and an undelivered renewal, before that renewal is refunded: what is left is
 * the end there was, not the moment of the last attempt. With a later payment behind it the gap stays, because that
 * payment's days follow it.
 */
export async function dropGap(client: PoolClient, payment: LockedPayment): Promise<void> {
  const { subscriptionId, previousExpiresAt, grantedExpiresAt, days } = payment;
  if (subscriptionId === null || previousExpiresAt === null || grantedExpiresAt === null) return;
  const gapMs = grantedExpiresAt.getTime() - days * DAY_MS - previousExpiresAt.getTime();
  if (gapMs <= 0) return;
  // Locked before the later payments are read, so that one recorded at this moment is seen.
  await client.query('SELECT 1 FROM subscriptions WHERE id = $1 FOR UPDATE', [subscriptionId]);
  if ((await laterMs(client, payment, subscriptionId)) > 0) return;
  await client.query(
    `UPDATE payments SET granted_expires_at = granted_expires_at - $2 * interval '1 millisecond' WHERE id = $1`,
    [payment.id, gapMs],
  );
  await client.query(`UPDATE subscriptions SET expires_at = expires_at - $2 * interval '1 millisecond' WHERE id = $1`, [
    subscriptionId,
    gapMs,
  ]);
}
