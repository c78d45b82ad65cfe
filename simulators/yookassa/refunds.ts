import { invalid } from './errors';
import { newObjectId } from './ids';
import { readAmount } from './money';
import { addReceipt, checkReceipt, endReceipts, receiptsOf, registerReceipts } from './receipts';
import { readMetadata, readOptionalText } from './requests';
import type { Shop } from './shop';
import type { StoredRefund } from './store';
import { refundToWire } from './wire';

/** After a partial refund at least this must remain (YooKassa support notes). */
const LEAST_REMAINDER_KOPECKS = 100;

/**
 * `POST /refunds`: of a succeeded payment, in full or in parts, never more than was paid, refunds under way included.
 * @param options.inCabinet made by hand in the merchant's cabinet, which sees to the receipt itself
 * @param options.isHeld stays pending until the control endpoint ends it
 *
 * The `refundsPending` and `refundsCanceled` switches decide what becomes of it.
 */
export function createRefund(
  shop: Shop,
  body: Record<string, unknown>,
  { inCabinet = false, isHeld = false } = {},
): StoredRefund {
  const amountKopecks = readAmount(body['amount'], 'amount', shop.faults.on.lenientAmounts === true);
  const paymentId = body['payment_id'];
  const payment = typeof paymentId === 'string' ? shop.store.payments.get(paymentId) : undefined;
  // Not 404: the spec promises that for GET only.
  if (!payment) throw invalid("Incorrect payment_id. Payment doesn't exist or access denied", 'payment_id');
  if (payment.status !== 'succeeded') throw invalid('Payment can not be refunded in current status.', 'payment_id');
  if (shop.faults.on.refundsNotAllowed) throw invalid('Refund is not allowed for payment method', 'payment_id');
  const description = readOptionalText(
    body['description'],
    'description',
    250,
    'Description is too long. Max. length is 250',
  );
  const metadata = body['metadata'] === undefined ? undefined : readMetadata(body['metadata']);
  if (payment.refundedKopecks >= payment.amountKopecks)
    throw invalid('Payment is already completely refunded', 'payment_id');
  const left = payment.amountKopecks - payment.refundedKopecks - pendingKopecks(shop, payment.id) - amountKopecks;
  if (amountKopecks < 1 || left < 0) throw invalid('Refund sum exceeded', 'amount');
  if (left > 0 && left < LEAST_REMAINDER_KOPECKS)
    throw invalid('Remaining payment amount after refund must be greater than 1.00 RUB', 'amount');
  // In full it goes back with the payment's own receipt; in part it needs one of its own (YooKassa docs, receipts).
  if (body['receipt'] !== undefined || (!inCabinet && payment.hasReceipt && amountKopecks < payment.amountKopecks))
    checkReceipt(shop, body['receipt'], amountKopecks);

  const createdAt = shop.clock.now();
  const refund: StoredRefund = {
    id: newObjectId('refund', createdAt),
    paymentId: payment.id,
    status: 'pending',
    amountKopecks,
    currency: payment.currency,
    ...(description !== undefined && { description }),
    ...(metadata && { metadata }),
    createdAt,
    hasReceipt: payment.hasReceipt,
    isHeld,
    ...(payment.hasReceipt && { receiptRegistration: 'pending' as const }),
  };
  shop.store.refunds.set(refund.id, refund);
  // In full, and in the cabinet, the lines of the payment's own receipt are used.
  if (refund.hasReceipt)
    addReceipt(
      shop,
      { refund_id: refund.id },
      body['receipt'] ?? { items: receiptsOf(shop, { payment_id: payment.id })[0]?.body['items'] },
    );
  shop.store.touch();
  settleUnlessHeld(shop, refund);
  return refund;
}

/** Ends a refund as the switches say. */
export function settleUnlessHeld(shop: Shop, refund: StoredRefund): void {
  const { refundsPending, refundsCanceled } = shop.faults.on;
  if (!refundsPending && !refund.isHeld) settleRefund(shop, refund, refundsCanceled);
}

function pendingKopecks(shop: Shop, paymentId: string): number {
  let sum = 0;
  for (const refund of shop.store.refunds.values()) {
    if (refund.paymentId === paymentId && refund.status === 'pending') sum += refund.amountKopecks;
  }
  return sum;
}

/** Ends a pending refund. A canceled one is told to nobody: there is no `refund.canceled` notification. */
export function settleRefund(shop: Shop, refund: StoredRefund, canceledBecause?: string): void {
  if (refund.status !== 'pending') return;
  shop.store.touch();
  if (canceledBecause !== undefined) {
    refund.status = 'canceled';
    refund.cancellation = {
      party: canceledBecause === 'insufficient_funds' ? 'yoo_money' : 'refund_network',
      reason: canceledBecause,
    };
    if (refund.hasReceipt) endReceipts(shop, refund, { refund_id: refund.id }, 'canceled');
    return;
  }
  refund.status = 'succeeded';
  const payment = shop.store.payments.get(refund.paymentId);
  if (payment) payment.refundedKopecks += refund.amountKopecks;
  registerReceipts(shop, refund, { refund_id: refund.id });
  shop.webhooks.emit('refund.succeeded', refund.id, refundToWire(refund));
}
