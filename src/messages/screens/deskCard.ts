/** What the desk shows of one person. */
import type { Language } from '../../domain/language';
import { formatMoney } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import { daysLeft } from '../../domain/subscription';
import type { CardNote, PersonCard } from '../../storage/postgres/deskCards';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { escapeHtml, html, plain, t, tame } from '../locales/index';
import { button, keyboard, menuButton, type Button } from './buttons';
import { place } from './key';
import { personButton } from './person';
import type { Screen } from './screen';
import { clean, timelineButton, timelinePages } from './timeline';
import { days, limitWords, moment, paragraphs, shortMoment } from './wording';

export interface DeskCardInput extends PersonCard {
  readonly payments: readonly Payment[];
  /** What they were given for nothing, as text; empty for nothing. */
  readonly given: string;
  readonly now: Date;
  readonly timeZone: string;
}

/** Telegram allows 4,096 characters; what is least needed goes when names and notes are long. */
const MOST_CHARACTERS = 4_000;

/** The parts that fit, in their order; the last ones go first. */
function fitting(parts: readonly (string | undefined)[]): string {
  const shown = [...parts];
  while (paragraphs(...shown).length > MOST_CHARACTERS) shown.pop();
  return paragraphs(...shown);
}

/** A note on the card; the whole of it is in the database. */
const NOTE_CHARACTERS = 160;

export function deskCardScreen(card: DeskCardInput, language: Language): Screen {
  const { person, subscriptions, otherSubscriptions, payments, sums, notes, given, timeZone } = card;
  const user = person.telegramId;
  return {
    text: fitting([
      t(language, 'desk-card', {
        name: tame(person.firstName, NAME_CHARACTERS) || '—',
        username: person.username === null ? 'none' : person.username,
        id: String(user),
        since: moment(person.createdAt, language, timeZone),
        reachable: person.unreachableAt === null ? 'yes' : 'no',
      }),
      person.referredBy === null ? undefined : t(language, 'desk-card-referred', { by: String(person.referredBy) }),
      sums.length === 0 ? t(language, 'desk-card-unpaid') : moneyLines(card, language),
      ...subscriptions.map((one) => subscriptionLines(one, card, language)),
      subscriptions.length === 0 || otherSubscriptions > 0
        ? t(language, 'desk-card-others', { shown: subscriptions.length, count: otherSubscriptions })
        : undefined,
      notes.length === 0
        ? undefined
        : t(language, 'desk-card-notes', { notes: html(noteLines(notes, card, language)) }),
      given === '' ? undefined : `<pre>${escapeHtml(clean(timelinePages(given)[0]!))}</pre>`,
      payments.length === 0 ? undefined : t(language, 'desk-card-payments'),
    ]),
    keyboard: keyboard(
      ...payments.map((one) => [timelineButton(one, language)]),
      ...subscriptions.filter(({ isPanelGone }) => !isPanelGone).map((one) => [daysButton(one, language)]),
      [personButton(user, language)],
      [button(plain(language, 'button-desk-note'), { do: 'card-note', user })],
      [button(plain(language, 'button-refresh'), { do: 'card', user })],
      [button(plain(language, 'button-desk'), { do: 'desk' }), menuButton(language)],
    ),
  };
}

const NAME_CHARACTERS = 64;

function subscriptionLines(
  one: SubscriptionView,
  { panelSays, now, timeZone }: DeskCardInput,
  language: Language,
): string {
  const says = panelSays.get(one.id);
  return paragraphs(
    t(language, 'desk-card-subscription', {
      ...place(one, language),
      plan: one.planCode,
      status: one.isPanelGone ? 'gone' : one.status,
      until: moment(one.expiresAt, language, timeZone),
      days: days(language, daysLeft(now, one.expiresAt)),
      ...limitWords(language, one, timeZone),
      panel: html(
        says === undefined
          ? plain(language, 'desk-card-panel-unknown')
          : t(language, 'desk-card-panel', {
              used: Math.round(says.usedGb * 10) / 10,
              works: says.panelEnabled && says.panelActive ? 'yes' : 'no',
              agrees: says.panelExpiresAt?.getTime() === one.expiresAt.getTime() ? 'yes' : 'no',
              online: says.lastOnline ?? 'never',
              seen: shortMoment(says.changedAt, language, timeZone),
            }),
      ),
    }),
  );
}

function moneyLines({ sums }: DeskCardInput, language: Language): string {
  return sums
    .map(({ currency, paidKopecks, refundedKopecks, orders }) =>
      t(language, 'desk-card-money', {
        orders,
        paid: formatMoney({ currency, minor: paidKopecks }, language),
        refunded: formatMoney({ currency, minor: refundedKopecks }, language),
        net: formatMoney({ currency, minor: paidKopecks - refundedKopecks }, language),
      }),
    )
    .join('\n');
}

function noteLines(notes: readonly CardNote[], { timeZone }: DeskCardInput, language: Language): string {
  return notes
    .map(({ at, actor, text }) => {
      const words = tame(text, NOTE_CHARACTERS);
      return `${shortMoment(at, language, timeZone)} · ${escapeHtml(tame(actor, 40))}: ${escapeHtml(words)}`;
    })
    .join('\n');
}

/** Gives days to one of the subscriptions. */
function daysButton(one: SubscriptionView, language: Language): Button {
  const { flag, location } = place(one, language);
  return button(plain(language, 'button-desk-days', { flag, location }), { do: 'days', subscription: one.id });
}

/** Asks for a note; the next text is it. */
export function deskNoteScreen(user: number, language: Language): Screen {
  return {
    text: t(language, 'desk-note'),
    keyboard: keyboard([button(plain(language, 'button-back'), { do: 'card', user })]),
  };
}
