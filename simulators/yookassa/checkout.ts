import { findCard } from './cards';
import { finishedPage, payPage, unknownPage } from './checkoutPage';
import { deadline, payPayment } from './payments';
import type { Shop } from './shop';

export interface CheckoutAnswer {
  readonly status: number;
  readonly html?: string;
  /** The shop's return_url, unchanged: it says nothing about the outcome, here as in the real service. */
  readonly location?: string;
}

/**
 * The page behind `confirmation_url`. Leaving is possible at any time and changes nothing: the payment stays payable.
 * After "pay" the buyer is sent back whatever came of it.
 */
export function answerCheckout(
  shop: Shop,
  method: string,
  query: URLSearchParams,
  form: URLSearchParams,
): CheckoutAnswer {
  const payment = shop.store.payments.get(query.get('orderId') ?? '');
  if (!payment) return { status: 404, html: unknownPage() };
  const returnUrl = payment.confirmation?.return_url;
  const back: CheckoutAnswer =
    returnUrl === undefined ? { status: 200, html: finishedPage(payment) } : { status: 303, location: returnUrl };
  if (method === 'POST' && form.get('action') === 'leave') return back;
  if (payment.status !== 'pending' || payment.savedMethodId !== undefined)
    return { status: 200, html: finishedPage(payment) };
  if (method !== 'POST') return { status: 200, html: payPage(payment, deadline(payment)) };

  const typed = form.get('card') ?? '';
  const again = (error: string): CheckoutAnswer => ({
    status: 422,
    html: payPage(payment, deadline(payment), { card: typed, error }),
  });
  if (!findCard(typed)) return again('Здесь работают только тестовые карты: выберите одну из списка.');
  const card = payPayment(shop, payment, typed, form.has('save'));
  if (card.decline && shop.faults.on.declineKeepsPending)
    return again('Банк отклонил оплату. Попробуйте другую карту.');
  return back;
}
