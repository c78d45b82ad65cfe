/**
 * Gifts as their givers read them in messages of their own; the list of them: `giftList.ts`; what whoever claims one
 * reads: `voucher.ts`.
 */
import type { Language } from '../../domain/language';
import { GIFT_RETURN_DAYS } from '../../domain/voucher/gift';
import type { Gift } from '../../storage/postgres/gifts';
import { plain, t } from '../locales/index';
import { amountOf } from './amounts';
import {
  button,
  type Button,
  keyboard,
  newMenuButton,
  shareButton,
  subscriptionsButton,
  supportButton,
} from './buttons';
import type { Screen } from './screen';
import { copyable, days, grantWords, inLanguage, moment, paragraphs } from './wording';

/**
 * What the gift is and its link, to be sent on; sent with the card when it is paid. A giver who could not be written to
 * until it was their own reads that.
 */
export function giftScreen(input: Omit<SentGiftInput, 'isRefundable'>, language: Language): Screen {
  const { gift, link } = input;
  if (gift.state === 'returned') return giftNoticeScreen('returned', input, language);
  return {
    text: paragraphs(
      t(language, 'gift-card', { ...giftWords(gift, language), ...linkWords(link), term: returnDays(language) }),
      refundWords(gift, language),
    ),
    keyboard: keyboard([giftShareButton(gift, link, language)], [openButton(gift, language), newMenuButton(language)]),
  };
}

export interface SentGiftInput {
  readonly gift: Gift;
  readonly link: string;
  /** Whether the shop's rule lets the giver have the money back now. */
  readonly isRefundable: boolean;
  readonly timeZone: string;
}

/** To the giver: nobody has claimed it yet, somebody has, or it is their own now. */
export function giftNoticeScreen(
  about: 'reminder' | 'claimed' | 'returned',
  { gift, link, timeZone }: Omit<SentGiftInput, 'isRefundable'>,
  language: Language,
): Screen {
  const at = moment(gift.createdAt, language, timeZone);
  return {
    text: paragraphs(
      t(language, 'gift-notice', {
        about,
        ...giftWords(gift, language),
        ...linkWords(link),
        at,
        term: returnDays(language),
      }),
      refundWords(gift, language),
    ),
    keyboard: keyboard(
      [about === 'reminder' ? giftShareButton(gift, link, language) : undefined],
      [about === 'returned' ? claimButton(gift, language) : undefined],
      [openButton(gift, language), newMenuButton(language)],
    ),
  };
}

/** To who has claimed it: money of it goes back, so something of it was revoked. */
export function giftRevokedScreen(gift: Gift, { isWhole, offer, timeZone }: RevokedGift, language: Language): Screen {
  return {
    text: paragraphs(
      t(language, 'gift-revoked', { ...giftWords(gift, language), whole: isWhole ? 'yes' : 'no' }),
      offer &&
        t(language, 'gift-revoked-offer', { percent: offer.percent, until: moment(offer.until, language, timeZone) }),
    ),
    keyboard: keyboard(
      [subscriptionsButton(language, 'below')],
      [button(plain(language, 'button-buy'), { do: 'buy', page: 0 })],
      [supportButton(language, 'below'), newMenuButton(language)],
    ),
  };
}

export interface RevokedGift {
  /** All that lay ahead of it, not the share of a part of the money. */
  readonly isWhole: boolean;
  /** What they are offered off a purchase of their own. */
  readonly offer: { readonly percent: number; readonly until: Date } | undefined;
  readonly timeZone: string;
}

/** What of its money went back; `undefined`: nothing, or all of it before it was claimed, which its line says. */
export function refundWords(gift: Gift, language: Language): string | undefined {
  const { state, refundedKopecks } = gift;
  if (refundedKopecks === 0 || state === 'refunded') return undefined;
  const claimed = state === 'claimed' ? 'yes' : 'no';
  return t(language, 'gift-refunded', { amount: amountOf(gift, refundedKopecks, language), claimed });
}

export const giftWords = (gift: Gift, language: Language) => ({
  plan: inLanguage(gift.planName, language),
  ...grantWords(language, gift),
});
export const linkWords = (link: string) => ({ link: copyable(link) });
const returnDays = (language: Language): string => days(language, GIFT_RETURN_DAYS);

export function giftShareButton(gift: Gift, link: string, language: Language): Button | undefined {
  const words =
    gift.refundedKopecks > 0
      ? plain(language, 'gift-share-part')
      : plain(language, 'gift-share', grantWords(language, gift));
  return shareButton(plain(language, 'button-gift-share'), link, words);
}

const openButton = ({ id }: Gift, language: Language): Button =>
  button(plain(language, 'button-gift-open'), { do: 'sent-gift', payment: id });
export const claimButton = ({ code }: Gift, language: Language): Button =>
  button(plain(language, 'button-gift-take'), { do: 'gift', voucher: code });
