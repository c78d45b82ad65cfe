import type { YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { claimedAttempt, claimedPaymentId } from '../../gateways/yookassa/metadata';
import type { PaymentsRepository, RefundRow, ShownRefund } from '../../storage/postgres/payments';
import type { RefundRef } from '../../workflows/contracts/refund';
import type { RefundVerdict } from '../../workflows/contracts/verdict';

/** @throws Error when there is no such attempt */
export async function attemptOf(payments: PaymentsRepository, { paymentId, attempt }: RefundRef): Promise<RefundRow> {
  const row = await payments.refunds.of(paymentId, attempt);
  if (!row) throw new Error(`payment ${paymentId} has no refund ${attempt}`);
  return row;
}

/** Whether YooKassa made this refund for that attempt. */
export function isOfAttempt(refund: YooRefund, { paymentId, attempt }: RefundRow): boolean {
  return claimedPaymentId(refund.metadata) === paymentId && claimedAttempt(refund.metadata) === attempt;
}

/** A refund as the database compares it. */
export function shownRefund(refund: YooRefund, paymentId: string): ShownRefund {
  return {
    providerRef: refund.id,
    kopecks: refund.amountKopecks,
    status: refund.status,
    attempt: claimedPaymentId(refund.metadata) === paymentId ? claimedAttempt(refund.metadata) : undefined,
  };
}

/** All refunds of one of YooKassa's payments, whoever made them. */
export async function everyRefund(
  yookassa: YooKassaClient,
  paymentRef: string,
  signal?: AbortSignal,
): Promise<YooRefund[]> {
  const all: YooRefund[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await yookassa.listRefunds({ paymentId: paymentRef, limit: 100, cursor }, signal);
    all.push(...page.items);
    if (page.nextCursor === undefined) return all;
    cursor = page.nextCursor;
  }
}

/** Asks once what has become of a refund, and records it. @throws Error when the attempt was never asked for */
export async function checkRefund(
  { yookassa, payments }: { readonly yookassa: YooKassaClient; readonly payments: PaymentsRepository },
  ref: RefundRef,
  signal?: AbortSignal,
): Promise<RefundVerdict> {
  const attempt = await attemptOf(payments, ref);
  if (attempt.status === 'succeeded') return { status: 'succeeded' };
  if (attempt.providerRef === null)
    throw new Error(`refund ${attempt.attempt} of payment ${attempt.paymentId} was never asked for`);
  return recordRefund(payments, attempt, await yookassa.getRefund(attempt.providerRef, signal));
}

/** Records what YooKassa says of the refund of an attempt. */
export async function recordRefund(
  payments: PaymentsRepository,
  { paymentId, attempt }: RefundRow,
  refund: YooRefund,
): Promise<RefundVerdict> {
  const status = refund.status === 'unknown' ? 'pending' : refund.status;
  await payments.refunds.recordAnswer(paymentId, attempt, {
    providerRef: refund.id,
    status,
    hasReceipt: refund.receiptRegistration !== undefined,
  });
  if (status !== 'pending')
    await payments.recordEvent(paymentId, 'yookassa', `refund-${status}`, {
      refundId: refund.id,
      kopecks: refund.amountKopecks,
    });
  return status === 'canceled' ? { status, reason: refund.cancellation?.reason ?? 'unknown' } : { status };
}
