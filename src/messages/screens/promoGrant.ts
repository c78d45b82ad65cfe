/** What a promo code gives for nothing: days of a subscription, or a plan. */
import type { ServerTrouble } from '../../domain/catalogue';
import type { PromoStage } from '../../domain/freeGrant';
import type { Language } from '../../domain/language';
import { PANEL_TROUBLES } from '../../domain/panelTrouble';
import type { QuoteRefusal } from '../../domain/promo/offer';
import type { PromoTerms } from '../../domain/promo/terms';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import type { Action } from '../callbackData';
import { fingerprintOf } from '../fingerprint';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton, newMenuButton, subscriptionsButton, supportButton } from './buttons';
import { blockedScreen } from './blocked';
import { refusalWords } from './promoPrice';
import type { Screen } from './screen';
import { days, freeLabel, freeTroubles, inLanguage, moment, paragraphs, shortMoment } from './wording';

/** More are not readable; who has more chooses among the newest. */
const MOST_SUBSCRIPTIONS = 20;

export interface PromoDaysInput {
  readonly terms: PromoTerms;
  readonly subscriptions: readonly SubscriptionView[];
  /** By the server's code. */
  readonly troubles: ReadonlyMap<string, ServerTrouble>;
  readonly timeZone: string;
}

/** Asks which subscription the days are for; choosing is the confirmation. */
export function promoDaysScreen(
  { terms: { code, amount }, subscriptions, troubles, timeZone }: PromoDaysInput,
  language: Language,
): Screen {
  const label = ({ locationFlag, locationName, expiresAt }: SubscriptionView) =>
    `${locationFlag} ${inLanguage(locationName, language)} · ${shortMoment(expiresAt, language, timeZone)}`.trim();
  const troubleOf = ({ serverCode }: SubscriptionView) => troubles.get(serverCode) ?? null;
  const shown = { shown: fingerprintOf(code), days: amount };
  const hasAny = subscriptions.length > 0;
  const listed = subscriptions.slice(0, MOST_SUBSCRIPTIONS);
  return {
    text: paragraphs(
      t(language, hasAny ? 'promo-days' : 'promo-days-none', { code, days: days(language, amount) }),
      freeTroubles(listed.map(troubleOf), language),
    ),
    keyboard: keyboard(
      ...listed.map((one) => [
        button(freeLabel(label(one), troubleOf(one)), { do: 'promo-days', subscription: one.id, ...shown }),
      ]),
      [hasAny ? undefined : button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [button(plain(language, 'button-promo-drop'), { do: 'promo-drop', code })],
      [menuButton(language)],
    ),
  };
}

/** Its workflow is asked, or could not be: pressing the button asks it again, and nothing is given twice. */
export function promoAskedScreen(again: Action, isAsked: boolean, language: Language): Screen {
  return {
    text: t(language, isAsked ? 'promo-asked' : 'promo-asked-away'),
    keyboard: keyboard([button(plain(language, isAsked ? 'button-refresh' : 'button-try-again'), again)]),
  };
}

const IS_THEIRS: readonly PromoStage[] = [
  ...PANEL_TROUBLES,
  ...(['server-changed', 'no-other-server', 'issued', 'key-owed'] as const),
];
const WITHOUT_WHY: readonly PromoStage[] = [
  ...IS_THEIRS,
  ...(['unrecorded', 'not-given', 'panel-gone', 'revoked'] as const),
  ...(['full', 'unavailable', 'limit-reached', 'changed'] as const),
];

export interface PromoStageInput {
  readonly stage: PromoStage;
  /** It makes a key that they did not have. */
  readonly isNewKey: boolean;
  /** The use was given back: until when it can be used once more. */
  readonly usableUntil?: Date | undefined;
  readonly timeZone: string;
}

/** How it stands that somebody has asked for. */
export function promoStageScreen(
  { stage, isNewKey, usableUntil, timeZone }: PromoStageInput,
  language: Language,
): Screen {
  if (stage === 'blocked') return blockedScreen(language);
  const isRefused = !WITHOUT_WHY.includes(stage);
  return {
    text: t(language, 'promo-stage', {
      stage,
      key: isNewKey ? 'new' : 'known',
      until: usableUntil === undefined ? '' : moment(usableUntil, language, timeZone),
      isAgain: String(usableUntil !== undefined),
      why: isRefused ? refusalWords(stage as QuoteRefusal, language) : '',
    }),
    keyboard: keyboard(
      [
        IS_THEIRS.includes(stage)
          ? subscriptionsButton(language, 'below')
          : stage === 'unrecorded'
            ? undefined
            : button(plain(language, 'button-promo-again'), { do: 'promo' }),
      ],
      [
        stage === 'revoked' || stage === 'unrecorded' ? supportButton(language, 'below') : undefined,
        newMenuButton(language),
      ],
    ),
  };
}
