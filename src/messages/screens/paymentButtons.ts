import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import { plain } from '../locales/index';
import { amountOf } from './amounts';
import { button, type Button, linkButton, subscriptionsButton, supportButton } from './buttons';

/** The label and the address of the button that pays. */
export const payLink = (payment: Payment, language: Language) =>
  [
    plain(language, 'button-pay', { price: amountOf(payment, payment.priceKopecks, language) }),
    payment.confirmationUrl,
  ] as const;

/** Every button that an order's screen may have. */
export function paymentButtons(payment: Payment, language: Language): Record<string, Button | undefined> {
  const { id } = payment;
  const label = (key: string) => plain(language, `button-${key}`);
  return {
    pay: linkButton(...payLink(payment, language)),
    check: button(label('i-have-paid'), { do: 'check', payment: id }),
    cancel: button(label('cancel-payment'), { do: 'cancel', payment: id }),
    refresh: button(label('refresh'), { do: 'show', payment: id }),
    wait: button(label('wait'), { do: 'wait', payment: id }),
    otherServer: button(label('another-server'), { do: 'other-server', payment: id }),
    refund: button(label('refund'), { do: 'delay-refund', payment: id }),
    buyAgain: button(label('buy-again'), { do: 'again', payment: id }),
    tryAgain: button(label('try-again'), { do: 'again', payment: id }),
    changedMind: button(label('changed-mind'), { do: 'again', payment: id }),
    gift: button(label('gift-open'), { do: 'sent-gift', payment: id }),
    subscriptions: subscriptionsButton(language, 'below'),
    setUp: button(label('setup'), { do: 'help', where: 'below' }),
    support: supportButton(language, 'below'),
  };
}
