import { randomInt } from 'node:crypto';
import { DEFAULT_CARD, findCard, type TestCard } from './cards';
import { type ApiError, invalid } from './errors';
import { newObjectId } from './ids';
import { readAmount } from './money';
import { addReceipt, checkReceipt, endReceipts, registerReceipts } from './receipts';
import { readConfirmation, readMetadata, readOptionalText } from './requests';
import type { Shop } from './shop';
import type { StoredPayment } from './store';
import { paymentToWire } from './wire';

const HOUR_MS = 3_600_000;
/** How long a buyer may pay by card (YooKassa docs, payment methods); a request cannot shorten it. */
const PENDING_MS = HOUR_MS;
const HOLD_MS = 7 * 24 * HOUR_MS;
const LEAST_KOPECKS = 100;
const MOST_CARD_KOPECKS = 350_000_00;

type Body = Record<string, unknown>;

function emit(shop: Shop, payment: StoredPayment): void {
  shop.store.touch();
  shop.webhooks.emit(`payment.${payment.status}`, payment.id, paymentToWire(shop, payment));
}

/** `POST /payments`. */
export function createPayment(shop: Shop, body: Body): StoredPayment {
  const { lenientAmounts, receiptRequired } = shop.faults.on;
  const amountKopecks = readAmount(body['amount'], 'amount', lenientAmounts === true);
  if (amountKopecks < LEAST_KOPECKS || amountKopecks > MOST_CARD_KOPECKS)
    throw invalid('Payment amount is illegal', 'amount.value');
  const ways = ['payment_method_data', 'payment_method_id', 'payment_token'].filter(
    (way) => body[way] !== undefined && body[way] !== null,
  );
  if (ways.length > 1)
    throw invalid('Request should contain only one of: payment_method_data, payment_method_id, payment_token', ways[1]);
  if (body['capture'] !== undefined && typeof body['capture'] !== 'boolean')
    throw invalid('Invalid request parameter', 'capture');
  const confirmation = readConfirmation(body, ways[0]);
  const saved = ways[0] === 'payment_method_id' ? shop.store.methods.get(String(body['payment_method_id'])) : undefined;
  if (ways[0] === 'payment_method_id' && !saved) throw invalid('Payment method is not found', 'payment_method_id');
  const description = readOptionalText(
    body['description'],
    'description',
    128,
    'Description is too long. Max. length is 128',
  );
  const customer = readOptionalText(
    body['merchant_customer_id'],
    'merchant_customer_id',
    200,
    'Invalid request parameter',
  );
  const metadata = readMetadata(body['metadata']);
  const hasReceipt = body['receipt'] !== undefined && body['receipt'] !== null;
  if (hasReceipt || receiptRequired) checkReceipt(shop, body['receipt'], amountKopecks);

  const createdAt = shop.clock.now();
  const payment: StoredPayment = {
    id: newObjectId('payment', createdAt),
    status: 'pending',
    amountKopecks,
    currency: 'RUB',
    ...(description !== undefined && { description }),
    createdAt,
    capture: body['capture'] === true,
    ...(confirmation && { confirmation }),
    metadata,
    ...(customer !== undefined && { merchantCustomerId: customer }),
    saveMethod: body['save_payment_method'] === true,
    refundedKopecks: 0,
    hasReceipt,
    ...(hasReceipt && { receiptRegistration: 'pending' as const }),
  };
  shop.store.payments.set(payment.id, payment);
  if (hasReceipt) addReceipt(shop, { payment_id: payment.id }, body['receipt']);
  shop.store.touch();
  if (saved) settle(shop, payment, findCard(String(saved['number'])) ?? findCard(DEFAULT_CARD)!, saved);
  else watchExpiry(shop, payment);
  return payment;
}

/** What the buyer's "pay" does. A payment that can no longer be paid is refused with 400, as the page would. */
export function payPayment(shop: Shop, payment: StoredPayment, cardNumber: string): TestCard {
  const card = findCard(cardNumber);
  if (!card) throw invalid('Only test cards work in a test shop', 'card');
  if (payment.status !== 'pending') throw invalid('Payment can not be paid in current status', 'status');
  settle(shop, payment, card);
  return card;
}

function settle(shop: Shop, payment: StoredPayment, card: TestCard, saved?: Body): void {
  if (card.decline && shop.faults.on.declineKeepsPending && !saved) return;
  payment.paymentMethod = {
    type: 'bank_card',
    id: saved?.['id'] ?? payment.id,
    saved: saved !== undefined || (payment.saveMethod && !card.decline),
    status: saved !== undefined || (payment.saveMethod && !card.decline) ? 'active' : 'inactive',
    title: `Bank card *${card.number.slice(-4)}`,
    card: {
      first6: card.number.slice(0, 6),
      last4: card.number.slice(-4),
      expiry_year: '2030',
      expiry_month: '12',
      card_type: card.brand,
      card_product: { code: 'E' },
      issuer_country: 'RU',
    },
  };
  if (card.decline) return cancel(shop, payment, card.decline.party, card.decline.reason);
  payment.authorization = {
    rrn: String(randomInt(10 ** 11, 10 ** 12)),
    auth_code: String(randomInt(10 ** 5, 10 ** 6)),
    three_d_secure: { applied: card.threeDSecure },
  };
  if (payment.saveMethod) shop.store.methods.set(payment.id, { id: payment.id, number: card.number });
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
  shop.clock.at(deadline(payment), () => {
    if (payment.status === status && shop.clock.now() >= deadline(payment)) expirePayment(shop, payment);
  });
}

export function findPayment(shop: Shop, id: string, otherwise: ApiError): StoredPayment {
  const payment = shop.store.payments.get(id);
  if (!payment) throw otherwise;
  return payment;
}
