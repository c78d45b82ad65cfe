import type { Money } from '../../domain/money';

/** YooKassa writes every currency with two decimals (YooKassa docs, data formats). */
export function moneyOf({ amountKopecks, currency }: { amountKopecks: number; currency: string }): Money {
  return { currency, minor: amountKopecks };
}

/** @throws RangeError for another currency than that of the shop's prices at YooKassa */
export function kopecksOf({ currency, minor }: Money): number {
  if (currency !== 'RUB') throw new RangeError(`YooKassa takes RUB, not ${currency}`);
  return minor;
}
