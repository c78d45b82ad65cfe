/** The last step of a purchase: what the buyer is about to confirm, and what may come between. */
import type { Plan } from '../../domain/catalogue';
import type { Language } from '../../domain/language';
import { formatKopecks } from '../../domain/money';
import type { Payment } from '../../domain/payment';
import { maskedContact, type ReceiptContact } from '../../domain/receiptContact';
import { t, plain } from '../locales/index';
import { placeWords, type ChosenPlace } from './buy';
import { button, keyboard, menuButton } from './buttons';
import type { Screen } from './screen';
import { grantWords, inLanguage, order, paragraphs, troubleWarning } from './wording';

/** What the buyer is about to confirm. */
export interface ConfirmInput {
  readonly place: ChosenPlace;
  readonly plan: Plan;
  /** The id of the order that this screen confirms. */
  readonly paymentId: string;
  /** Where the receipt goes; `undefined` where the shop makes none. */
  readonly receiptContact?: ReceiptContact | undefined;
}

/** Step 4: the confirmation. */
export function confirmScreen({ place, plan, paymentId, receiptContact }: ConfirmInput, language: Language): Screen {
  const price = formatKopecks(plan.priceKopecks, language);
  const text = t(language, place.renewal ? 'confirm-renewal' : 'confirm', {
    ...placeWords(place, language),
    plan: inLanguage(plan.name, language),
    ...grantWords(language, plan),
    price,
    trouble: place.trouble ?? 'none',
  });
  const trouble = troubleWarning(place.trouble, place.renewal, language);
  const other = trouble === undefined || place.renewal ? undefined : t(language, 'confirm-trouble-other');
  const receipt = receiptContact && t(language, 'confirm-receipt', { contact: maskedContact(receiptContact) });
  return {
    text: paragraphs(text, trouble, other, ...orderOfTraffic(place, plan, language), receipt),
    keyboard: keyboard(
      [button(plain(language, 'button-pay-confirmed', { price }), { do: 'pay', payment: paymentId })],
      [
        other !== undefined
          ? button(plain(language, 'button-choose-server'), { do: 'servers', location: place.location.code, page: 0 })
          : undefined,
      ],
      [receiptContact && button(plain(language, 'button-change-contact'), { do: 'change-contact' })],
      [button(plain(language, 'button-back'), { do: 'plans' }), menuButton(language)],
    ),
  };
}

/** What of limited and unlimited days comes first, where a renewal brings the other kind. */
function orderOfTraffic({ traffic }: ChosenPlace, plan: Plan, language: Language): string[] {
  const brings = plan.trafficGb === null ? 'unlimited' : 'limited';
  if (traffic === undefined || traffic === brings) return [];
  if (brings === 'unlimited') return [t(language, 'renewal-unlimited-first')];
  return [t(language, 'renewal-after-unlimited', grantWords(language, plan))];
}

/** The plan costs or gives something else than the buyer confirmed; they must see it before they pay. */
export function planChangedScreen(plan: Omit<Plan, 'currency'>, language: Language): Screen {
  return {
    text: t(language, 'plan-changed', {
      plan: inLanguage(plan.name, language),
      ...grantWords(language, plan),
      price: formatKopecks(plan.priceKopecks, language),
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
export function otherOrderScreen(other: Payment, { place, plan, paymentId }: ConfirmInput, language: Language): Screen {
  const price = formatKopecks(plan.priceKopecks, language);
  const otherPrice = formatKopecks(other.priceKopecks, language);
  return {
    text: t(language, 'other-order', {
      order: order(other, language),
      ...placeWords(place, language),
      plan: inLanguage(plan.name, language),
      ...grantWords(language, plan),
      price,
    }),
    keyboard: keyboard(
      [button(plain(language, 'button-take-up', { price: otherPrice }), { do: 'take-up', payment: other.id })],
      [button(plain(language, 'button-pay-instead', { price }), { do: 'pay-instead', payment: paymentId })],
      [button(plain(language, 'button-back'), { do: 'plans' }), menuButton(language)],
    ),
  };
}
