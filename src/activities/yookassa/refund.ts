import { isGatewayError } from '../../gateways/errors';
import type { YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { buildRefundRequest, type YooRefundRequest } from '../../gateways/yookassa/requests';
import type { PaymentsRepository, RefundRow } from '../../storage/postgres/payments';
import { idempotenceKey } from '../../workflows/contracts/payment';
import type { RefundVerdict } from '../../workflows/contracts/verdict';
import { notYet } from '../failures';

export interface RefundDeps {
  readonly yookassa: YooKassaClient;
  readonly payments: PaymentsRepository;
}

async function attemptInForce(payments: PaymentsRepository, paymentId: string): Promise<RefundRow> {
  const attempt = await payments.refunds.latest(paymentId);
  if (!attempt) throw new Error(`payment ${paymentId} has no refund planned`);
  return attempt;
}

/** Asks for the refund under the attempt's stored key, or finds what was asked before. A refusal is an answer: `canceled`. */
export async function refundPayment({ yookassa, payments }: RefundDeps, paymentId: string, signal?: AbortSignal): Promise<RefundVerdict> {
  const attempt = await attemptInForce(payments, paymentId);
  if (attempt.status === 'succeeded') return { status: 'succeeded' };
  const payment = await payments.byId(paymentId);
  if (!payment?.yookassaId) throw new Error(`payment ${paymentId} was never created at YooKassa, there is nothing to refund`);
  const key = idempotenceKey(paymentId, `refund-${attempt.attempt}`);
  const body = buildRefundRequest({ paymentId: payment.yookassaId, amountKopecks: attempt.amountKopecks, description: `Refund of ${payment.planName.en}`, metadata: { payment_id: paymentId } });
  const request = await payments.rememberRequest(key, paymentId, 'create-refund', body);
  try {
    const refund = await yookassa.createRefund(request.body as YooRefundRequest, key, signal);
    await payments.answeredRequest(key, `${refund.id} ${refund.status}`);
    return await record(payments, attempt, refund);
  } catch (error) {
    if (!isGatewayError(error) || error.kind !== 'refused') throw error;
    // "Already refunded" is a refusal too: what counts is whether the money is back, so the refunds themselves are read.
    const done = await refundedBefore(yookassa, payment.yookassaId, attempt.amountKopecks, signal);
    if (done) return record(payments, attempt, done);
    await payments.answeredRequest(key, `refused ${error.status ?? ''} ${error.code ?? ''}`.trim());
    await payments.refunds.record(paymentId, attempt.attempt, { yookassaId: null, status: 'canceled' });
    return { status: 'canceled', reason: error.code ?? 'refused' };
  }
}

/** A refund of this payment that covers the amount: made by us under a forgotten key, or in the merchant's cabinet. */
async function refundedBefore(yookassa: YooKassaClient, yookassaPaymentId: string, amountKopecks: number, signal?: AbortSignal): Promise<YooRefund | undefined> {
  const { items } = await yookassa.listRefunds({ paymentId: yookassaPaymentId, limit: 100 }, signal);
  return items.find((item) => item.status !== 'canceled' && item.amountKopecks >= amountKopecks);
}

/** @throws a quiet failure while the refund is pending */
export async function followRefund({ yookassa, payments }: RefundDeps, paymentId: string, signal?: AbortSignal): Promise<RefundVerdict> {
  const attempt = await attemptInForce(payments, paymentId);
  if (attempt.yookassaId === null) throw new Error(`refund of payment ${paymentId} was never asked for`);
  const verdict = await record(payments, attempt, await yookassa.getRefund(attempt.yookassaId, signal));
  if (verdict.status === 'pending') throw notYet('the refund is still pending at YooKassa');
  return verdict;
}

async function record(payments: PaymentsRepository, attempt: RefundRow, refund: YooRefund): Promise<RefundVerdict> {
  const status = refund.status === 'unknown' ? 'pending' : refund.status;
  await payments.refunds.record(attempt.paymentId, attempt.attempt, { yookassaId: refund.id, status });
  if (status !== 'pending') await payments.recordEvent(attempt.paymentId, 'yookassa', `refund-${status}`, { refundId: refund.id, kopecks: refund.amountKopecks });
  return status === 'canceled' ? { status, reason: refund.cancellation?.reason ?? 'unknown' } : { status };
}
