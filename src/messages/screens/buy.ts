import { hasRoom, type Location, type Server, type ServerTrouble } from '../../domain/catalogue';
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import { html, plain, t } from '../locales/index';
import { button, type Button, giftsButton, keyboard, menuButton, pageButtons, pageOf, supportButton } from './buttons';
import { dropButton, priceOf, promoPrices, type PricedPlan } from './promoPrice';
import type { Screen } from './screen';
import { inLanguage, locationLabel, paragraphs } from './wording';

const PER_PAGE = 8;

/** Step 1: the location. */
export function locationsScreen(locations: readonly Location[], page: number, language: Language): Screen {
  if (locations.length === 0)
    return {
      text: t(language, 'locations-empty'),
      keyboard: keyboard([supportButton(language, 'here')], [menuButton(language)]),
    };
  const shown = pageOf(locations, page, PER_PAGE);
  return {
    text: t(language, 'locations'),
    keyboard: keyboard(
      ...shown.items.map((location) => [
        button(locationLabel(location, language), { do: 'servers', location: location.code, page: 0 }),
      ]),
      pageButtons(language, shown, (to) => ({ do: 'buy', page: to })),
      [menuButton(language)],
    ),
  };
}

/** Step 2: the server. Full ones are shown as full instead of disappearing from the list. */
export function serversScreen(
  location: Location,
  servers: readonly Server[],
  page: number,
  language: Language,
): Screen {
  const shown = pageOf(servers, page, PER_PAGE);
  const anyRoom = servers.some(hasRoom);
  const words = { flag: location.flag, location: inLanguage(location.name, language) };
  return {
    text: t(language, anyRoom ? 'servers' : 'servers-full', words),
    keyboard: keyboard(
      [anyRoom ? button(plain(language, 'button-any-server'), { do: 'server', server: '*' }) : undefined],
      ...shown.items.map((server) => [button(serverLabel(server, language), { do: 'server', server: server.code })]),
      pageButtons(language, shown, (to) => ({ do: 'servers', location: location.code, page: to })),
      [button(plain(language, 'button-back'), { do: 'buy', page: 0 }), menuButton(language)],
    ),
  };
}

function serverLabel(server: Server, language: Language): string {
  const { name, freePlaces, trouble } = server;
  if (!hasRoom(server)) return plain(language, 'button-server-full', { name });
  if (trouble === 'away') return plain(language, 'button-server-away', { name });
  if (trouble !== null) return plain(language, 'button-server-late', { name });
  if (freePlaces === null) return plain(language, 'button-server-unlimited', { name });
  return plain(language, 'button-server', { name, places: plain(language, 'places', { count: freePlaces }) });
}

/** The chosen location and server. `server` undefined: "choose for me". */
export interface ChosenPlace {
  readonly location: Location;
  readonly server: Pick<Server, 'name'> | undefined;
  readonly renewal: boolean;
  /** Why the panel that would make the key makes none now; `null`: nothing is known to be wrong. */
  readonly trouble: ServerTrouble | null;
  /** What the traffic of the subscription is that a renewal prolongs; absent when it has ended. */
  readonly traffic?: 'limited' | 'unlimited' | undefined;
  /** What a renewal prolongs is a trial, and nothing is left of it then. */
  readonly endsTrial?: boolean;
}

function plansWords(place: ChosenPlace | null, endsTrial: boolean, language: Language): string {
  if (place === null) return t(language, 'plans-gift');
  if (!place.renewal) return t(language, 'plans', placeWords(place, language));
  return t(language, 'plans-renewal', { ...placeWords(place, language), ends: String(endsTrial) });
}

/**
 * Step 3: the plan. For a renewal it is the first step, because location and server are fixed; for a gift, because
 * whoever claims it chooses them.
 * @param place `null`: a gift
 */
export function plansScreen(place: ChosenPlace | null, plans: readonly PricedPlan[], language: Language): Screen {
  const back = backFrom(place, language);
  if (plans.length === 0)
    return {
      text: t(language, 'plans-empty'),
      keyboard: keyboard([supportButton(language, 'here')], [back, menuButton(language)]),
    };
  // Telegram allows 100 buttons; more than 20 plans would not be readable.
  const shown = plans.slice(0, 20);
  // What costs nothing is added to it.
  const endsTrial = place?.endsTrial === true && shown.some((priced) => priceOf(priced) > 0);
  const label = (priced: PricedPlan) =>
    plain(language, 'button-plan', {
      name: inLanguage(priced.plan.name, language),
      price: formatKopecks(priceOf(priced), language),
    });
  return {
    text: paragraphs(plansWords(place, endsTrial, language), promoPrices(shown, language)),
    keyboard: keyboard(
      ...shown.map((priced) => [button(label(priced), { do: 'plan', plan: priced.plan.code })]),
      [button(plain(language, 'button-promo'), { do: 'promo' })],
      [place === null ? giftsButton(language) : undefined],
      [dropButton(shown.find(({ refusal }) => refusal)?.refusal, language)],
      [back, menuButton(language)],
    ),
  };
}

function backFrom(place: ChosenPlace | null, language: Language): Button | undefined {
  if (place === null) return undefined;
  return button(
    plain(language, 'button-back'),
    place.renewal
      ? { do: 'subscriptions', where: 'here', page: 0 }
      : { do: 'servers', location: place.location.code, page: 0 },
  );
}

/** The dialog can't continue and nothing was charged; a button begins it again. */
export function dialogEndScreen(
  why: 'unavailable' | 'full' | 'limit-reached' | 'no-gifts' | 'expired-dialog',
  language: Language,
): Screen {
  const label = why === 'expired-dialog' || why === 'no-gifts' ? 'button-buy' : 'button-choose-again';
  return {
    text: t(language, why),
    keyboard: keyboard(
      [button(plain(language, label), { do: 'buy', page: 0 })],
      [why === 'no-gifts' ? giftsButton(language) : undefined],
      [menuButton(language)],
    ),
  };
}

/** The variables of every text that names the chosen place. */
export function placeWords({ location, server }: ChosenPlace, language: Language) {
  return {
    flag: location.flag,
    location: inLanguage(location.name, language),
    server: server?.name ?? html(t(language, 'any-server')),
  };
}
