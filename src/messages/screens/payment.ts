import { assertNever } from '../../domain/assertNever';
import type { Language } from '../../domain/language';
import { isOpen, isUnknownReason, type Payment } from '../../domain/payment';
import { html, t, type TextArguments } from '../locales/index';
import { addressLines, keyboard, newMenuButton } from './buttons';
import { payLink, paymentButtons } from './paymentButtons';
import type { Screen } from './screen';
import { clock, order, paragraphs, promoAgainLine, providerName, troubleWarning } from './wording';

export interface PaymentScreenInput {
  readonly payment: Payment;
  readonly language: Language;
  readonly timeZone: string;
  readonly now: Date;
}

/** Reasons for which the money is not what the order asked for; an operator decides then. */
const MISMATCHES = new Set(['wrong-amount', 'wrong-currency', 'foreign-payment', 'refunded-outside']);

/** The screen of a payment in any state: where the money is, what comes next, what the buyer can do. */
export function paymentScreen({ payment, language, timeZone, now }: PaymentScreenInput): Screen {
  const provider = providerName(payment.provider, language);
  const text = (key: string, args: TextArguments = {}) =>
    t(language, key, { order: order(payment, language), provider, ...args });
  const buttons = paymentButtons(payment, language);
  if (isOpen(payment.status) && MISMATCHES.has(payment.reason ?? '')) {
    return {
      text: paragraphs(text('payment-mismatch'), ownerKnows(payment, language)),
      keyboard: keyboard([buttons.support, newMenuButton(language)]),
    };
  }
  if (isUnknownReason(payment.reason) && (isOpen(payment.status) || payment.status === 'canceled')) {
    return {
      text: text(isOpen(payment.status) ? 'payment-unknown' : 'payment-closed-unknown'),
      keyboard: keyboard([buttons.support], [buttons.buyAgain, newMenuButton(language)]),
    };
  }
  if (isOpen(payment.status) && payment.dismissedAt !== null) {
    return {
      text: text(payment.purpose === 'gift' ? 'payment-dismissed-gift' : 'payment-dismissed'),
      keyboard: keyboard([buttons.check], [buttons.changedMind, newMenuButton(language)]),
    };
  }
  const payable = payment.payableUntil === null || payment.payableUntil > now;
  const until = payment.payableUntil === null ? '' : clock(payment.payableUntil, language, timeZone);
  const renewal = payment.renewsSubscriptionId === null ? '' : '-renewal';
  const promoAgain = promoAgainLine(payment, language, timeZone, now);

  switch (payment.status) {
    case 'created':
      return { text: text('payment-created'), keyboard: keyboard([buttons.refresh]) };
    case 'pending':
    case 'guarding': {
      if (!payable)
        return { text: text('payment-guarding-over'), keyboard: keyboard([buttons.check], [newMenuButton(language)]) };
      if (payment.confirmationUrl === null)
        return { text: text('payment-pending-no-link'), keyboard: keyboard([buttons.check, buttons.cancel]) };
      const checkedAt = payment.status === 'pending' ? payment.checkedAt : null;
      const checked =
        checkedAt === null
          ? undefined
          : t(language, 'payment-checked', { provider, time: clock(checkedAt, language, timeZone) });
      return {
        text: paragraphs(
          text(`payment-${payment.status}`, { until }) + addressLines(payLink(payment, language)),
          troubleWarning(payment.serverTrouble, renewal !== '', language),
          checked,
        ),
        keyboard: keyboard([buttons.pay], [buttons.check], [buttons.cancel]),
      };
    }
    case 'paid':
      return { text: text(`payment-paid${renewal}`), keyboard: keyboard([buttons.refresh]) };
    case 'delayed': {
      const noOther = payment.reason?.endsWith(':no-other-server') ?? false;
      return {
        text: paragraphs(
          text(delayedText(payment)),
          ownerKnows(payment, language),
          noOther ? t(language, 'payment-no-other-server') : undefined,
          t(language, `payment-delayed-choices${renewal}`),
        ),
        keyboard: keyboard(
          [buttons.wait, renewal === '' && !noOther ? buttons.otherServer : undefined],
          [buttons.refund],
        ),
      };
    }
    case 'issued':
      if (payment.purpose === 'gift')
        return {
          text: text('payment-issued-gift', { sent: payment.keySentAt === null ? 'no' : 'yes' }),
          keyboard: keyboard([buttons.gift], [newMenuButton(language)]),
        };
      return {
        text: paragraphs(
          text(`payment-issued${renewal}`),
          renewal === '' ? whereTheKeyIs(payment, language) : undefined,
        ),
        keyboard: keyboard([buttons.subscriptions], [buttons.setUp, newMenuButton(language)]),
      };
    case 'refunding':
    case 'refunded':
      return {
        text: paragraphs(
          text(refundText(payment), {
            reason: html(t(language, 'refund-reason', { reason: payment.reason ?? 'other' })),
          }),
          promoAgain,
        ),
        keyboard: keyboard(
          [payment.status === 'refunded' ? buttons.buyAgain : undefined],
          [buttons.support, newMenuButton(language)],
        ),
      };
    case 'canceled':
      return {
        text: paragraphs(
          text('payment-canceled', { reason: html(cancelReason(payment, language)) }),
          promoAgain,
          ownerKnows(payment, language),
        ),
        keyboard: keyboard(
          [payment.reason === 'buyer' ? buttons.buyAgain : buttons.tryAgain],
          [buttons.support, newMenuButton(language)],
        ),
      };
    case 'expired':
      return {
        text: paragraphs(text('payment-expired'), promoAgain),
        keyboard: keyboard([buttons.buyAgain], [newMenuButton(language)]),
      };
    default:
      return assertNever(payment.status);
  }
}

/** A message that Telegram did not take is not spoken of. */
function whereTheKeyIs({ keySentAt }: Payment, language: Language): string {
  return t(language, keySentAt === null ? 'payment-key-in-subscriptions' : 'payment-key-sent');
}

/** Said only when it is so: an owner who could not be told does not know. */
function ownerKnows({ status, ownerToldOf }: Payment, language: Language): string | undefined {
  return ownerToldOf === status ? t(language, 'payment-owner-knows') : undefined;
}

const DELAYED_TEXTS: Readonly<Record<string, string>> = {
  'panel-full': 'payment-delayed-full',
  'panel-refuses': 'payment-delayed-refused',
  'server-changed': 'payment-delayed-moved',
};

/** A panel that refuses is not called one that does not answer. `:no-other-server` may follow what is wrong with it. */
function delayedText({ reason }: Payment): string {
  return DELAYED_TEXTS[reason?.split(':')[0] ?? ''] ?? 'payment-delayed';
}

/** The provider has confirmed nothing where the owner refunded the money without it. */
function refundText({ status, reason }: Payment): string {
  if (status === 'refunding') return 'payment-refunding';
  return reason === 'refunded-by-other-means' ? 'payment-refunded-otherwise' : 'payment-refunded';
}

/** The order is stored, but its workflow could not be started yet. */
export function workflowsAwayScreen(payment: Payment, language: Language): Screen {
  return {
    text: t(language, 'workflows-away', { order: order(payment, language) }),
    keyboard: keyboard([paymentButtons(payment, language).refresh]),
  };
}

/** Why the provider canceled the payment. Its reasons are an open set; unknown ones get a general text. */
function cancelReason({ provider, reason }: Payment, language: Language): string {
  // Fluent's variant names can't begin with a digit.
  return t(language, 'cancel-reason', {
    provider: providerName(provider, language),
    reason: (reason ?? 'other').replace(/^3d_/, 'three_d_'),
  });
}
