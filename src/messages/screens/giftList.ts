/** What somebody has given: the list of it, and each gift with what its giver can do. */
import type { Language } from '../../domain/language';
import type { Payment } from '../../domain/payment';
import type { Gift, GiftsPage } from '../../storage/postgres/gifts';
import { plain, t } from '../locales/index';
import { amountOf } from './amounts';
import { button, giftsButton, keyboard, menuButton, pageButtons } from './buttons';
import { claimButton, giftShareButton, giftWords, linkWords, refundWords, type SentGiftInput } from './gift';
import type { Screen } from './screen';
import { inLanguage, moment, order, orderNumber, paragraphs } from './wording';

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

/** One gift: how it stands, and what its giver can do with it. */
export function sentGiftScreen({ gift, link, isRefundable, timeZone }: SentGiftInput, language: Language): Screen {
  const { state } = gift;
  const price = amountOf(gift, gift.priceKopecks, language);
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
      [giftsButton(language), menuButton(language)],
    ),
  };
}

/** Asks the giver before the gift is given up. */
export function giftCancelScreen(payment: Payment, language: Language): Screen {
  const price = amountOf(payment, payment.priceKopecks, language);
  return {
    text: t(language, 'gift-cancel-sure', { order: order(payment, language), price }),
    keyboard: keyboard(
      [button(plain(language, 'button-gift-keep'), { do: 'sent-gift', payment: payment.id })],
      [button(plain(language, 'button-refund-sure', { price }), { do: 'cancel-gift-sure', payment: payment.id })],
    ),
  };
}

/** There is no such gift of this person's. */
export function giftGoneScreen(language: Language): Screen {
  return { text: t(language, 'gift-gone'), keyboard: keyboard([giftsButton(language)], [menuButton(language)]) };
}

function line(gift: Gift, timeZone: string, language: Language): string {
  const { state, createdAt, claimedAt, returnedAt } = gift;
  return t(language, 'gift-line', {
    state,
    ...giftWords(gift, language),
    number: orderNumber(gift.id),
    at: moment(createdAt, language, timeZone),
    then: moment(claimedAt ?? returnedAt ?? createdAt, language, timeZone),
  });
}
