/**
 * Money that goes back after a purchase was delivered, and refunds that somebody made outside the shop. Like `settle.ts`: each
 * transaction may be repeated at any time, and what was decided once is found again.
 */
import type { Pool, PoolClient } from 'pg';
import { isOpen, type PaymentStatus } from '../../../domain/payment';
import { returnable, takenFor, unusedOf } from '../../../domain/returns';
import { inTransaction } from '../pool';
import { recordEvent } from './events';
import { keptGb, keptMs, lockPayment, type LockedPayment } from './locked';
import { laterMs, takeBack } from './takeBack';

export interface ReturnOrder {
  /** Names the wish: the same one is never carried out twice. */
  readonly orderId: string;
  /** `null`: everything that is left. */
  readonly kopecks: number | null;
  readonly reason: string;
  /** `buyer` or `operator:<name>`. */
  readonly askedBy: string;
}

export type PlannedReturn =
  | { readonly outcome: 'planned'; readonly attempt: number }
  /** Nothing was changed, and why. */
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Decides that money of a delivered purchase goes back, and takes back its share of the access in the same step.
 * @param paidKopecks what came at YooKassa
 */
export async function planReturn(
  pool: Pool,
  paymentId: string,
  order: ReturnOrder,
  paidKopecks: number,
  now: Date,
): Promise<PlannedReturn> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const before = await client.query<{ attempt: number }>('SELECT attempt FROM refunds WHERE request_id = $1', [
      order.orderId,
    ]);
    if (before.rows[0]) return { outcome: 'planned', attempt: before.rows[0].attempt };
    // Until it is delivered its own workflow decides; what is on its way back is so already.
    if (payment.status !== 'issued') return { outcome: 'refused', reason: payment.status };
    const amount = returnable(order.kopecks, paidKopecks - payment.refunded_kopecks);
    if ('refused' in amount) return { outcome: 'refused', reason: amount.refused };
    const whole = await giveUp(client, payment, amount.kopecks, paidKopecks, now);
    if (whole)
      await client.query(
        `UPDATE payments SET status = 'refunding', reason = $2, ended_at = NULL, updated_at = now() WHERE id = $1`,
        [paymentId, order.reason],
      );
    const attempt = await insertRefund(client, {
      paymentId,
      kopecks: amount.kopecks,
      reason: order.reason,
      askedBy: order.askedBy,
      managedBy: 'refund',
      orderId: order.orderId,
    });
    await recordEvent(client, paymentId, order.askedBy === 'buyer' ? 'buyer' : 'workflow', 'refund-decided', {
      attempt,
      kopecks: amount.kopecks,
      whole,
      reason: order.reason,
      askedBy: order.askedBy,
    });
    return { outcome: 'planned', attempt };
  });
}

/** Writes down that so much of the money is gone, and takes back what it bought. @returns whether nothing is left */
async function giveUp(
  client: PoolClient,
  payment: LockedPayment,
  kopecks: number,
  paidKopecks: number,
  now: Date,
): Promise<boolean> {
  const returned = payment.refunded_kopecks + kopecks;
  const whole = returned >= paidKopecks;
  await client.query('UPDATE payments SET refunded_kopecks = $2, updated_at = now() WHERE id = $1', [
    payment.id,
    returned,
  ]);
  if (payment.subscription_id === null) return whole;
  const undelivered = payment.status !== 'issued';
  const taken = takenFor({ days: payment.days, trafficGb: payment.traffic_gb, paidKopecks }, returned);
  const kept = keptMs(payment);
  const share = whole ? kept : Math.min(kept, Math.max(0, taken.ms - payment.revoked_ms));
  await client.query('SELECT 1 FROM subscriptions WHERE id = $1 FOR UPDATE', [payment.subscription_id]);
  const { rows } = await client.query<{ expires_at: Date }>('SELECT expires_at FROM subscriptions WHERE id = $1', [
    payment.subscription_id,
  ]);
  const unused = undelivered
    ? kept
    : unusedOf({
        kept,
        later: await laterMs(client, payment, payment.subscription_id),
        expiresAt: rows[0]!.expires_at,
        now,
      });
  const gb = whole ? keptGb(payment) : Math.min(keptGb(payment), Math.max(0, taken.gb - payment.revoked_gb));
  await takeBack(client, payment, payment.subscription_id, { ms: Math.min(share, unused), gb, everything: whole }, now);
  return whole;
}

interface NewRefund {
  readonly paymentId: string;
  readonly kopecks: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly managedBy: 'refund' | 'outside';
  readonly orderId?: string;
  readonly strayYooKassaId?: string;
  /** Of one that is done. */
  readonly yookassaId?: string;
}

async function insertRefund(
  client: PoolClient,
  { paymentId, kopecks, reason, askedBy, managedBy, orderId, strayYooKassaId, yookassaId }: NewRefund,
): Promise<number> {
  const { rows } = await client.query<{ attempt: number }>(
    `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, request_id, of_yookassa_id, yookassa_id, status, ended_at, completed_at)
     SELECT gen_random_uuid(), $1, coalesce(max(attempt), 0) + 1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8::text IS NULL THEN 'planned' ELSE 'succeeded' END,
            CASE WHEN $8::text IS NOT NULL THEN now() END, CASE WHEN $8::text IS NOT NULL AND $5 <> 'outside' THEN now() END
     FROM refunds WHERE payment_id = $1 RETURNING attempt`,
    [paymentId, kopecks, reason, askedBy, managedBy, orderId ?? null, strayYooKassaId ?? null, yookassaId ?? null],
  );
  return rows[0]!.attempt;
}

/** A refund as YooKassa shows it. */
export interface ShownRefund {
  readonly yookassaId: string;
  readonly kopecks: number;
  readonly status: 'pending' | 'succeeded' | 'canceled' | 'unknown';
  /** Our own number of the attempt, from its metadata; `undefined` for one that the shop did not ask for. */
  readonly attempt: number | undefined;
}

export interface ComparedRefunds {
  /** Refunds made outside that are recorded now. */
  readonly recorded: readonly number[];
  /** Made outside and not at their end yet. */
  readonly pendingOutside: number;
  readonly status: PaymentStatus;
}

/**
 * Brings the record up to what YooKassa shows of a payment's refunds. One that the shop did not make counts like its own: what it
 * returned takes back its share of the access, and when all the money is back the payment is refunded, whatever it was.
 *
 * @param paidKopecks what came at YooKassa
 */
export async function recordShownRefunds(
  pool: Pool,
  paymentId: string,
  shown: readonly ShownRefund[],
  paidKopecks: number,
  now: Date,
): Promise<ComparedRefunds> {
  return inTransaction(pool, async (client) => {
    // Before anything is read: another run may be recording the same ones.
    await lockPayment(client, paymentId);
    const recorded: number[] = [];
    let pendingOutside = 0;
    for (const refund of shown) {
      if (refund.status === 'canceled') continue;
      const known = await client.query<{ attempt: number }>('SELECT attempt FROM refunds WHERE yookassa_id = $1', [
        refund.yookassaId,
      ]);
      if (known.rows[0]) continue;
      if (await adopt(client, paymentId, refund)) continue;
      if (refund.status === 'succeeded')
        recorded.push(await recordOutside(client, paymentId, refund, paidKopecks, now));
      else pendingOutside += 1;
    }
    const payment = await lockPayment(client, paymentId);
    return { recorded, pendingOutside, status: await endIfAllIsBack(client, payment, paidKopecks) };
  });
}

/** One of our own attempts, made under a key whose answer was lost. */
async function adopt(
  client: PoolClient,
  paymentId: string,
  { yookassaId, status, attempt }: ShownRefund,
): Promise<boolean> {
  if (attempt === undefined) return false;
  const { rowCount } = await client.query(
    `UPDATE refunds SET yookassa_id = $3, status = CASE WHEN $4 = 'succeeded' THEN 'succeeded' ELSE 'pending' END, ended_at = CASE WHEN $4 = 'succeeded' THEN now() END
     WHERE payment_id = $1 AND attempt = $2 AND managed_by <> 'outside' AND of_yookassa_id IS NULL AND yookassa_id IS NULL AND status <> 'succeeded'`,
    [paymentId, attempt, yookassaId, status],
  );
  return rowCount === 1;
}

async function recordOutside(
  client: PoolClient,
  paymentId: string,
  { yookassaId, kopecks }: ShownRefund,
  paidKopecks: number,
  now: Date,
): Promise<number> {
  const payment = await lockPayment(client, paymentId);
  const attempt = await insertRefund(client, {
    paymentId,
    kopecks,
    reason: 'cabinet',
    askedBy: 'cabinet',
    managedBy: 'outside',
    yookassaId,
  });
  await recordEvent(client, paymentId, 'yookassa', 'refund-made-outside', { attempt, refundId: yookassaId, kopecks });
  // What is on its way back as a whole has lost its access already.
  if (payment.status === 'issued' || payment.status === 'paid' || payment.status === 'delayed')
    await giveUp(client, payment, kopecks, paidKopecks, now);
  return attempt;
}

/** All the money is back, by whatever ways: what was still being asked for is not asked for any more. */
async function endIfAllIsBack(client: PoolClient, payment: LockedPayment, paidKopecks: number): Promise<PaymentStatus> {
  const { rows } = await client.query<{ back: number }>(
    `SELECT coalesce(sum(amount_kopecks), 0) AS back FROM refunds WHERE payment_id = $1 AND of_yookassa_id IS NULL AND status = 'succeeded'`,
    [payment.id],
  );
  const mayEnd =
    payment.status === 'issued' ||
    payment.status === 'paid' ||
    payment.status === 'delayed' ||
    payment.status === 'refunding' ||
    isOpen(payment.status);
  if (rows[0]!.back < paidKopecks || !mayEnd) return payment.status;
  await client.query(
    `UPDATE refunds SET status = 'canceled', ended_at = now(), completed_at = now()
     WHERE payment_id = $1 AND of_yookassa_id IS NULL AND managed_by <> 'outside' AND status = 'planned'`,
    [payment.id],
  );
  await client.query(
    `UPDATE payments SET status = 'refunded', reason = CASE WHEN status = 'refunding' THEN reason ELSE 'cabinet' END, paid_at = coalesce(paid_at, now()), ended_at = now(), updated_at = now()
     WHERE id = $1`,
    [payment.id],
  );
  return 'refunded';
}

/**
 * Plans the return of money that buys nothing: a second payment for the order, or one that came after its end.
 * @param money one of YooKassa's payments that carries this order's id, succeeded, with what is left of it
 * @returns whether it is one; a payment that the order still waits for is not
 */
export async function planStrayReturn(
  pool: Pool,
  paymentId: string,
  money: { yookassaId: string; leftKopecks: number },
): Promise<PlannedReturn> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const before = await client.query<{ attempt: number }>(
      `SELECT attempt FROM refunds WHERE of_yookassa_id = $1 AND status <> 'canceled'`,
      [money.yookassaId],
    );
    if (before.rows[0]) return { outcome: 'planned', attempt: before.rows[0].attempt };
    if (money.leftKopecks <= 0) return { outcome: 'refused', reason: 'nothing-left' };
    const second = payment.yookassa_id !== null && payment.yookassa_id !== money.yookassaId;
    const afterEnd = payment.status === 'canceled' || payment.status === 'expired';
    if (!second && !afterEnd) return { outcome: 'refused', reason: payment.status };
    const reason = second ? 'second-payment' : 'paid-after-end';
    const attempt = await insertRefund(client, {
      paymentId,
      kopecks: money.leftKopecks,
      reason,
      askedBy: 'workflow',
      managedBy: 'refund',
      strayYooKassaId: money.yookassaId,
    });
    await recordEvent(client, paymentId, 'workflow', 'refund-decided', {
      attempt,
      kopecks: money.leftKopecks,
      reason,
      ofYooKassaPayment: money.yookassaId,
    });
    return { outcome: 'planned', attempt };
  });
}
