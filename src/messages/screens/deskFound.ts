import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { FoundPerson } from '../../storage/postgres/deskSearch';
import { escapeHtml, plain, t, tame } from '../locales/index';
import { button, keyboard, menuButton } from './buttons';
import type { Screen } from './screen';
import { clean, timelineButton, timelinePages } from './timeline';
import { orderNumber, paragraphs } from './wording';

export interface DeskFoundInput {
  readonly people: readonly FoundPerson[];
  readonly payments: readonly Payment[];
  readonly promo: string | undefined;
  readonly hasMore: boolean;
  /** What the people with these ids were given for nothing, as text. */
  readonly given: string;
}

/** What a search at the desk has found, to choose from. */
export function deskFoundScreen(
  { people, payments, promo, hasMore, given }: DeskFoundInput,
  language: Language,
): Screen {
  const isEmpty = people.length + payments.length === 0 && promo === undefined && given === '';
  const numbers = payments.map(({ id }) => orderNumber(id));
  // Whoever shares its number is told apart by more of its id.
  const numberOf = (id: string) =>
    numbers.filter((number) => number === orderNumber(id)).length > 1 ? id.slice(0, 13) : orderNumber(id);
  return {
    text: paragraphs(
      isEmpty ? t(language, 'desk-found-none') : undefined,
      people.length + payments.length > 0 ? t(language, 'desk-found') : undefined,
      hasMore ? t(language, 'desk-found-more') : undefined,
      promo === undefined ? undefined : t(language, 'desk-found-promo', { code: promo }),
      given === '' ? undefined : `<pre>${escapeHtml(clean(timelinePages(given)[0]!))}</pre>`,
    ),
    keyboard: keyboard(
      ...people.map(({ telegramId, firstName, username, foundBy }) => [
        button(
          plain(language, 'desk-found-person', {
            name: tame(firstName, 20) || '—',
            username: username === null ? 'none' : username,
            id: String(telegramId),
            by: foundBy,
          }),
          { do: 'card', user: telegramId },
        ),
      ]),
      ...payments.map((one) => [timelineButton(one, language, numberOf(one.id))]),
      [button(plain(language, 'button-desk-search'), { do: 'desk-search' })],
      [button(plain(language, 'button-desk'), { do: 'desk' }), menuButton(language)],
    ),
  };
}

/** Asks what is searched for; the next text is it. */
export function deskSearchScreen(language: Language): Screen {
  return {
    text: t(language, 'desk-search'),
    keyboard: keyboard([button(plain(language, 'button-back'), { do: 'desk' })]),
  };
}
