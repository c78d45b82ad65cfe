import type { Language } from './language';

/**
 * An amount, in the smallest unit of its currency: kopecks of RUB, whole Telegram Stars (XTR). What somebody else says
 * may be in a currency that the shop does not know. Plain numbers, so that histories can hold it.
 */
export interface Money {
  readonly currency: string;
  /** A safe integer, at least 0. */
  readonly minor: number;
}

interface CurrencyFacts {
  /** How many digits of an amount come after the point (ISO 4217; Telegram for XTR). */
  readonly exponent: number;
  /** The sign, and where people write it; without one the currency's code follows the number. */
  readonly sign?: { readonly of: string; readonly first: Readonly<Record<Language, boolean>> };
}

/** The currencies that are known here. Nothing is ever converted from one to another. */
const CURRENCIES: ReadonlyMap<string, CurrencyFacts> = new Map<string, CurrencyFacts>([
  ['RUB', { exponent: 2, sign: { of: '₽', first: { ru: false, en: true } } }],
  ['XTR', { exponent: 0, sign: { of: '⭐', first: { ru: false, en: false } } }],
  ['USD', { exponent: 2 }],
  ['EUR', { exponent: 2 }],
  ['USDT', { exponent: 6 }],
]);

/** @throws RangeError for a currency of which that is not known: an amount of it can't be written down */
export function exponentOf(currency: string): number {
  const known = CURRENCIES.get(currency);
  if (known === undefined) throw new RangeError(`not a currency of the shop: ${currency}`);
  return known.exponent;
}

/** Whether both are the same amount of the same currency. */
export function isSameMoney(one: Money, other: Money): boolean {
  return one.currency === other.currency && one.minor === other.minor;
}

/** For operators and logs, the same in every language: `199.00 RUB`, `250 XTR`. */
export function moneyText({ currency, minor }: Money): string {
  const known = CURRENCIES.get(currency);
  if (known === undefined) return `${minor} of the smallest unit of ${currency}`;
  return `${(minor / 10 ** known.exponent).toFixed(known.exponent)} ${currency}`;
}

/** Amounts by currency, which are not added up: what came in roubles is no part of what came in Stars. */
export type Sums = Readonly<Record<string, number>>;

const listOf = (sums: Sums): Money[] =>
  Object.entries(sums)
    .filter(([, minor]) => minor !== 0)
    .map(([currency, minor]) => ({ currency, minor }))
    .toSorted((a, b) => a.currency.localeCompare(b.currency));

/** @param amounts each counts to the sum of its currency */
export function sumsOf(amounts: Iterable<Money>): Sums {
  const sums: Record<string, number> = {};
  for (const { currency, minor } of amounts) sums[currency] = (sums[currency] ?? 0) + minor;
  return sums;
}

/** For people: `199 ₽ + 250 ⭐`. Where there is none: none of `currency`. */
export function formatSums(sums: Sums, language: Language, currency = 'RUB'): string {
  const all = listOf(sums);
  return (all.length === 0 ? [{ currency, minor: 0 }] : all).map((one) => formatMoney(one, language)).join(' + ');
}

/** By how many digits come after the point. */
type Formats = ReadonlyMap<number, Intl.NumberFormat>;

const formatsOf = (locale: string): Formats =>
  new Map(
    [0, ...[...CURRENCIES.values()].map(({ exponent }) => exponent)].map((digits) => {
      const digitsShown = { minimumFractionDigits: Math.min(2, digits), maximumFractionDigits: digits };
      return [digits, new Intl.NumberFormat(locale, digitsShown)];
    }),
  );
/** Made once: making one takes 30 times as long as using it. */
const FORMATS: Readonly<Record<Language, Formats>> = { ru: formatsOf('ru-RU'), en: formatsOf('en-US') };

/**
 * A price for people: `199 ₽`, `1 990,50 ₽` (ru), `₽199`, `₽1,990.50` (en), `250 ⭐`, `3.50 USDT`. Digits after the
 * point are shown only where there are some.
 */
export function formatMoney({ currency, minor }: Money, language: Language): string {
  const known = CURRENCIES.get(currency);
  if (known === undefined) return moneyText({ currency, minor });
  const { exponent, sign } = known;
  const isWhole = minor % 10 ** exponent === 0;
  const number = FORMATS[language].get(isWhole ? 0 : exponent)!.format(minor / 10 ** exponent);
  if (sign === undefined) return `${number} ${currency}`;
  return sign.first[language] ? `${sign.of}${number}` : `${number} ${sign.of}`;
}

/** The same of roubles, which is what owners write prices in. @param kopecks integer */
export function formatKopecks(kopecks: number, language: Language): string {
  return formatMoney({ currency: 'RUB', minor: kopecks }, language);
}
