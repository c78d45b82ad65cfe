/** Days that the desk gives: how many, why, what they change, and what became of it. */
import { OFFERED_DAYS, type DeskDaysRefusal } from '../../domain/deskDays';
import type { Language } from '../../domain/language';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { plain, t } from '../locales/index';
import { button, keyboard } from './buttons';
import { place } from './key';
import type { Screen } from './screen';
import { days as inDays, moment } from './wording';

interface Shown {
  readonly subscription: SubscriptionView;
  readonly timeZone: string;
}

const backTo = ({ userId }: SubscriptionView, language: Language) => [
  button(plain(language, 'button-back'), { do: 'card', user: userId } as const),
];

/** How many. */
export function deskDaysScreen({ subscription, timeZone }: Shown, language: Language): Screen {
  const choice = (days: number) => button(`+${days}`, { do: 'days-of', subscription: subscription.id, days });
  return {
    text: t(language, 'desk-days', {
      ...place(subscription, language),
      until: moment(subscription.expiresAt, language, timeZone),
    }),
    keyboard: keyboard(
      OFFERED_DAYS.slice(0, 4).map(choice),
      OFFERED_DAYS.slice(4).map(choice),
      backTo(subscription, language),
    ),
  };
}

/** Why; the next text is it. */
export function deskDaysReasonScreen(
  { subscription, days }: Shown & { readonly days: number },
  language: Language,
): Screen {
  return {
    text: t(language, 'desk-days-reason', { days: inDays(language, days) }),
    keyboard: keyboard(backTo(subscription, language)),
  };
}

/** What they change, before they are given. */
export function deskDaysSureScreen(
  {
    subscription,
    timeZone,
    days,
    after,
    reason,
    request,
  }: Shown & {
    readonly days: number;
    readonly after: Date;
    readonly reason: string;
    readonly request: string;
  },
  language: Language,
): Screen {
  return {
    text: t(language, 'desk-days-sure', {
      ...place(subscription, language),
      userId: String(subscription.userId),
      days: inDays(language, days),
      before: moment(subscription.expiresAt, language, timeZone),
      after: moment(after, language, timeZone),
      reason,
    }),
    keyboard: keyboard(
      [
        button(plain(language, 'button-desk-days-sure', { days: inDays(language, days) }), {
          do: 'days-sure',
          request,
        }),
      ],
      backTo(subscription, language),
    ),
  };
}

/** Why they were not given, in a sentence. */
export function whyNotDaysWords(why: DeskDaysRefusal, language: Language): string {
  return plain(language, 'desk-days-refused', { why });
}
