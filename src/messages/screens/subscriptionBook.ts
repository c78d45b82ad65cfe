import { grantOfEntry, type BookEntry } from '../../domain/bookEntry';
import { foldBook, type GrantInBook } from '../../domain/grantBook';
import type { Language } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton, pageButtons, pageOf } from './buttons';
import { place } from './key';
import type { Screen } from './screen';
import { span } from './span';
import { grantWords, limitWords, moment, orderNumber, paragraphs } from './wording';

/** Grants, each with what became of it: so many stay below the length of a message. */
const PER_PAGE = 4;

export interface SubscriptionBookInput {
  readonly subscription: SubscriptionView;
  /** Of the subscription, in their order; at least its first grant. */
  readonly entries: readonly BookEntry[];
  readonly page: number;
  readonly timeZone: string;
  /** Who gave what, by the source of its entry: first names. */
  readonly givers?: ReadonlyMap<string, string>;
}

/** Why a subscription ends when it ends: what was bought and given, and what was taken of it. */
export function subscriptionBookScreen(
  { subscription, entries, page, timeZone, givers }: SubscriptionBookInput,
  language: Language,
): Screen {
  const book = foldBook(entries);
  const shown = pageOf(book.grants, page, PER_PAGE);
  const at = (date: Date) => moment(date, language, timeZone);
  const later = (grant: GrantInBook) => entries.filter(({ grantId }) => grantId !== null && grantId === grant.entry.id);
  const usage = shown.hasNext ? [] : entries.filter(({ kind }) => kind === 'usage');
  return {
    text: paragraphs(
      t(language, 'subscription-book', place(subscription, language)),
      ...shown.items.map((grant) =>
        grantLines(grant, later(grant), { language, at, giver: givers?.get(grant.entry.source) }),
      ),
      ...usage.map((entry) =>
        t(language, 'subscription-book-usage', { at: at(entry.at), gb: Math.ceil(entry.usedGb ?? 0) }),
      ),
      t(language, 'subscription-book-sum', {
        until: at(book.expiresAt),
        ...limitWords(language, book, timeZone),
      }),
    ),
    keyboard: keyboard(
      pageButtons(language, shown, (to) => ({ do: 'subscription-book', subscription: subscription.id, page: to })),
      [
        button(plain(language, 'button-back'), { do: 'subscription', subscription: subscription.id }),
        menuButton(language),
      ],
    ),
  };
}

interface Words {
  readonly language: Language;
  readonly at: (date: Date) => string;
  readonly giver?: string | undefined;
}

function grantLines(
  { entry, ms, begins, ends }: GrantInBook,
  later: readonly BookEntry[],
  { language, at, giver }: Words,
): string {
  const given = t(language, 'subscription-book-grant', {
    kind: giver === undefined ? entry.kind : 'gift-from',
    giver: giver ?? '',
    at: at(entry.at),
    ...grantWords(language, grantOfEntry(entry)),
    price: paidWords(entry, language),
    number: orderNumber(entry.source),
  });
  const term =
    ms > 0
      ? t(language, 'subscription-book-term', { begins: at(new Date(begins)), ends: at(new Date(ends)) })
      : t(language, 'subscription-book-nothing-left');
  return [given, ...later.map((one) => laterLine(one, { language, at })), term].join('\n');
}

/** What was paid; nothing is in roubles. */
const paidWords = ({ currency, kopecks: minor }: BookEntry, language: Language): string =>
  formatMoney({ currency: currency ?? 'RUB', minor }, language);

/** What became of a grant afterwards. */
function laterLine(entry: BookEntry, { language, at }: Words): string {
  const { kind, at: when, ms, trafficGb, kopecks } = entry;
  if (kind === 'delay') return t(language, 'subscription-book-delay', { at: at(when) });
  const gb = -(trafficGb ?? 0);
  const taken = [
    ms < 0 ? span(language, -ms) : undefined,
    gb > 0 ? plain(language, 'traffic', { gb }) : undefined,
  ].filter((part) => part !== undefined);
  return t(language, 'subscription-book-refund', {
    at: at(when),
    money: kopecks === 0 ? 'none' : 'some',
    price: paidWords({ ...entry, kopecks: -kopecks }, language),
    takes: taken.length > 0 ? 'some' : 'nothing',
    taken: taken.join(', '),
  });
}
