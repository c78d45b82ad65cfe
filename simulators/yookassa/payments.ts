import { randomInt } from 'node:crypto';
import { findCard, type TestCard } from './cards';
import { type ApiError, invalid } from './errors';
import { readAmount } from './money';
import { LEAST_KOPECKS, readPayment } from './paymentRequest';
import { addReceipt, checkReceipt, endReceipts, registerReceipts } from './receipts';
import { cardOf, usedMethod } from './savedMethods';
import type { Shop } from './shop';
import type { StoredPayment } from './store';
import { paymentToWire } from './wire';

const HOUR_MS = 3_600_000;
/** How long a buyer may pay by card (YooKassa docs, payment methods); a request cannot shorten it. */
const PENDING_MS = HOUR_MS;
const HOLD_MS = 7 * 24 * HOUR_MS;

type Body = Record<string, unknown>;

function emit(shop: Shop, payment: StoredPayment): void {
  shop.store.touch();
  shop.webhooks.emit(`payment.${payment.status}`, payment.id, paymentToWire(shop, payment));
}

/** `POST /payments`. */
export function createPayment(shop: Shop, body: Body): StoredPayment {
  const payment = readPayment(shop, body);
  shop.store.payments.set(payment.id, payment);
  if (payment.hasReceipt) addReceipt(shop, { payment_id: payment.id }, body['receipt']);
  shop.store.touch();
  watchExpiry(shop, payment);
  chargeSaved(shop, payment);
  return payment;
}

/** Charges the saved card of a payment that has one, unless `autopaymentsPending` keeps it waiting. */
export function chargeSaved(shop: Shop, payment: StoredPayment): void {
  const method = shop.store.methods.get(payment.savedMethodId ?? '');
  if (method && payment.status === 'pending' && !shop.faults.on.autopaymentsPending)
    settle(shop, payment, cardOf(shop, method), method.id);
}

/**
 * What the buyer's "pay" does. A payment that can no longer be paid is refused with 400, as the page would.
 *
 * @param isTicked the buyer lets the shop keep the card, where the page asks
 */
export function payPayment(shop: Shop, payment: StoredPayment, cardNumber: string, isTicked = false): TestCard {
  const card = findCard(cardNumber);
  if (!card) throw invalid('Only test cards work in a test shop', 'card');
  if (payment.status !== 'pending' || payment.savedMethodId !== undefined)
    throw invalid('Payment can not be paid in current status', 'status');
  const saves = payment.saving === 'yes' || (payment.saving === 'buyer-decides' && isTicked);
  if (!card.decline && saves && !shop.faults.on.methodsNotSaved)
    shop.store.methods.set(payment.id, { id: payment.id, number: card.number });
  if (!card.decline || !shop.faults.on.declineKeepsPending) settle(shop, payment, card, payment.id);
  return card;
}

function settle(shop: Shop, payment: StoredPayment, card: TestCard, methodId: string): void {
  payment.paymentMethod = usedMethod(payment, card, { id: methodId, isSaved: shop.store.methods.has(methodId) });
  if (card.decline) return cancel(shop, payment, card.decline.party, card.decline.reason);
  payment.authorization = {
    rrn: String(randomInt(10 ** 11, 10 ** 12)),
    auth_code: String(randomInt(10 ** 5, 10 ** 6)),
    three_d_secure: { applied: card.threeDSecure },
  };
  const now = shop.clock.now();
  if (payment.capture) return succeed(shop, payment);
  payment.status = 'waiting_for_capture';
  payment.expiresAt = now + HOLD_MS;
  watchExpiry(shop, payment);
  emit(shop, payment);
}

function succeed(shop: Shop, payment: StoredPayment): void {
  payment.status = 'succeeded';
  payment.capturedAt = shop.clock.now();
  registerReceipts(shop, payment, { payment_id: payment.id });
  emit(shop, payment);
}

function cancel(shop: Shop, payment: StoredPayment, party: string, reason: string): void {
  payment.status = 'canceled';
  payment.cancellation = { party, reason };
  if (payment.hasReceipt) endReceipts(shop, payment, { payment_id: payment.id }, 'canceled');
  emit(shop, payment);
}

/**
 * `POST /payments/{id}/capture`: in full with an empty body, or in part (then with a new receipt where receipts are
 * used).
 */
export function capturePayment(shop: Shop, payment: StoredPayment, body: Body): StoredPayment {
  if (payment.status === 'pending' && payment.capture) throw invalid('You can not capture payment with autocapture');
  if (payment.status !== 'waiting_for_capture') throw invalid('Payment can not be captured in current status.');
  const amount =
    body['amount'] === undefined
      ? payment.amountKopecks
      : readAmount(body['amount'], 'amount', shop.faults.on.lenientAmounts === true);
  if (amount < LEAST_KOPECKS || amount > payment.amountKopecks) throw invalid('Illegal amount for capture', 'amount');
  if (payment.hasReceipt && amount < payment.amountKopecks) checkReceipt(shop, body['receipt'], amount);
  payment.amountKopecks = amount;
  succeed(shop, payment);
  return payment;
}

/** `POST /payments/{id}/cancel`: only a held payment; a pending one stays payable until it expires by itself. */
export function cancelPayment(shop: Shop, payment: StoredPayment): StoredPayment {
  if (payment.status === 'pending' && payment.capture) throw invalid('You can not cancel payment with autocapture');
  if (payment.status !== 'waiting_for_capture') throw invalid('Payment can not be canceled in current status');
  cancel(shop, payment, 'merchant', 'canceled_by_merchant');
  return payment;
}

/**
 * Cancels a payment that was not paid in time, or a hold that was not captured in time. False when the payment is final
 * already. YooKassa may use reasons that it does not document.
 */
export function expirePayment(shop: Shop, payment: StoredPayment, reason?: string): boolean {
  if (payment.status === 'pending') cancel(shop, payment, 'yoo_money', reason ?? 'expired_on_confirmation');
  else if (payment.status === 'waiting_for_capture') cancel(shop, payment, 'yoo_money', reason ?? 'expired_on_capture');
  else return false;
  return true;
}

/** Unix ms after which an open payment ends by itself. */
export function deadline(payment: StoredPayment): number {
  return payment.status === 'waiting_for_capture' && payment.expiresAt !== undefined
    ? payment.expiresAt
    : payment.createdAt + PENDING_MS;
}

export function watchExpiry(shop: Shop, payment: StoredPayment): void {
  const status = payment.status;
  // A charge without the buyer has no hour to be confirmed in.
  if (status === 'pending' && payment.savedMethodId !== undefined) return;
  shop.clock.at(deadline(payment), () => {
    if (payment.status === status && shop.clock.now() >= deadline(payment)) expirePayment(shop, payment);
  });
}

export function findPayment(shop: Shop, id: string, otherwise: ApiError): StoredPayment {
  const payment = shop.store.payments.get(id);
  if (!payment) throw otherwise;
  return payment;
}
