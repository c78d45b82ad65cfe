/** What a buyer is asked before an order is given up. */
import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import { plain, t } from '../locales/index';
import { amountOf } from './amounts';
import { button, keyboard } from './buttons';
import type { Screen } from './screen';
import { order } from './wording';

/** Asks for confirmation of a refund, so that an accidental tap costs nobody a subscription. */
export function delayRefundSureScreen(payment: Payment, language: Language): Screen {
  // What has gone back, from the provider's cabinet, does not come once more.
  const price = amountOf(payment, payment.priceKopecks - payment.refundedKopecks, language);
  return {
    text: t(language, 'delay-refund-sure', { order: order(payment, language), price }),
    keyboard: keyboard(
      [button(plain(language, 'button-keep-waiting'), { do: 'wait', payment: payment.id })],
      [button(plain(language, 'button-refund-sure', { price }), { do: 'delay-refund-sure', payment: payment.id })],
    ),
  };
}

/** Asks for confirmation of a cancellation, and warns not to cancel a paid order. */
export function cancelScreen(payment: Payment, language: Language): Screen {
  return {
    text: t(language, 'cancel-sure', { order: order(payment, language) }),
    keyboard: keyboard(
      [button(plain(language, 'button-keep-order'), { do: 'show', payment: payment.id })],
      [button(plain(language, 'button-i-have-paid'), { do: 'check', payment: payment.id })],
      [button(plain(language, 'button-cancel-sure'), { do: 'cancel-sure', payment: payment.id })],
    ),
  };
}
