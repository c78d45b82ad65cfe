import type { Pool, PoolClient } from 'pg';
import { settleOrder, type Settlement } from '../../../domain/order';
import { isFinal, type PaymentStatus } from '../../../domain/payment';
import { makeGift } from '../gifts/make';
import { addSubscription, appendEntries, lockBook, type LockedBook } from '../grantBook';
import { inTransaction } from '../pool';
import { promoUseOf } from '../promo/uses';
import { prepared, queryRow } from '../query';
import { locationRow } from '../tables/catalogue';
import { recordEvent, eventInsertion, type VerdictEvent } from './events';
import { lockPayment, type LockedPayment } from './locked';

export type PaidDecision =
  /** Deliver it. */
  | { readonly decision: 'issue'; readonly takeOverAfterMs: number | null }
  /** A gift: its voucher is made, and nothing is to be made on a panel. */
  | { readonly decision: 'gift' }
  /** The money goes back: this purchase has been replaced by another one, or what it prolongs was revoked. */
  | { readonly decision: 'refund'; readonly reason: string }
  /** Everything was done before; a repeated run has nothing left to do. */
  | { readonly decision: 'ended'; readonly status: PaymentStatus };

const takeOver = locationRow.pick({ take_over_after_ms: true });

/** Of a row of payments: the catalogue's rule for its location. A renewal stays where its key is. */
const TAKE_OVER_AFTER =
  '(CASE WHEN renews_subscription_id IS NULL THEN (SELECT take_over_after_ms FROM locations WHERE code = location_code) END) AS take_over_after_ms';

const recordedBy = (events: string, alsoSet: string) =>
  prepared(
    `WITH ${events}
     UPDATE payments SET status = 'paid', reason = NULL, paid_at = $2, subscription_id = $3,
       updated_at = now()${alsoSet} WHERE id = $1
     RETURNING ${TAKE_OVER_AFTER}`,
  );
const RECORD = recordedBy(eventInsertion(4), '');
const RECORD_WITH_VERDICT = recordedBy(eventInsertion(7, 4), `, provider_status = 'succeeded', checked_at = now()`);

/**
 * Records that the money has arrived and fixes what it buys: the subscription's uuid and its absolute expiry. Like the
 * other transactions that decide about money it may be repeated at any time by a retried activity: what was decided
 * once is found again, never decided anew. A delivery and a refund exclude each other through the payment's status.
 *
 * @param ids used only if a new subscription is made now
 * @param now when the money was recorded
 * @param verdictEvent the provider's "succeeded", where the timeline does not have it yet
 */
export async function recordPaid(
  pool: Pool,
  paymentId: string,
  ids: { subscriptionId: string; panelUserId: string },
  now: Date,
  verdictEvent?: VerdictEvent,
): Promise<PaidDecision> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    if (payment.status === 'paid' || payment.status === 'delayed')
      return { decision: 'issue', takeOverAfterMs: await takeOverAfter(client, paymentId) };
    if (payment.status === 'refunding') return { decision: 'refund', reason: 'repeated' };
    if (payment.purpose === 'gift' && payment.status === 'issued') return { decision: 'gift' };
    if (isFinal(payment.status)) return { decision: 'ended', status: payment.status };

    const renewed =
      payment.renewsSubscriptionId === null ? undefined : await lockBook(client, payment.renewsSubscriptionId);
    const promoUseId = payment.promoCode === null ? undefined : await promoUseOf(client, paymentId);
    const isReplaced = await wasReplaced(client, payment);
    const settlement = settleOrder(payment, { at: now, isReplaced, renewed, promoUseId });
    if (settlement.outcome === 'refund') {
      const { reason } = settlement;
      if (verdictEvent !== undefined)
        await recordEvent(client, paymentId, payment.provider, verdictEvent.event, verdictEvent.details);
      await recordEvent(client, paymentId, 'workflow', 'paid-in-vain', { reason, kopecks: payment.priceKopecks });
      await client.query('UPDATE payments SET paid_at = $2, updated_at = now() WHERE id = $1', [paymentId, now]);
      return { decision: 'refund', reason };
    }
    if (settlement.outcome === 'gift') return recordGift(client, payment, now, verdictEvent);
    const place = { locationCode: payment.locationCode!, serverCode: payment.serverCode! };
    const subscriptionId =
      renewed === undefined
        ? await addSubscription(client, { ...payment, ...ids, ...place }, settlement.entries)
        : await prolong(client, renewed, settlement);
    const takeOverAfterMs = await recordMoney(client, payment, { subscriptionId, now, verdictEvent });
    return { decision: 'issue', takeOverAfterMs };
  });
}

/** @param of `subscriptionId`: `null` for a gift. @returns when another server may take the order over, in ms */
async function recordMoney(
  client: PoolClient,
  { id, provider, priceKopecks }: LockedPayment,
  of: {
    readonly subscriptionId: string | null;
    readonly now: Date;
    readonly verdictEvent: VerdictEvent | undefined;
  },
): Promise<number | null> {
  const { subscriptionId, now, verdictEvent } = of;
  const paid = [...[id, now, subscriptionId], ...['workflow', 'paid', JSON.stringify({ kopecks: priceKopecks })]];
  const recorded =
    verdictEvent === undefined
      ? await queryRow(client, takeOver, RECORD, paid)
      : await queryRow(client, takeOver, RECORD_WITH_VERDICT, [
          ...paid,
          ...[provider, verdictEvent.event, JSON.stringify(verdictEvent.details)],
        ]);
  return recorded!.take_over_after_ms;
}

/** A gift is delivered with its money: whoever claims its voucher has the rest delivered. */
async function recordGift(
  client: PoolClient,
  payment: LockedPayment,
  now: Date,
  verdictEvent?: VerdictEvent,
): Promise<PaidDecision> {
  const { id } = payment;
  await makeGift(client, payment, now);
  // Both states, one after the other: the use of a promo code ends with the first (`end_promo_use`).
  await recordMoney(client, payment, { subscriptionId: null, now, verdictEvent });
  await recordEvent(client, id, 'workflow', 'gift-made');
  await client.query(
    `UPDATE payments SET status = 'issued', delivered_at = $2, ended_at = $2, updated_at = now() WHERE id = $1`,
    [id, now],
  );
  return { decision: 'gift' };
}

async function takeOverAfter(client: PoolClient, paymentId: string): Promise<number | null> {
  const found = await queryRow(client, takeOver, `SELECT ${TAKE_OVER_AFTER} FROM payments WHERE id = $1`, [paymentId]);
  return found!.take_over_after_ms;
}

/**
 * The buyer had dismissed this one and has paid for another since: they want one of them, and have it. The other one
 * may be older, when they took it up again.
 */
async function wasReplaced(client: PoolClient, payment: LockedPayment): Promise<boolean> {
  if (payment.dismissedAt === null) return false;
  const { rowCount } = await client.query(
    `SELECT 1 FROM payments WHERE user_id = $1 AND id <> $2 AND (created_at > $3 OR paid_at > $5) AND status IN ('paid', 'delayed', 'issued')
       AND purpose = $6 AND renews_subscription_id IS NOT DISTINCT FROM $4 LIMIT 1`,
    [payment.userId, payment.id, payment.createdAt, payment.renewsSubscriptionId, payment.dismissedAt, payment.purpose],
  );
  return (rowCount ?? 0) > 0;
}

async function prolong(
  client: PoolClient,
  renewed: LockedBook,
  { entries, status }: Extract<Settlement, { outcome: 'grant' }>,
): Promise<string> {
  await appendEntries(client, renewed, entries, () => status);
  return renewed.subscriptionId;
}
