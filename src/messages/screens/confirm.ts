/** The last step of a purchase: what the buyer is about to confirm, and what may come between. */
import type { Plan } from '../../domain/catalogue';
import type { Language } from '../../domain/language';
import { formatKopecks, formatMoney } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import { maskedContact, type ReceiptContact } from '../../domain/receiptContact';
import { TRIAL_PLAN } from '../../domain/trial';
import { t, plain } from '../locales/index';
import { amountOf, priceWords } from './amounts';
import { placeWords, type ChosenPlace } from './buy';
import { button, keyboard, menuButton } from './buttons';
import { basePrice, dropButton, priceOf, refusalLine, setAsideLine, type PricedPlan } from './promoPrice';
import type { Screen } from './screen';
import { grantWords, inLanguage, order, paragraphs, promoLine, troubleWarning } from './wording';

/** What the buyer is about to confirm. */
export interface ConfirmInput extends PricedPlan {
  /** `null`: a gift. */
  readonly place: ChosenPlace | null;
  /** The id of the order that this screen confirms. */
  readonly paymentId: string;
  /** Where the receipt goes; `undefined` where the shop makes none. */
  readonly receiptContact?: ReceiptContact | undefined;
  /** The price with the promo code is another one than they have confirmed. */
  readonly promoChanged?: boolean;
}

/** Step 4: the confirmation. */
export function confirmScreen(input: ConfirmInput, language: Language): Screen {
  const { place, plan, promo, paymentId, receiptContact } = input;
  const price = formatKopecks(priceOf(input), language);
  const isFree = priceOf(input) === 0;
  // Free days are added to the trial; a purchase takes its place.
  const endsTrial = place?.endsTrial === true && !isFree;
  const text = confirmText(input, language);
  const trouble = place === null ? undefined : troubleWarning(place.trouble, place.renewal, language, isFree);
  // A trial is on the servers that it is for.
  const isElsewherePossible = trouble !== undefined && place?.renewal === false && plan.code !== TRIAL_PLAN;
  const other = isElsewherePossible ? t(language, 'confirm-trouble-other') : undefined;
  const receipt = receiptContact && t(language, 'confirm-receipt', { contact: maskedContact(receiptContact) });
  return {
    text: paragraphs(
      input.promoChanged === true ? t(language, 'promo-changed') : undefined,
      text,
      promoLine(promo, 'RUB', language),
      setAsideLine(input, language),
      refusalLine(input.refusal, language),
      trouble,
      other,
      endsTrial ? t(language, 'renewal-ends-trial') : undefined,
      ...(place === null || endsTrial ? [] : orderOfTraffic(place, plan, language)),
      receipt,
    ),
    keyboard: keyboard(
      [
        button(isFree ? plain(language, 'button-promo-free') : plain(language, 'button-pay-confirmed', { price }), {
          do: 'pay',
          payment: paymentId,
        }),
      ],
      [
        isElsewherePossible
          ? button(plain(language, 'button-choose-server'), { do: 'servers', location: place.location.code, page: 0 })
          : undefined,
      ],
      [receiptContact && button(plain(language, 'button-change-contact'), { do: 'change-contact' })],
      [dropButton(input.refusal, language)],
      [button(plain(language, 'button-back'), { do: 'plans' }), menuButton(language)],
    ),
  };
}

function confirmText(input: ConfirmInput, language: Language): string {
  const { place, plan, promo } = input;
  const bought = {
    plan: inLanguage(plan.name, language),
    ...grantWords(language, plan),
    price: priceWords(basePrice(plan), promo?.discountKopecks ?? 0, language),
  };
  if (place === null) return t(language, 'confirm-gift', bought);
  return t(language, place.renewal ? 'confirm-renewal' : 'confirm', {
    ...placeWords(place, language),
    ...bought,
    trouble: place.trouble ?? 'none',
    free: String(priceOf(input) === 0),
  });
}

/** What of limited and unlimited days comes first, where a renewal brings the other kind. */
function orderOfTraffic({ traffic }: ChosenPlace, plan: Plan, language: Language): string[] {
  const brings = plan.trafficGb === null ? 'unlimited' : 'limited';
  if (traffic === undefined || traffic === brings) return [];
  if (brings === 'unlimited') return [t(language, 'renewal-unlimited-first')];
  return [t(language, 'renewal-after-unlimited', grantWords(language, plan))];
}

/** The plan costs or gives something else than the buyer confirmed; they must see it before they pay. */
export function planChangedScreen(plan: Omit<Plan, 'priceStars'>, language: Language): Screen {
  return {
    text: t(language, 'plan-changed', {
      plan: inLanguage(plan.name, language),
      ...grantWords(language, plan),
      price: formatMoney(basePrice(plan), language),
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-see-again'), { do: 'plan', plan: plan.code })],
      [menuButton(language)],
    ),
  };
}

/**
 * Another order for the same plan is open, and it is not what the buyer confirmed: they take it up again, or dismiss it
 * and make the new one.
 */
export function otherOrderScreen(other: Payment, input: ConfirmInput, language: Language): Screen {
  const { place, plan, promo, paymentId } = input;
  const price = formatKopecks(priceOf(input), language);
  const otherPrice = amountOf(other, other.priceKopecks, language);
  return {
    text: paragraphs(
      t(language, place === null ? 'other-order-gift' : 'other-order', {
        order: order(other, language),
        ...(place === null ? {} : placeWords(place, language)),
        plan: inLanguage(plan.name, language),
        ...grantWords(language, plan),
        price: priceWords(basePrice(plan), promo?.discountKopecks ?? 0, language),
      }),
      promoLine(promo, 'RUB', language),
    ),
    keyboard: keyboard(
      [button(plain(language, 'button-take-up', { price: otherPrice }), { do: 'take-up', payment: other.id })],
      [button(plain(language, 'button-pay-instead', { price }), { do: 'pay-instead', payment: paymentId })],
      [button(plain(language, 'button-back'), { do: 'plans' }), menuButton(language)],
    ),
  };
}
