/** Gifts as their givers read them; what whoever claims one reads: `voucher.ts`. */
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import { GIFT_RETURN_DAYS } from '../../domain/voucher/gift';
import type { Gift, GiftsPage } from '../../storage/postgres/gifts';
import { plain, t } from '../locales/index';
import {
  button,
  type Button,
  keyboard,
  menuButton,
  newMenuButton,
  pageButtons,
  shareButton,
  subscriptionsButton,
  supportButton,
} from './buttons';
import type { Screen } from './screen';
import { copyable, days, grantWords, inLanguage, moment, order, orderNumber, paragraphs } from './wording';

/**
 * What the gift is and its link, to be sent on; sent with the card when it is paid. A giver who could not be written to
 * until it was their own reads that.
 */
export function giftScreen(input: Omit<SentGiftInput, 'isRefundable'>, language: Language): Screen {
  const { gift, link } = input;
  if (gift.state === 'returned') return giftNoticeScreen('returned', input, language);
  return {
    text: paragraphs(
      t(language, 'gift-card', { ...words(gift, language), ...linkWords(link), term: returnDays(language) }),
      refundWords(gift, language),
    ),
    keyboard: keyboard([giftShareButton(gift, link, language)], [openButton(gift, language), newMenuButton(language)]),
  };
}

/** A page of what somebody has given, the newest first, each with its state. */
export function giftsScreen(
  input: GiftsPage & {
    readonly timeZone: string;
    /** Whether more of them can be bought. */
    readonly areSold: boolean;
  },
  language: Language,
): Screen {
  const { items, timeZone, areSold } = input;
  return {
    text: paragraphs(
      t(language, items.length === 0 ? 'gifts-none' : 'gifts'),
      ...items.flatMap((gift) => [line(gift, timeZone, language), refundWords(gift, language)]),
    ),
    keyboard: keyboard(
      ...items.map((gift) => [
        button(
          plain(language, 'button-gift-of', {
            number: orderNumber(gift.id),
            plan: inLanguage(gift.planName, language),
          }),
          { do: 'sent-gift', payment: gift.id },
        ),
      ]),
      pageButtons(language, input, (to) => ({ do: 'gifts', page: to })),
      [areSold ? button(plain(language, 'button-give'), { do: 'give' }) : undefined],
      [menuButton(language)],
    ),
  };
}

export interface SentGiftInput {
  readonly gift: Gift;
  readonly link: string;
  /** Whether the shop's rule lets the giver have the money back now. */
  readonly isRefundable: boolean;
  readonly timeZone: string;
}

/** One gift: how it stands, and what its giver can do with it. */
export function sentGiftScreen({ gift, link, isRefundable, timeZone }: SentGiftInput, language: Language): Screen {
  const { state } = gift;
  const price = formatKopecks(gift.priceKopecks, language);
  return {
    text: paragraphs(
      line(gift, timeZone, language),
      refundWords(gift, language),
      state === 'waiting' ? t(language, 'gift-link', linkWords(link)) : undefined,
      state === 'returned' ? t(language, 'gift-own') : undefined,
    ),
    keyboard: keyboard(
      [state === 'waiting' ? giftShareButton(gift, link, language) : undefined],
      [state === 'waiting' || state === 'returned' ? claimButton(gift, language) : undefined],
      [
        isRefundable
          ? button(plain(language, 'button-gift-cancel', { price }), { do: 'cancel-gift', payment: gift.id })
          : undefined,
      ],
      [listButton(language), menuButton(language)],
    ),
  };
}

/** Asks the giver before the gift is given up. */
export function giftCancelScreen(payment: Payment, language: Language): Screen {
  const price = formatKopecks(payment.priceKopecks, language);
  return {
    text: t(language, 'gift-cancel-sure', { order: order(payment, language), price }),
    keyboard: keyboard(
      [button(plain(language, 'button-gift-keep'), { do: 'sent-gift', payment: payment.id })],
      [button(plain(language, 'button-refund-sure', { price }), { do: 'cancel-gift-sure', payment: payment.id })],
    ),
  };
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
        ...words(gift, language),
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
      t(language, 'gift-revoked', { ...words(gift, language), whole: isWhole ? 'yes' : 'no' }),
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

/** There is no such gift of this person's. */
export function giftGoneScreen(language: Language): Screen {
  return { text: t(language, 'gift-gone'), keyboard: keyboard([listButton(language)], [menuButton(language)]) };
}

function line(gift: Gift, timeZone: string, language: Language): string {
  const { state, createdAt, claimedAt, returnedAt } = gift;
  return t(language, 'gift-line', {
    state,
    ...words(gift, language),
    number: orderNumber(gift.id),
    at: moment(createdAt, language, timeZone),
    then: moment(claimedAt ?? returnedAt ?? createdAt, language, timeZone),
  });
}

/** What of its money went back; `undefined`: nothing, or all of it before it was claimed, which its line says. */
function refundWords({ state, refundedKopecks }: Gift, language: Language): string | undefined {
  if (refundedKopecks === 0 || state === 'refunded') return undefined;
  const claimed = state === 'claimed' ? 'yes' : 'no';
  return t(language, 'gift-refunded', { amount: formatKopecks(refundedKopecks, language), claimed });
}

const words = (gift: Gift, language: Language) => ({
  plan: inLanguage(gift.planName, language),
  ...grantWords(language, gift),
});
const linkWords = (link: string) => ({ link: copyable(link) });
const returnDays = (language: Language): string => days(language, GIFT_RETURN_DAYS);

function giftShareButton(gift: Gift, link: string, language: Language): Button | undefined {
  const words =
    gift.refundedKopecks > 0
      ? plain(language, 'gift-share-part')
      : plain(language, 'gift-share', grantWords(language, gift));
  return shareButton(plain(language, 'button-gift-share'), link, words);
}

const openButton = ({ id }: Gift, language: Language): Button =>
  button(plain(language, 'button-gift-open'), { do: 'sent-gift', payment: id });
const claimButton = ({ code }: Gift, language: Language): Button =>
  button(plain(language, 'button-gift-take'), { do: 'gift', voucher: code });

/** To the list of what somebody has given. */
export function listButton(language: Language): Button {
  return button(plain(language, 'button-gifts'), { do: 'gifts', page: 0 });
}
