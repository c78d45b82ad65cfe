/** Refunds that somebody made outside the shop, in YooKassa's cabinet. */
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { isFinal, type PaymentStatus } from '../../../domain/payment';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { applyRefund } from './applyRefund';
import { recordEvent } from './events';
import { lockPayment, type LockedPayment } from './locked';
import { insertRefund, OWN_ATTEMPT } from './refundRows';

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
 * Records what YooKassa shows of a payment's refunds. One that the shop did not ask for counts like its own: it revokes
 * its share of the access, and when all the money is back the payment is `refunded`, whatever it was.
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
      const known = await client.query('SELECT 1 FROM refunds WHERE yookassa_id = $1', [refund.yookassaId]);
      if (known.rowCount === 1) continue;
      if (await adopt(client, paymentId, refund)) continue;
      if (refund.status === 'succeeded')
        recorded.push(await recordOutside(client, paymentId, refund, paidKopecks, now));
      else pendingOutside += 1;
    }
    const payment = await lockPayment(client, paymentId);
    return { recorded, pendingOutside, status: await endIfAllIsBack(client, payment, paidKopecks) };
  });
}

/** One of the shop's own attempts, made under a key whose answer was lost. @returns whether it is one */
async function adopt(
  client: PoolClient,
  paymentId: string,
  { yookassaId, status, attempt }: ShownRefund,
): Promise<boolean> {
  if (attempt === undefined) return false;
  const { rowCount } = await client.query(
    `UPDATE refunds SET yookassa_id = $3, status = CASE WHEN $4 = 'succeeded' THEN 'succeeded' ELSE 'pending' END, ended_at = CASE WHEN $4 = 'succeeded' THEN now() END
     WHERE payment_id = $1 AND attempt = $2 AND ${OWN_ATTEMPT} AND yookassa_id IS NULL AND status <> 'succeeded'`,
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
    amountKopecks: kopecks,
    reason: 'cabinet',
    askedBy: 'cabinet',
    managedBy: 'outside',
    succeededAs: yookassaId,
  });
  await recordEvent(client, paymentId, 'yookassa', 'refund-made-outside', { attempt, refundId: yookassaId, kopecks });
  // A payment that is being refunded as a whole has lost its access already.
  if (payment.status === 'issued' || payment.status === 'paid' || payment.status === 'delayed')
    await applyRefund(client, payment, kopecks, paidKopecks, now);
  return attempt;
}

/**
 * If all the money is back, by whatever ways, the payment is `refunded`, and attempts not made yet are not made any
 * more.
 */
async function endIfAllIsBack(client: PoolClient, payment: LockedPayment, paidKopecks: number): Promise<PaymentStatus> {
  const sum = await queryRow(
    client,
    z.object({ back: z.number() }),
    `SELECT coalesce(sum(amount_kopecks), 0) AS back FROM refunds WHERE payment_id = $1 AND of_yookassa_id IS NULL AND status = 'succeeded'`,
    [payment.id],
  );
  const mayEnd = payment.status === 'issued' || !isFinal(payment.status);
  if (sum!.back < paidKopecks || !mayEnd) return payment.status;
  await client.query(
    `UPDATE refunds SET status = 'canceled', ended_at = now(), completed_at = now()
     WHERE payment_id = $1 AND ${OWN_ATTEMPT} AND status = 'planned'`,
    [payment.id],
  );
  await client.query(
    `UPDATE payments SET status = 'refunded', reason = CASE WHEN status = 'refunding' THEN reason ELSE 'cabinet' END, paid_at = coalesce(paid_at, now()), ended_at = now(), updated_at = now()
     WHERE id = $1`,
    [payment.id],
  );
  return 'refunded';
}
