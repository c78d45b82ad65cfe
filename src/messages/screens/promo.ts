/** Promo codes: asking for one, what one gives, and why one can't be used. */
import { MINUTE_MS } from '../../domain/duration';
import { LANGUAGES, type Language } from '../../domain/language';
import { isFreePromo, type PromoRefusal, type PromoTerms } from '../../domain/promo/terms';
import { formatKopecks } from '../../domain/money';
import { plain, t, tame } from '../locales/index';
import { button, keyboard, menuButton, subscriptionsButton } from './buttons';
import { LANGUAGE_NAMES } from './info';
import { planLine, refusalWords, setAsideLine, type PricedPlan } from './promoPrice';
import type { Screen } from './screen';
import { days, moment, paragraphs } from './wording';

/**
 * Whoever comes with a code and is new here: language and terms first.
 * @param isKept the code waits for them; it does not where it is wrong, or could not be looked at
 */
export function promoWelcomeScreen(firstName: string, isKept: boolean, language: Language): Screen {
  const name = tame(firstName, 64) || '🙂';
  return {
    text: paragraphs(t(language, 'promo-welcome', { name, kept: String(isKept) }), t(language, 'terms')),
    keyboard: keyboard(
      LANGUAGES.map((one) =>
        button(`${one === language ? '✓ ' : ''}${LANGUAGE_NAMES[one]}`, { do: 'promo-speak', language: one }),
      ),
      [button(plain(language, 'button-promo-accept'), { do: 'promo-begin' })],
    ),
  };
}

/** Asks for a code; the answer is the next text. */
export function promoAskScreen(language: Language): Screen {
  return { text: t(language, 'promo-ask'), keyboard: keyboard([menuButton(language)]) };
}

export interface PromoOfferInput {
  readonly terms: PromoTerms;
  /** The plans that it is for, at its prices. */
  readonly plans: readonly PricedPlan[];
  readonly timeZone: string;
  /** A purchase was begun before. */
  readonly canContinue: boolean;
}

/** More plans than this would make the message too long. */
const SHOWN_PLANS = 12;

/** What a code gives, until when, and what the plans cost with it. */
export function promoOfferScreen({ terms, plans, timeZone, canContinue }: PromoOfferInput, language: Language): Screen {
  const prices = plans
    .filter(({ promo }) => promo !== null)
    .slice(0, SHOWN_PLANS)
    .map((priced) => planLine(priced, language));
  return {
    text: paragraphs(
      t(language, 'promo-offer', { code: terms.code, gives: gives(terms, language) }),
      t(language, 'promo-until', {
        has: String(terms.validUntil !== null),
        until: terms.validUntil === null ? '' : moment(terms.validUntil, language, timeZone),
      }),
      ...conditions(terms, language),
      prices.length > 0 ? prices.join('\n') : undefined,
      setAsideLine(
        plans.find(({ setAside }) => setAside),
        language,
      ),
    ),
    keyboard: keyboard(
      [
        canContinue
          ? button(plain(language, 'button-continue'), { do: 'continue' })
          : button(plain(language, 'button-promo-plans'), { do: 'buy', page: 0 }),
      ],
      [terms.renewals ? subscriptionsButton(language, 'here') : undefined],
      [button(plain(language, 'button-promo-drop'), { do: 'promo-drop', code: terms.code })],
      [menuButton(language)],
    ),
  };
}

function gives({ kind, amount }: PromoTerms, language: Language): string {
  const words = { percent: String(amount), sum: formatKopecks(amount, language), days: days(language, amount) };
  return plain(language, 'promo-gives', { kind: isFreePromo({ kind, amount }) ? `${kind}-free` : kind, ...words });
}

function conditions({ renewals, minDays, audience }: PromoTerms, language: Language): string[] {
  return [
    ...(audience === 'first-purchase' || audience === 'no-subscription'
      ? [t(language, 'promo-audience', { audience })]
      : []),
    ...(minDays === null ? [] : [t(language, 'promo-min-days', { days: days(language, minDays) })]),
    t(language, 'promo-renewals', { renewals: String(renewals) }),
  ];
}

/** A code of theirs can't be used, or there is none. */
export function promoRefusedScreen(
  reason: PromoRefusal,
  terms: PromoTerms | undefined,
  timeZone: string,
  language: Language,
): Screen {
  const at = (reason === 'not-yet' ? terms?.validFrom : undefined) ?? null;
  return answerScreen(
    paragraphs(
      t(language, 'promo-refused', { why: refusalWords(reason, language) }),
      at === null ? undefined : t(language, 'promo-from', { from: moment(at, language, timeZone) }),
    ),
    language,
  );
}

/** What was sent can be no code. */
export function promoMalformedScreen(problem: 'length' | 'look-alike' | 'characters', language: Language): Screen {
  return answerScreen(t(language, 'promo-malformed', { problem }), language);
}

export function promoLockedScreen(retryAfterMs: number, language: Language): Screen {
  return answerScreen(t(language, 'promo-locked', { minutes: Math.ceil(retryAfterMs / MINUTE_MS) }), language);
}

export function promoAwayScreen(language: Language): Screen {
  return answerScreen(t(language, 'promo-away'), language);
}

function answerScreen(text: string, language: Language): Screen {
  return {
    text,
    keyboard: keyboard(
      [button(plain(language, 'button-promo-again'), { do: 'promo' })],
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [menuButton(language)],
    ),
  };
}
