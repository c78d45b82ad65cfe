import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import { daysLeft, isLiving, type SubscriptionStatus } from '../../domain/subscription';
import { TRIAL_PLAN } from '../../domain/trial';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { plain, t } from '../locales/index';
import { amountOf } from './amounts';
import { button, keyboard, menuButton, pageButtons, type Page } from './buttons';
import { appButtons, copyKeyButton, place } from './key';
import type { Screen } from './screen';
import { copyable, days, inLanguage, limitWords, moment, paragraphs } from './wording';

export const SUBSCRIPTIONS_PER_PAGE = 6;

export interface SubscriptionsInput {
  readonly subscriptions: Page<SubscriptionView>;
  /** An unfinished order, for buyers who have paid and look for their key here. */
  readonly unfinished: Payment | undefined;
  readonly now: Date;
}

export function subscriptionsScreen(
  { subscriptions, unfinished, now }: SubscriptionsInput,
  language: Language,
): Screen {
  const hint =
    unfinished &&
    t(language, 'subscriptions-unfinished', {
      plan: inLanguage(unfinished.planName, language),
      price: amountOf(unfinished, unfinished.priceKopecks, language),
    });
  const text = t(language, subscriptions.items.length === 0 ? 'subscriptions-empty' : 'subscriptions');
  return {
    text: hint === undefined ? text : `${text}\n\n${hint}`,
    keyboard: keyboard(
      [unfinished && button(plain(language, 'button-open-payment'), { do: 'show', payment: unfinished.id })],
      ...subscriptions.items.map((one) => [
        button(subscriptionLabel(one, now, language), { do: 'subscription', subscription: one.id }),
      ]),
      pageButtons(language, subscriptions, (to) => ({ do: 'subscriptions', where: 'here', page: to })),
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [menuButton(language)],
    ),
  };
}

function subscriptionLabel(subscription: SubscriptionView, now: Date, language: Language): string {
  const status = shownStatus(subscription, now);
  const state = plain(language, 'subscription-state', {
    state: isTrial(subscription) && status === 'active' ? 'trial' : status,
    days: days(language, daysLeft(now, subscription.expiresAt)),
  });
  const { flag, location } = place(subscription, language);
  // A long name is shortened so that the state always fits.
  return plain(language, 'button-subscription', {
    flag,
    location: location.length > 16 ? `${location.slice(0, 15)}…` : location,
    state,
  });
}

const isTrial = ({ planCode }: SubscriptionView): boolean => planCode === TRIAL_PLAN;

/** The database marks the end some hours later; the buyer sees it at once. */
function shownStatus({ status, expiresAt }: SubscriptionView, now: Date): SubscriptionStatus {
  return status === 'active' && expiresAt <= now ? 'expired' : status;
}

export interface SubscriptionCardInput {
  readonly subscription: SubscriptionView;
  readonly subscriptionUrl: string;
  /** Page of the list to go back to. */
  readonly listPage: number;
  readonly timeZone: string;
  readonly now: Date;
  readonly publicUrl: string | undefined;
  /** The payment that the buyer may have refunded without an operator. */
  readonly refundable?: Payment | undefined;
}

export function subscriptionCard(
  { subscription, subscriptionUrl, listPage, timeZone, now, publicUrl, refundable }: SubscriptionCardInput,
  language: Language,
): Screen {
  const id = subscription.id;
  const back = [
    button(plain(language, 'button-back'), { do: 'subscriptions', where: 'here', page: listPage } as const),
    menuButton(language),
  ];
  const until = moment(subscription.expiresAt, language, timeZone);
  const renew = button(plain(language, isTrial(subscription) ? 'button-buy-for-key' : 'button-renew'), {
    do: 'renew',
    subscription: id,
  });
  const book = [
    button(plain(language, 'button-subscription-book'), { do: 'subscription-book', subscription: id, page: 0 }),
  ];
  const words = place(subscription, language);
  const status = shownStatus(subscription, now);
  // A renewal would be refunded: it can only be delivered where the key is.
  if (subscription.isPanelGone) {
    const key = isLiving({ status }) ? 'subscription-card-no-panel' : 'subscription-card-ended';
    return { text: t(language, key, { ...words, until }), keyboard: keyboard(book, back) };
  }
  switch (status) {
    case 'pending':
      return { text: t(language, 'subscription-card-pending', words), keyboard: keyboard(book, back) };
    case 'expired':
    case 'revoked':
      return {
        text: t(language, 'subscription-card-expired', { ...words, until }),
        keyboard: keyboard([renew], book, back),
      };
    case 'active':
      return {
        text: paragraphs(
          t(language, 'subscription-card', {
            ...words,
            until,
            days: days(language, daysLeft(now, subscription.expiresAt)),
            ...limitWords(language, subscription, timeZone),
            key: copyable(subscriptionUrl),
          }),
          isTrial(subscription)
            ? t(language, 'subscription-trial', { ends: String(subscription.endsWithPurchase) })
            : undefined,
        ),
        keyboard: keyboard(
          [
            copyKeyButton(subscriptionUrl, language),
            button(plain(language, 'button-qr'), { do: 'qr', subscription: id }),
          ],
          ...appButtons(subscriptionUrl, language, publicUrl).map((one) => [one]),
          [renew, button(plain(language, 'button-setup'), { do: 'help', where: 'below' })],
          book,
          [refundable && button(plain(language, 'button-refund'), { do: 'refund', payment: refundable.id })],
          back,
        ),
      };
  }
}
