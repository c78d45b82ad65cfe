/**
 * The transactions that decide about money. Each may be repeated at any time by a retried activity: what was decided once
 * is found again, never decided anew. A delivery and a refund exclude each other through the payment's status.
 */
import type { Pool, PoolClient } from 'pg';
import { isFinal, type PaymentStatus } from '../../../domain/payment';
import { extendedExpiry } from '../../../domain/subscription';
import { inTransaction } from '../pool';
import { recordEvent, eventInsertion, type FinalWord } from './events';
import { lockPayment, type LockedPayment } from './locked';

export type PaidDecision =
  /** Deliver it. */
  | { readonly decision: 'issue'; readonly subscriptionId: string; readonly takeOverAfterMs: number | null }
  /** The money goes back: this purchase has been replaced by another one, or what it prolongs was taken back. */
  | { readonly decision: 'refund'; readonly reason: string }
  /** Everything was done before; a repeated run has nothing left to do. */
  | { readonly decision: 'ended'; readonly status: PaymentStatus };

/**
 * Records that the money has arrived and fixes what it buys: the subscription's uuid and its absolute expiry.
 *
 * @param ids used only if a new subscription is made now; `now` is when the money was recorded
 * @param finalWord YooKassa's "succeeded", where this is the first that the story hears of it
 */
export async function recordPaid(
  pool: Pool,
  paymentId: string,
  ids: { subscriptionId: string; panelUserId: string },
  now: Date,
  finalWord?: FinalWord,
): Promise<PaidDecision> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    if (payment.status === 'paid' || payment.status === 'delayed')
      return {
        decision: 'issue',
        subscriptionId: payment.subscription_id!,
        takeOverAfterMs: await takeOverAfter(client, paymentId),
      };
    if (payment.status === 'refunding') return { decision: 'refund', reason: 'repeated' };
    if (isFinal(payment.status)) return { decision: 'ended', status: payment.status };

    const reason = await whyPaidInVain(client, payment);
    if (reason !== undefined) {
      if (finalWord !== undefined) await recordEvent(client, paymentId, 'yookassa', finalWord.event, finalWord.details);
      await recordEvent(client, paymentId, 'workflow', 'paid-in-vain', { reason, kopecks: payment.price_kopecks });
      await client.query('UPDATE payments SET paid_at = $2, updated_at = now() WHERE id = $1', [paymentId, now]);
      return { decision: 'refund', reason };
    }
    const { subscriptionId, previousExpiresAt, expiresAt } =
      payment.renews_subscription_id === null
        ? await addSubscription(client, payment, ids, now)
        : await prolong(client, payment, payment.renews_subscription_id, now);
    const { rows } = await client.query<{ take_over_after_ms: number | null }>(
      `WITH ${finalWord === undefined ? eventInsertion(6) : eventInsertion(9, 6)}
       UPDATE payments SET status = 'paid', reason = NULL, paid_at = $2, subscription_id = $3, previous_expires_at = $4, granted_expires_at = $5, updated_at = now()
         ${finalWord === undefined ? '' : `, yookassa_status = 'succeeded', checked_at = now()`} WHERE id = $1
       RETURNING ${TAKE_OVER_AFTER}`,
      [
        ...[
          paymentId,
          now,
          subscriptionId,
          previousExpiresAt,
          expiresAt,
          'workflow',
          'paid',
          JSON.stringify({ kopecks: payment.price_kopecks }),
        ],
        ...(finalWord === undefined ? [] : ['yookassa', finalWord.event, JSON.stringify(finalWord.details)]),
      ],
    );
    return { decision: 'issue', subscriptionId, takeOverAfterMs: rows[0]!.take_over_after_ms };
  });
}

/** Of a row of payments: the catalogue's rule for its location. A renewal stays where its key is. */
const TAKE_OVER_AFTER =
  '(CASE WHEN renews_subscription_id IS NULL THEN (SELECT take_over_after_ms FROM locations WHERE code = location_code) END) AS take_over_after_ms';

async function takeOverAfter(client: PoolClient, paymentId: string): Promise<number | null> {
  const { rows } = await client.query<{ take_over_after_ms: number | null }>(
    `SELECT ${TAKE_OVER_AFTER} FROM payments WHERE id = $1`,
    [paymentId],
  );
  return rows[0]!.take_over_after_ms;
}

async function whyPaidInVain(
  client: PoolClient,
  payment: LockedPayment,
): Promise<'replaced' | 'subscription-revoked' | undefined> {
  if (await wasReplaced(client, payment)) return 'replaced';
  if (payment.renews_subscription_id === null) return undefined;
  const { rows } = await client.query<{ status: string }>('SELECT status FROM subscriptions WHERE id = $1 FOR UPDATE', [
    payment.renews_subscription_id,
  ]);
  return rows[0]?.status === 'revoked' ? 'subscription-revoked' : undefined;
}

/** The buyer had cancelled this one and has paid for another since: he wants one of them, and has it. */
async function wasReplaced(client: PoolClient, payment: LockedPayment): Promise<boolean> {
  if (payment.dismissed_at === null) return false;
  const { rowCount } = await client.query(
    `SELECT 1 FROM payments WHERE user_id = $1 AND id <> $2 AND created_at > $3 AND status IN ('paid', 'delayed', 'issued')
       AND renews_subscription_id IS NOT DISTINCT FROM $4 LIMIT 1`,
    [payment.user_id, payment.id, payment.created_at, payment.renews_subscription_id],
  );
  return (rowCount ?? 0) > 0;
}

/** What a payment has bought: the subscription, and its end before and now. */
interface Bought {
  readonly subscriptionId: string;
  readonly previousExpiresAt: Date | null;
  readonly expiresAt: Date;
}

async function addSubscription(
  client: PoolClient,
  payment: LockedPayment,
  ids: { subscriptionId: string; panelUserId: string },
  now: Date,
): Promise<Bought> {
  const expiresAt = extendedExpiry(now, undefined, payment.days);
  await client.query(
    `INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at, traffic_gb, status)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending')`,
    [
      ids.subscriptionId,
      payment.user_id,
      payment.location_code,
      payment.server_code,
      payment.plan_code,
      ids.panelUserId,
      now,
      expiresAt,
      payment.traffic_gb,
    ],
  );
  return { subscriptionId: ids.subscriptionId, previousExpiresAt: null, expiresAt };
}

async function prolong(client: PoolClient, payment: LockedPayment, subscriptionId: string, now: Date): Promise<Bought> {
  const { rows } = await client.query<{ expires_at: Date }>(
    'SELECT expires_at FROM subscriptions WHERE id = $1 FOR UPDATE',
    [subscriptionId],
  );
  const previousExpiresAt = rows[0]!.expires_at;
  const expiresAt = extendedExpiry(now, previousExpiresAt, payment.days);
  // Traffic adds up to a new absolute limit: zeroing the counter would lose what was counted in between.
  await client.query(
    `UPDATE subscriptions SET expires_at = $2, traffic_gb = traffic_gb + $3, plan_code = $4,
       status = CASE WHEN status = 'active' THEN 'active' ELSE 'pending' END, updated_at = now() WHERE id = $1`,
    [subscriptionId, expiresAt, payment.traffic_gb, payment.plan_code],
  );
  return { subscriptionId, previousExpiresAt, expiresAt };
}

/**
 * Records that the panel has confirmed the subscription's state.
 *
 * @param confirmed what the panel was told, and which panel
 * @returns `issued`; `stale` when the subscription was prolonged or moved meanwhile (tell the panel again); `lost` when the
 *   money is already on its way back
 */
export async function recordDelivered(
  pool: Pool,
  paymentId: string,
  confirmed: { serverCode: string; expiresAt: Date },
): Promise<'issued' | 'stale' | 'lost'> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    if (payment.status === 'issued') return 'issued';
    if (payment.status !== 'paid' && payment.status !== 'delayed') return 'lost';
    const { rows } = await client.query<{ expires_at: Date; server_code: string }>(
      'SELECT expires_at, server_code FROM subscriptions WHERE id = $1 FOR UPDATE',
      [payment.subscription_id],
    );
    const now = rows[0]!;
    if (now.expires_at.getTime() !== confirmed.expiresAt.getTime() || now.server_code !== confirmed.serverCode)
      return 'stale';
    await client.query(
      `UPDATE subscriptions SET status = 'active', panel_expires_at = $2, delivered_at = coalesce(delivered_at, now()), updated_at = now() WHERE id = $1`,
      [payment.subscription_id, confirmed.expiresAt],
    );
    await client.query(
      `WITH ${eventInsertion(2)}
       UPDATE payments SET status = 'issued', reason = NULL, delivered_at = now(), ended_at = now(), updated_at = now() WHERE id = $1`,
      [
        paymentId,
        'panel',
        'delivered',
        JSON.stringify({ expiresAt: confirmed.expiresAt.toISOString(), server: confirmed.serverCode }),
      ],
    );
    return 'issued';
  });
}
