/** Refunds that somebody made outside the shop, in the provider's cabinet. */
import type { Pool, PoolClient } from 'pg';
import { isFinal, type PaymentStatus } from '../../../domain/payment';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { refundRow } from '../tables/refunds';
import { applyRefund } from './applyRefund';
import { recordEvent } from './events';
import { lockPayment, type LockedPayment } from './locked';
import { backKopecks, hasOpenAttempt, insertRefund, OWN_ATTEMPT } from './refundRows';

/** A refund as the provider shows it. */
export interface ShownRefund {
  readonly providerRef: string;
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
 * Records what the provider shows of a payment's refunds. One that the shop did not ask for counts like its own: it revokes
 * its share of the access, and when all the money is back the payment is `refunded`, whatever it was. Where the money
 * goes back as a whole and a refund made outside did not bring its part, that part is planned anew.
 *
 * @param paidKopecks what came at the provider
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
    const { provider } = await lockPayment(client, paymentId);
    const recorded: number[] = [];
    let pendingOutside = 0;
    for (const refund of shown) {
      if (refund.status === 'canceled') continue;
      const known = await client.query('SELECT 1 FROM refunds WHERE provider = $1 AND provider_ref = $2', [
        ...[provider, refund.providerRef],
      ]);
      if (known.rowCount === 1) continue;
      if (await adopt(client, paymentId, refund)) continue;
      if (refund.status === 'succeeded')
        recorded.push(await recordOutside(client, paymentId, refund, paidKopecks, now));
      else pendingOutside += 1;
    }
    const payment = await lockPayment(client, paymentId);
    const status = await endIfAllIsBack(client, payment, paidKopecks);
    if (status === 'refunding' && pendingOutside === 0) await planWhatIsMissing(client, payment);
    return { recorded, pendingOutside, status };
  });
}

/** One of the shop's own attempts, made under a key whose answer was lost. @returns whether it is one */
async function adopt(
  client: PoolClient,
  paymentId: string,
  { providerRef, status, attempt }: ShownRefund,
): Promise<boolean> {
  if (attempt === undefined) return false;
  const { rowCount } = await client.query(
    `UPDATE refunds SET provider_ref = $3, status = CASE WHEN $4 = 'succeeded' THEN 'succeeded' ELSE 'pending' END, ended_at = CASE WHEN $4 = 'succeeded' THEN now() END
     WHERE payment_id = $1 AND attempt = $2 AND ${OWN_ATTEMPT} AND provider_ref IS NULL AND status <> 'succeeded'`,
    [paymentId, attempt, providerRef, status],
  );
  return rowCount === 1;
}

async function recordOutside(
  client: PoolClient,
  paymentId: string,
  { providerRef, kopecks }: ShownRefund,
  paidKopecks: number,
  now: Date,
): Promise<number> {
  const payment = await lockPayment(client, paymentId);
  const { attempt, id } = await insertRefund(client, {
    paymentId,
    provider: payment.provider,
    amountKopecks: kopecks,
    reason: 'cabinet',
    askedBy: 'cabinet',
    managedBy: 'outside',
    succeededAs: providerRef,
  });
  await recordEvent(client, paymentId, payment.provider, 'refund-made-outside', {
    attempt,
    refundId: providerRef,
    kopecks,
  });
  // A payment that is being refunded as a whole has lost its access already.
  if (payment.status !== 'issued' && payment.status !== 'paid' && payment.status !== 'delayed') return attempt;
  const whole = await applyRefund(client, payment, { refundId: id, kopecks }, paidKopecks, now);
  // With parts that the shop has asked for and that are still on their way: nothing of the money stays.
  if (whole && payment.status === 'issued')
    await client.query(
      `UPDATE payments SET status = 'refunding', reason = 'cabinet', ended_at = NULL, updated_at = now() WHERE id = $1`,
      [paymentId],
    );
  return attempt;
}

/**
 * If all the money is back, by whatever ways, the payment is `refunded`, and attempts not made yet are not made any
 * more.
 */
async function endIfAllIsBack(client: PoolClient, payment: LockedPayment, paidKopecks: number): Promise<PaymentStatus> {
  const mayEnd = payment.status === 'issued' || !isFinal(payment.status);
  if (!mayEnd || (await backKopecks(client, payment.id)) < paidKopecks) return payment.status;
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

/**
 * The money goes back as a whole, no refund is on its way, and a part is not back: a refund made outside, which had
 * taken its place, has come to nothing.
 */
async function planWhatIsMissing(client: PoolClient, payment: LockedPayment): Promise<void> {
  if (await hasOpenAttempt(client, payment.id)) return;
  const missing = payment.refundedKopecks - (await backKopecks(client, payment.id));
  if (missing <= 0) return;
  const last = await queryRow(
    client,
    refundRow.pick({ managed_by: true, reason: true }),
    `SELECT managed_by, reason FROM refunds WHERE payment_id = $1 AND ${OWN_ATTEMPT} ORDER BY attempt DESC LIMIT 1`,
    [payment.id],
  );
  const { attempt } = await insertRefund(client, {
    paymentId: payment.id,
    provider: payment.provider,
    amountKopecks: missing,
    reason: last?.reason ?? payment.reason ?? 'cabinet',
    askedBy: 'workflow',
    managedBy: last?.managed_by ?? 'refund',
  });
  await recordEvent(client, payment.id, 'workflow', 'refund-decided', {
    attempt,
    kopecks: missing,
    askedBy: 'workflow',
  });
}
