/** YooKassa's objects as the port shows them. */
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import { claimedAttempt, claimedInstallation, claimedPaymentId } from '../../gateways/yookassa/metadata';
import type { Charge, Claim, PaymentState, ReceiptState, ShownRefund } from '../port';
import { moneyOf } from './amounts';

export function claimOf(metadata: YooPayment['metadata']): Claim {
  return {
    orderId: claimedPaymentId(metadata) ?? null,
    installationId: claimedInstallation(metadata) ?? null,
  };
}

const RECEIPTS: Readonly<Record<string, ReceiptState>> = { succeeded: 'registered', canceled: 'failed' };

function receiptOf(registration: string | undefined): ReceiptState {
  return registration === undefined ? 'none' : (RECEIPTS[registration] ?? 'pending');
}

/** A payment that has succeeded is one charge, under the same id. */
export function chargeOf(payment: YooPayment): Charge {
  return {
    chargeId: payment.id,
    ref: payment.id,
    claim: claimOf(payment.metadata),
    amount: moneyOf(payment),
    refundedMinor: payment.refundedKopecks,
    at: payment.capturedAt ?? null,
    receipt: receiptOf(payment.receiptRegistration),
  };
}

/**
 * An unknown status is neither paid nor ended. A hold can't be, because the shop always captures, and if it were, it
 * would not be the shop's money yet.
 */
export function stateOf(payment: YooPayment): Exclude<PaymentState, { state: 'unknown' }> {
  if (payment.status === 'succeeded') return { state: 'paid', charges: [chargeOf(payment)] };
  if (payment.status === 'canceled') return { state: 'dead', reason: payment.cancellation?.reason ?? 'unknown' };
  return { state: 'open' };
}

/** One of an unknown status is asked about again. */
export function shownRefund(refund: YooRefund): ShownRefund {
  return {
    outcome: 'shown',
    refundRef: refund.id,
    ref: refund.paymentId,
    chargeId: refund.paymentId,
    claim: claimOf(refund.metadata),
    attempt: claimedAttempt(refund.metadata) ?? null,
    amount: moneyOf(refund),
    status: refund.status === 'unknown' ? 'pending' : refund.status,
    reason: refund.status === 'canceled' ? (refund.cancellation?.reason ?? 'unknown') : null,
    receipt: receiptOf(refund.receiptRegistration),
  };
}
