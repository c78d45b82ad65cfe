import type { Language } from './language';

/** ISO 4217; the shop sells in roubles only, other currencies are recognised so that they can be refused. */
export type Currency = 'RUB';

/**
 * An amount, in the smallest unit of its currency: kopecks of RUB, whole Telegram Stars (XTR). What somebody else says
 * may be in a currency that the shop does not know. Plain numbers, so that histories can hold it.
 */
export interface Money {
  readonly currency: string;
  /** A safe integer, at least 0. */
  readonly minor: number;
}

/** How many digits of a currency's amount come after the point (ISO 4217; Telegram for XTR). */
const EXPONENTS: Readonly<Record<string, number>> = { RUB: 2, USD: 2, EUR: 2, XTR: 0 };

/** @throws RangeError for a currency of which that is not known: an amount of it can't be written down */
export function exponentOf(currency: string): number {
  const exponent = EXPONENTS[currency];
  if (exponent === undefined) throw new RangeError(`not a currency of the shop: ${currency}`);
  return exponent;
}

/** For operators and logs, the same in every language: `199.00 RUB`, `250 XTR`. */
export function moneyText({ currency, minor }: Money): string {
  const exponent = EXPONENTS[currency];
  return exponent === undefined
    ? `${minor} of the smallest unit of ${currency}`
    : `${decimal(minor, exponent)} ${currency}`;
}

/** An amount with its decimal point, exactly. */
function decimal(minor: number, exponent: number): string {
  return (minor / 10 ** exponent).toFixed(exponent);
}

/** Whether both are the same amount of the same currency. */
export function isSameMoney(one: Money, other: Money): boolean {
  return one.currency === other.currency && one.minor === other.minor;
}

// Made once: making one takes 30 times as long as using it.
const numbers = (locale: string) => ({
  whole: new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }),
  withKopecks: new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
});
const NUMBERS = { ru: numbers('ru-RU'), en: numbers('en-US') } satisfies Record<Language, unknown>;

/**
 * A price for people: `199 ₽`, `1 990,50 ₽` (ru), `₽199`, `₽1,990.50` (en). Kopecks are shown only where there are
 * some.
 * @param kopecks integer
 */
export function formatKopecks(kopecks: number, language: Language): string {
  const { whole, withKopecks } = NUMBERS[language];
  const number = (kopecks % 100 === 0 ? whole : withKopecks).format(kopecks / 100);
  return language === 'ru' ? `${number} ₽` : `₽${number}`;
}
