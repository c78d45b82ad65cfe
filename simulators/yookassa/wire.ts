import { toWire } from './money';
import type { Shop } from './shop';
import type { StoredPayment, StoredRefund } from './store';

/** The shop's share of a test payment; the real fee depends on the contract. */
const FEE_PERCENT = 3.5;

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * The payment object as the API and the notifications show it. `confirmation` lives only as long as the buyer may still
 * pay.
 */
export function paymentToWire(shop: Shop, payment: StoredPayment): Record<string, unknown> {
  const paid = payment.status === 'succeeded' || payment.status === 'waiting_for_capture';
  const income = payment.amountKopecks - Math.round((payment.amountKopecks * FEE_PERCENT) / 100);
  return {
    id: payment.id,
    status: payment.status,
    amount: toWire(payment.amountKopecks, payment.currency),
    ...(payment.status === 'succeeded' && { income_amount: toWire(income, payment.currency) }),
    ...(payment.description !== undefined && { description: payment.description }),
    recipient: { account_id: shop.shopId, gateway_id: '100700' },
    ...(payment.paymentMethod && { payment_method: payment.paymentMethod }),
    ...(payment.capturedAt !== undefined && { captured_at: instant(payment.capturedAt) }),
    created_at: instant(payment.createdAt),
    ...(payment.status === 'waiting_for_capture' &&
      payment.expiresAt !== undefined && { expires_at: instant(payment.expiresAt) }),
    ...(payment.status === 'pending' &&
      payment.confirmation && { confirmation: confirmationToWire(shop, payment.id, payment.confirmation) }),
    test: true,
    ...(payment.refundedKopecks > 0 && { refunded_amount: toWire(payment.refundedKopecks, payment.currency) }),
    paid,
    refundable:
      payment.status === 'succeeded' &&
      payment.refundedKopecks < payment.amountKopecks &&
      !shop.faults.on.refundsNotAllowed,
    ...(payment.receiptRegistration !== undefined && { receipt_registration: payment.receiptRegistration }),
    metadata: payment.metadata,
    ...(payment.cancellation && { cancellation_details: payment.cancellation }),
    ...(payment.authorization && { authorization_details: payment.authorization }),
    ...(payment.merchantCustomerId !== undefined && { merchant_customer_id: payment.merchantCustomerId }),
  };
}

function confirmationToWire(
  shop: Shop,
  paymentId: string,
  asked: NonNullable<StoredPayment['confirmation']>,
): Record<string, unknown> {
  const url = checkoutUrl(shop, paymentId);
  switch (asked.type) {
    case 'embedded':
      return { type: asked.type, confirmation_token: `ct-${paymentId}` };
    case 'qr':
      return { type: asked.type, confirmation_data: url };
    case 'external':
      return { type: asked.type };
    default:
      return { ...asked, confirmation_url: url };
  }
}

export function checkoutUrl(shop: Shop, paymentId: string): string {
  return `${shop.publicUrl}/checkout/payments/v2/contract?orderId=${paymentId}`;
}

export function refundToWire(refund: StoredRefund): Record<string, unknown> {
  return {
    id: refund.id,
    payment_id: refund.paymentId,
    status: refund.status,
    created_at: instant(refund.createdAt),
    amount: toWire(refund.amountKopecks, refund.currency),
    ...(refund.description !== undefined && { description: refund.description }),
    ...(refund.metadata && { metadata: refund.metadata }),
    ...(refund.receiptRegistration !== undefined && { receipt_registration: refund.receiptRegistration }),
    ...(refund.cancellation && { cancellation_details: refund.cancellation }),
  };
}
