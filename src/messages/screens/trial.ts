import type { LocationWithRoom } from '../../domain/catalogue';
import type { PlanGrant } from '../../domain/grant';
import type { Language } from '../../domain/language';
import type { TrialStage } from '../../domain/freeGrant';
import { formatKopecks } from '../../domain/money';
import { trialFingerprint, type TrialOffer } from '../../domain/trial';
import { plain, t } from '../locales/index';
import { button, keyboard, linkButton, menuButton, newMenuButton, subscriptionsButton, supportButton } from './buttons';
import { blockedScreen } from './blocked';
import type { Screen } from './screen';
import { freeLabel, freeTroubles, grantWords, locationLabel, paragraphs } from './wording';

/** More places than this are not readable; owners of more give the trial on servers that they name. */
const MOST_PLACES = 20;

/** What it costs, for texts: whether it costs something, and how much. */
export function trialPrice({ priceKopecks }: Pick<TrialOffer, 'priceKopecks'>, language: Language) {
  return { paid: String(priceKopecks !== null), price: formatKopecks(priceKopecks ?? 0, language) };
}

/** The button that leads to it. */
export function trialLabel({ priceKopecks }: Pick<TrialOffer, 'priceKopecks'>, language: Language): string {
  if (priceKopecks === null) return plain(language, 'button-trial');
  return plain(language, 'button-trial-paid', { price: formatKopecks(priceKopecks, language) });
}

/** What is offered to a new person; choosing the place is the confirmation. */
export function trialScreen(
  offer: PlanGrant & Pick<TrialOffer, 'keep' | 'priceKopecks'>,
  places: readonly LocationWithRoom[],
  language: Language,
): Screen {
  const terms = trialFingerprint(offer);
  const shown = places.slice(0, MOST_PLACES);
  return {
    text: paragraphs(
      t(language, places.length > 0 ? 'trial' : 'trial-no-place', {
        ...grantWords(language, offer),
        ...trialPrice(offer, language),
      }),
      offer.keep ? undefined : t(language, 'trial-ends-with-purchase'),
      freeTroubles(
        shown.map(({ trouble }) => trouble),
        language,
      ),
    ),
    keyboard: keyboard(
      ...shown.map((place) => [
        button(freeLabel(locationLabel(place, language), place.trouble), {
          do: 'take-trial',
          location: place.code,
          terms,
        }),
      ]),
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [menuButton(language)],
    ),
  };
}

/** Its workflow is asked, or could not be: pressing the button asks it again, and nothing is given twice. */
export function trialAskedScreen(
  { location, terms, isAsked }: { readonly location: string; readonly terms: string; readonly isAsked: boolean },
  language: Language,
): Screen {
  return {
    text: t(language, isAsked ? 'trial-preparing' : 'trial-away'),
    keyboard: keyboard([
      button(plain(language, isAsked ? 'button-refresh' : 'button-try-again'), { do: 'take-trial', location, terms }),
    ]),
  };
}

/**
 * How the trial stands that somebody has asked for.
 * @param channel of which its people must be members, where it is one
 */
export function trialStageScreen(stage: TrialStage, language: Language, channel: string | null = null): Screen {
  if (stage === 'blocked') return blockedScreen(language);
  const buy = button(plain(language, 'button-buy'), { do: 'buy', page: 0 });
  const subscriptions = subscriptionsButton(language, 'below');
  const support = supportButton(language, 'below');
  const text = t(language, 'trial-stage', { stage });
  switch (stage) {
    case 'panel-unavailable':
    case 'panel-full':
    case 'panel-refuses':
    case 'server-changed':
    case 'no-other-server':
      return { text, keyboard: keyboard([subscriptions], [support, newMenuButton(language)]) };
    case 'issued':
    case 'key-owed':
      return {
        text,
        keyboard: keyboard(
          [subscriptions],
          [button(plain(language, 'button-setup'), { do: 'help', where: 'below' }), newMenuButton(language)],
        ),
      };
    case 'unrecorded':
    case 'revoked':
      return { text, keyboard: keyboard([support], [newMenuButton(language)]) };
    case 'not-given':
    case 'panel-gone':
    case 'full':
    case 'unavailable':
    case 'changed':
      return {
        text,
        keyboard: keyboard(
          [button(plain(language, 'button-choose-again'), { do: 'trial' })],
          [buy],
          [newMenuButton(language)],
        ),
      };
    case 'not-member': {
      const link = channel?.startsWith('@') ? `https://t.me/${channel.slice(1)}` : undefined;
      return {
        text,
        keyboard: keyboard(
          [linkButton(plain(language, 'button-channel'), link)],
          [button(plain(language, 'button-choose-again'), { do: 'trial' })],
          [buy],
          [newMenuButton(language)],
        ),
      };
    }
    case 'off':
    case 'spent':
    case 'friends-spent':
      return { text, keyboard: keyboard([buy], [newMenuButton(language)]) };
    case 'not-new':
      return { text, keyboard: keyboard([buy], [subscriptions], [newMenuButton(language)]) };
  }
}
