/** What people are told about refunds, and the question before a buyer's own one. */
import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { GiftState } from '../../domain/voucher/gift';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { html, plain, t } from '../locales/index';
import { amountOf } from './amounts';
import { button, keyboard, newMenuButton, subscriptionsButton, supportButton } from './buttons';
import type { Screen } from './screen';
import { moment, order, paragraphs, promoAgainLine, providerName } from './wording';

export interface RefundTold {
  readonly payment: Payment;
  readonly stage: 'decided' | 'done';
  readonly kopecks: number;
  /** `cabinet`, `second-payment`, `buyer-refund`, `operator-refund`, ...: an open set. */
  readonly reason: string;
  readonly askedBy: string;
  /** Money that bought nothing, so no access goes with it. */
  readonly stray: boolean;
  readonly subscription: SubscriptionView | undefined;
  /** How the gift stands that was bought; `undefined`: it is no gift. */
  readonly gift?: GiftState | undefined;
}

/** To the buyer: how much, why, what becomes of the access, and when the money is there. */
export function refundToldScreen(told: RefundTold, language: Language, timeZone: string): Screen {
  const { payment, stage, kopecks, reason, subscription } = told;
  const access = accessAfter(told);
  return {
    text: paragraphs(
      t(language, stage === 'done' ? 'refund-done' : 'refund-decided', {
        provider: providerName(payment.provider, language),
        order: order(payment, language),
        amount: amountOf(payment, kopecks, language),
        reason: html(t(language, 'refund-reason', { reason })),
        access: html(
          t(language, 'refund-access', {
            access,
            until: subscription === undefined ? '' : moment(subscription.expiresAt, language, timeZone),
          }),
        ),
      }),
      promoAgainLine(payment, language, timeZone),
    ),
    keyboard: keyboard(
      [subscriptionsButton(language, 'below')],
      [supportButton(language, 'below'), newMenuButton(language)],
    ),
  };
}

type AccessAfter = 'same' | 'gone' | 'ended' | 'shorter' | 'gift-void' | 'gift-claimed' | 'gift-part' | 'gift-none';

function accessAfter({ payment, stray, subscription, gift }: RefundTold): AccessAfter {
  if (stray) return 'same';
  if (payment.purpose === 'gift' && gift === undefined) return 'gift-none';
  if (gift === 'refunded') return 'gift-void';
  // Of an order that stays `issued` a part of the money goes back.
  if (gift !== undefined) return gift === 'claimed' && payment.status !== 'issued' ? 'gift-claimed' : 'gift-part';
  if (subscription === undefined || subscription.status === 'revoked') return 'gone';
  return subscription.status === 'expired' ? 'ended' : 'shorter';
}

/** To the owner: the same in short, with the payment's ids. */
export function refundOwnerScreen(
  { payment, stage, kopecks, reason, askedBy }: RefundTold,
  language: Language,
): Screen {
  return {
    text: t(language, 'refund-owner', {
      stage,
      order: order(payment, language),
      amount: amountOf(payment, kopecks, language),
      reason: html(t(language, 'refund-owner-reason', { reason, provider: providerName(payment.provider, language) })),
      askedBy,
      userId: String(payment.userId),
      paymentId: payment.id,
    }),
    keyboard: keyboard([button(plain(language, 'button-timeline'), { do: 'timeline', payment: payment.id, page: 0 })]),
  };
}

/** To a buyer whose request the shop's rule does not allow. */
export function refundRefusedScreen(payment: Payment, verdict: string, language: Language): Screen {
  return {
    text: t(language, payment.purpose === 'gift' ? 'refund-refused-gift' : 'refund-refused', {
      order: order(payment, language),
      verdict: html(t(language, 'refund-verdict', { verdict })),
    }),
    keyboard: keyboard([supportButton(language, 'below'), newMenuButton(language)]),
  };
}

/** Asks the buyer for confirmation before anything is decided. */
export function refundSureScreen(payment: Payment, language: Language): Screen {
  const price = amountOf(payment, payment.priceKopecks, language);
  return {
    text: t(language, payment.renewsSubscriptionId === null ? 'refund-sure' : 'refund-sure-renewal', {
      order: order(payment, language),
      price,
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-keep-subscription'), { do: 'subscriptions', where: 'here', page: 0 })],
      [button(plain(language, 'button-refund-sure', { price }), { do: 'refund-sure', payment: payment.id })],
    ),
  };
}
