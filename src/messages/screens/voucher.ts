import { MINUTE_MS } from '../../domain/duration';
import type { LocationWithRoom, ServerTrouble } from '../../domain/catalogue';
import type { VoucherStage } from '../../domain/freeGrant';
import type { Language } from '../../domain/language';
import { leftOf, voucherTerms } from '../../domain/voucher/terms';
import type { Voucher } from '../../domain/voucher/voucher';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import { fingerprintOf } from '../fingerprint';
import { plain, t } from '../locales/index';
import { button, keyboard, menuButton, newMenuButton, subscriptionsButton, supportButton } from './buttons';
import { place } from './key';
import { blockedScreen } from './blocked';
import type { Screen } from './screen';
import { span } from './span';
import { freeLabel, freeTroubles, grantWords, inLanguage, locationLabel, moment, paragraphs } from './wording';

/** More buttons than this are not readable. */
const MOST_PLACES = 20;
const MOST_SUBSCRIPTIONS = 6;

export interface VoucherOffer {
  readonly voucher: Voucher;
  /** Of the person's own, those to which it can be added. */
  readonly subscriptions: readonly SubscriptionView[];
  /** Where there is a place for a new subscription. */
  readonly places: readonly LocationWithRoom[];
  /** By the server's code. */
  readonly troubles: ReadonlyMap<string, ServerTrouble>;
  readonly timeZone: string;
}

/**
 * What a voucher gives. Who has subscriptions chooses first whether it is added to one of them; who has none chooses
 * the place at once.
 */
export function voucherScreen({ subscriptions, ...offer }: VoucherOffer, language: Language): Screen {
  if (subscriptions.length === 0) return voucherPlacesScreen(offer, language);
  const { voucher, troubles } = offer;
  const shown = subscriptions.slice(0, MOST_SUBSCRIPTIONS);
  const troubleOf = ({ serverCode }: SubscriptionView) => troubles.get(serverCode) ?? null;
  return {
    text: paragraphs(
      words(offer, language),
      t(language, 'voucher-new-or-add'),
      // What a new key waits for is said where its place is chosen.
      freeTroubles([null, ...shown.map(troubleOf)], language),
    ),
    keyboard: keyboard(
      [button(plain(language, 'button-voucher-new'), { do: 'gift-new', voucher: voucher.code })],
      ...shown.map((one) => {
        const { flag, location } = place(one, language);
        const label = plain(language, 'button-voucher-add', { flag, location });
        return [button(freeLabel(label, troubleOf(one)), { do: 'gift-to', ...of(voucher), subscription: one.id })];
      }),
      [menuButton(language)],
    ),
  };
}

/** Where the new subscription of a voucher is to be: choosing is the confirmation. */
export function voucherPlacesScreen(
  offer: Pick<VoucherOffer, 'voucher' | 'places' | 'timeZone'>,
  language: Language,
): Screen {
  const { places, voucher } = offer;
  const shown = places.slice(0, MOST_PLACES);
  return {
    text: paragraphs(
      words(offer, language),
      t(language, places.length > 0 ? 'voucher-where' : 'voucher-no-place'),
      freeTroubles(
        shown.map(({ trouble }) => trouble),
        language,
      ),
    ),
    keyboard: keyboard(
      ...shown.map((one) => [
        button(freeLabel(locationLabel(one, language), one.trouble), {
          do: 'gift-at',
          ...of(voucher),
          location: one.code,
        }),
      ]),
      [menuButton(language)],
    ),
  };
}

/** For a button that claims it: which one, and what its screen says that it gives. */
const of = (voucher: Voucher) => ({ voucher: voucher.code, shown: fingerprintOf(voucherTerms(voucher)) });

function words({ voucher, timeZone }: Pick<VoucherOffer, 'voucher' | 'timeZone'>, language: Language): string {
  const { planName, claimableUntil: until } = voucher;
  const plan = planName === null ? plain(language, 'voucher-of-reward') : inLanguage(planName, language);
  return paragraphs(
    t(language, 'voucher', { plan, ...grantWords(language, voucher) }),
    partRefundWords(voucher, language),
    until === null ? undefined : t(language, 'voucher-until', { until: moment(until, language, timeZone) }),
  );
}

/** What is left of a gift of which a part of the money goes back. */
function partRefundWords(voucher: Voucher, language: Language): string | undefined {
  const left = leftOf(voucher);
  if (left === undefined) return undefined;
  const { traffic } = grantWords(language, { ...voucher, trafficGb: voucher.trafficGb === null ? null : left.gb });
  return t(language, 'voucher-part-refunded', { term: span(language, left.ms), traffic });
}

/**
 * Why a code gives nothing to this person.
 * - `unknown`: there is none, or it can't be claimed any more: nobody is told which
 * - `one-each`: they have another one of its batch, of which each person may have one
 * - `claimed`: somebody else has it; `yours`: they have it themselves
 * - `revoked`: they had it, and its money was refunded since
 * - `refunded`, `returned`: a gift whose giver has the money back, or has it themselves because nobody claimed it in
 *   time
 */
export type VoucherAnswer = 'unknown' | 'one-each' | 'claimed' | 'yours' | 'revoked' | 'refunded' | 'returned';

export function voucherAnswerScreen(answer: VoucherAnswer, language: Language): Screen {
  const subscriptions = subscriptionsButton(language, 'below');
  return {
    text: t(language, 'voucher-answer', { answer }),
    keyboard: keyboard(
      [answer === 'yours' ? subscriptions : button(plain(language, 'button-voucher-enter'), { do: 'enter-voucher' })],
      [menuButton(language)],
    ),
  };
}

/** Too many wrong codes: none is looked up for a while. @param retryAfterMs at least 1 */
export function voucherLockedScreen(retryAfterMs: number, language: Language): Screen {
  const minutes = Math.ceil(retryAfterMs / MINUTE_MS);
  return { text: t(language, 'voucher-locked', { minutes }), keyboard: keyboard([menuButton(language)]) };
}

/** Asks for a code: the next text is one. */
export function voucherEnterScreen(language: Language): Screen {
  return { text: t(language, 'voucher-enter'), keyboard: keyboard([menuButton(language)]) };
}

/** A voucher that somebody claims. */
interface ClaimInput {
  readonly code: string;
  /** It makes a key that they did not have; else it is added to one that they have. */
  readonly isNewKey: boolean;
}

/** Its workflow is asked, or could not be: pressing the button shows how it stands, and nothing is given twice. */
export function voucherAskedScreen(
  { code, isNewKey, isAsked }: ClaimInput & { readonly isAsked: boolean },
  language: Language,
): Screen {
  return {
    text: isAsked ? t(language, 'voucher-preparing', { key: keyWord(isNewKey) }) : t(language, 'voucher-away'),
    keyboard: keyboard([
      button(plain(language, isAsked ? 'button-refresh' : 'button-try-again'), { do: 'gift', voucher: code }),
    ]),
  };
}

/** How it stands with the voucher that somebody has claimed. */
export function voucherStageScreen(stage: VoucherStage, { code, isNewKey }: ClaimInput, language: Language): Screen {
  if (stage === 'blocked') return blockedScreen(language);
  const text = t(language, 'voucher-stage', { stage, key: keyWord(isNewKey) });
  const subscriptions = subscriptionsButton(language, 'below');
  const support = supportButton(language, 'below');
  const again = button(plain(language, 'button-choose-again'), { do: 'gift', voucher: code });
  switch (stage) {
    case 'panel-unavailable':
    case 'panel-full':
    case 'panel-refuses':
    case 'server-changed':
    case 'no-other-server':
    case 'issued':
    case 'key-owed':
      return { text, keyboard: keyboard([subscriptions], [support, newMenuButton(language)]) };
    case 'not-given':
    case 'panel-gone':
    case 'full':
    case 'unavailable':
    case 'limit-reached':
    case 'changed':
      return { text, keyboard: keyboard([again], [newMenuButton(language)]) };
    case 'unrecorded':
    case 'revoked':
    case 'claimed':
    case 'one-each':
    case 'void':
      return { text, keyboard: keyboard([support], [newMenuButton(language)]) };
  }
}

function keyWord(isNewKey: boolean): 'new' | 'known' {
  return isNewKey ? 'new' : 'known';
}
