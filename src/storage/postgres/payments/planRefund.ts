/**
 * The transactions that decide that money goes back. Each may be repeated at any time by a retried activity: what was
 * decided once is found again, never decided anew. A delivery and a refund exclude each other through the payment's
 * status.
 */
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { isFinal } from '../../../domain/payment';
import {
  refundable,
  type PlannedRefund,
  type PlannedUndeliveredRefund,
  type RefundRequest,
  type UndeliveredRefund,
} from '../../../domain/refund';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { lockVoucher } from '../vouchers/find';
import { refundRow } from '../tables/refunds';
import { applyRefund } from './applyRefund';
import { recordEvent } from './events';
import { lockPayment } from './locked';
import { insertRefund, OWN_ATTEMPT } from './refundRows';
import { revokeAccess } from './revokeAccess';

/**
 * Plans a refund of a delivered purchase, and revokes its share of the access in the same step.
 * @param paidKopecks what came at the provider
 */
export async function planRefund(
  pool: Pool,
  paymentId: string,
  { requestId, kopecks, reason, askedBy }: RefundRequest,
  paidKopecks: number,
  now: Date,
): Promise<PlannedRefund> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const before = await attemptWhere(client, 'request_id = $1', [requestId]);
    if (before !== undefined) return { outcome: 'planned', attempt: before };
    // Until it is delivered the payment's own workflow decides; one that is being refunded is so as a whole.
    if (payment.status !== 'issued') return { outcome: 'refused', reason: payment.status };
    if (askedBy === 'buyer' && payment.purpose === 'gift' && (await lockVoucher(client, paymentId)) !== 'issued')
      return { outcome: 'refused', reason: 'gift-claimed' };
    const amount = refundable(kopecks, paidKopecks - payment.refundedKopecks, payment.currency);
    if ('refused' in amount) return { outcome: 'refused', reason: amount.refused };
    const { attempt, id } = await insertRefund(client, {
      paymentId,
      provider: payment.provider,
      amountKopecks: amount.kopecks,
      reason,
      askedBy,
      managedBy: 'refund',
      requestId,
    });
    const whole = await applyRefund(client, payment, { refundId: id, kopecks: amount.kopecks }, paidKopecks, now);
    if (whole)
      await client.query(
        `UPDATE payments SET status = 'refunding', reason = $2, ended_at = NULL, updated_at = now() WHERE id = $1`,
        [paymentId, reason],
      );
    await recordEvent(client, paymentId, actorOf(askedBy), 'refund-decided', {
      attempt,
      kopecks: amount.kopecks,
      whole,
      reason,
      askedBy,
    });
    return { outcome: 'planned', attempt };
  });
}

/**
 * Plans the refund of a purchase that was not delivered, and revokes all that it bought: from here on nothing is
 * delivered.
 *
 * @returns the attempt in force; of a refund that was planned before, that one
 */
export async function planUndeliveredRefund(
  pool: Pool,
  paymentId: string,
  { reason, askedBy, amountKopecks }: UndeliveredRefund,
): Promise<PlannedUndeliveredRefund> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    if (isFinal(payment.status)) return { outcome: 'ended', status: payment.status };
    if (payment.status === 'refunding') {
      const newest = await attemptWhere(client, `payment_id = $1 AND ${OWN_ATTEMPT}`, [paymentId]);
      if (newest === undefined) throw new Error(`payment ${paymentId} is being refunded without a refund`);
      return { outcome: 'planned', attempt: newest };
    }
    const refundedKopecks = amountKopecks ?? payment.priceKopecks;
    await client.query(
      `UPDATE payments SET status = 'refunding', reason = $2, refunded_kopecks = $3, updated_at = now() WHERE id = $1`,
      [paymentId, reason, refundedKopecks],
    );
    const { attempt, id } = await insertRefund(client, {
      paymentId,
      provider: payment.provider,
      // What was refunded in the provider's cabinet before is not asked for again.
      amountKopecks: amountKopecks ?? Math.max(payment.priceKopecks - (await refundedOutside(client, paymentId)), 1),
      reason,
      askedBy,
      managedBy: 'payment',
    });
    // Nothing of it was delivered, so nothing of it was used: all of it is revoked.
    if (payment.subscriptionId !== null)
      await revokeAccess(
        client,
        payment,
        payment.subscriptionId,
        { refundId: id, kopecks: refundedKopecks - payment.refundedKopecks, share: null },
        new Date(),
      );
    await recordEvent(client, paymentId, actorOf(askedBy), 'refund-decided', { reason, askedBy });
    return { outcome: 'planned', attempt };
  });
}

/**
 * Plans the refund of money that bought nothing: a second payment for the order, or one that came after its end.
 * @param money one of the provider's payments that carries this order's id, succeeded, with what is left of it
 * @returns `refused` for a payment that the order still waits for
 */
export async function planStrayRefund(
  pool: Pool,
  paymentId: string,
  { providerRef, leftKopecks }: { readonly providerRef: string; readonly leftKopecks: number },
): Promise<PlannedRefund> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const before = await attemptWhere(client, `provider = $1 AND of_provider_ref = $2 AND status <> 'canceled'`, [
      payment.provider,
      providerRef,
    ]);
    if (before !== undefined) return { outcome: 'planned', attempt: before };
    if (leftKopecks <= 0) return { outcome: 'refused', reason: 'nothing-left' };
    const second = payment.providerRef !== null && payment.providerRef !== providerRef;
    const afterEnd = payment.status === 'canceled' || payment.status === 'expired';
    if (!second && !afterEnd) return { outcome: 'refused', reason: payment.status };
    const reason = second ? 'second-payment' : 'paid-after-end';
    const { attempt } = await insertRefund(client, {
      paymentId,
      provider: payment.provider,
      amountKopecks: leftKopecks,
      reason,
      askedBy: 'workflow',
      managedBy: 'refund',
      ofProviderRef: providerRef,
    });
    await recordEvent(client, paymentId, 'workflow', 'refund-decided', {
      attempt,
      kopecks: leftKopecks,
      reason,
      ofProviderRef: providerRef,
    });
    return { outcome: 'planned', attempt };
  });
}

/** The newest attempt of those. */
async function attemptWhere(client: PoolClient, where: string, values: readonly string[]): Promise<number | undefined> {
  const newest = await queryRow(
    client,
    refundRow.pick({ attempt: true }),
    `SELECT attempt FROM refunds WHERE ${where} ORDER BY attempt DESC LIMIT 1`,
    values,
  );
  return newest?.attempt;
}

/** Kopecks. */
async function refundedOutside(client: PoolClient, paymentId: string): Promise<number> {
  const sum = await queryRow(
    client,
    z.object({ kopecks: z.number() }),
    `SELECT coalesce(sum(amount_kopecks), 0) AS kopecks FROM refunds WHERE payment_id = $1 AND managed_by = 'outside'`,
    [paymentId],
  );
  return sum!.kopecks;
}

/** Who the event's line names; operators' decisions have lines of their own in the audit log. */
const actorOf = (askedBy: string): 'buyer' | 'workflow' => (askedBy === 'buyer' ? 'buyer' : 'workflow');
