/** Amounts as people read them, each in its currency. */
import type { Language } from '../../domain/language';
import { formatMoney, type Money } from '../../domain/money';
import { html, type Html } from '../locales/index';

/** An amount of a payment's, in its currency. */
export const amountOf = ({ currency }: { readonly currency: string }, minor: number, language: Language): string =>
  formatMoney({ currency, minor }, language);

/** `299 ₽`, or the same crossed out and the price after the discount. */
export function priceWords(base: Money, discount: number, language: Language): Html {
  const price = formatMoney({ ...base, minor: base.minor - discount }, language);
  return html(discount === 0 ? price : `<s>${formatMoney(base, language)}</s> ${price}`);
}
