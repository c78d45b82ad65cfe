/** What people are told about money that goes back after a delivery, and the question before it does. */
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { html, plain, t } from '../locales/index';
import { button, keyboard, newMenuButton } from './buttons';
import type { Screen } from './screen';
import { moment, order } from './wording';

export interface ReturnTold {
  readonly payment: Payment;
  readonly stage: 'decided' | 'done';
  readonly kopecks: number;
  /** `cabinet`, `second-payment`, `buyer-refund`, `operator-refund`, ...: an open set. */
  readonly reason: string;
  readonly askedBy: string;
  /** Money that bought nothing, so no access goes with it. */
  readonly stray: boolean;
  readonly subscription: SubscriptionView | undefined;
}

/** To the buyer: how much, why, what becomes of his access, and when the money is there. */
export function returnToldScreen(told: ReturnTold, language: Language, timeZone: string): Screen {
  const { payment, stage, kopecks, reason, subscription } = told;
  const access = accessAfter(told);
  return {
    text: t(language, stage === 'done' ? 'return-done' : 'return-decided', {
      order: order(payment, language),
      amount: formatKopecks(kopecks, language),
      reason: html(t(language, 'return-reason', { reason })),
      access: html(
        t(language, 'return-access', {
          access,
          until: subscription === undefined ? '' : moment(subscription.expiresAt, language, timeZone),
        }),
      ),
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-subscriptions'), { do: 'subscriptions', where: 'below', page: 0 })],
      [button(plain(language, 'button-support'), { do: 'support', where: 'below' }), newMenuButton(language)],
    ),
  };
}

function accessAfter({ stray, subscription }: ReturnTold): 'same' | 'gone' | 'ended' | 'shorter' {
  if (stray) return 'same';
  if (subscription === undefined || subscription.status === 'revoked') return 'gone';
  return subscription.status === 'expired' ? 'ended' : 'shorter';
}

/** To the owner: the same in one look, with what finds the payment. */
export function returnNoticeScreen(
  { payment, stage, kopecks, reason, askedBy }: ReturnTold,
  language: Language,
): Screen {
  return {
    text: t(language, 'return-notice', {
      stage,
      order: order(payment, language),
      amount: formatKopecks(kopecks, language),
      reason,
      askedBy,
      userId: String(payment.userId),
      paymentId: payment.id,
    }),
    keyboard: keyboard([button(plain(language, 'button-timeline'), { do: 'timeline', payment: payment.id, page: 0 })]),
  };
}

/** To a buyer whose wish the shop's rule does not allow. */
export function returnRefusedScreen(payment: Payment, verdict: string, language: Language): Screen {
  return {
    text: t(language, 'return-refused', {
      order: order(payment, language),
      verdict: html(t(language, 'return-verdict', { verdict })),
    }),
    keyboard: keyboard([
      button(plain(language, 'button-support'), { do: 'support', where: 'below' }),
      newMenuButton(language),
    ]),
  };
}

/** "Really give it back?" before anything is decided. */
export function returnSureScreen(payment: Payment, language: Language): Screen {
  const price = formatKopecks(payment.priceKopecks, language);
  return {
    text: t(language, payment.renewsSubscriptionId === null ? 'return-sure' : 'return-sure-renewal', {
      order: order(payment, language),
      price,
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-keep-subscription'), { do: 'subscriptions', where: 'here', page: 0 })],
      [button(plain(language, 'button-money-back-sure', { price }), { do: 'return-sure', payment: payment.id })],
    ),
  };
}
