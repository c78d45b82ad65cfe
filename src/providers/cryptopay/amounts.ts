import { exponentOf, type Money } from '../../domain/money';
import { decimalToMinor, minorToDecimal } from '../../gateways/cryptopay/decimal';

/** Of currencies that the shop does not know, hundredths are read: they are never its price. */
const PLACES_OF_OTHERS = 2;
/** Decimals of an amount in an asset: what Crypto Pay itself gives, and no asset has fewer. */
const ASSET_PLACES = 8;

/** What an invoice is of; an amount finer than the smallest unit counts without the rest. */
export function moneyOf({ currency, amount }: { readonly currency: string; readonly amount: string }): Money {
  const places = placesOf(currency);
  const [whole = '0', fraction = ''] = amount.split('.');
  return { currency, minor: decimalToMinor(`${whole}.${fraction.slice(0, places).padEnd(places, '0')}`, places) ?? 0 };
}

function placesOf(currency: string): number {
  try {
    return exponentOf(currency);
  } catch {
    return PLACES_OF_OTHERS;
  }
}

/** @throws RangeError for another currency than that of the shop's prices at Crypto Pay */
export function kopecksOf({ currency, minor }: Money): number {
  if (currency !== 'RUB') throw new RangeError(`invoices of Crypto Pay are in RUB, not in ${currency}`);
  return minor;
}

/** As the comment of a transfer says it: `990.00 RUB`. */
export function writeMoney({ currency, minor }: Money): string {
  return `${minorToDecimal(minor, placesOf(currency))} ${currency}`;
}

/**
 * What goes back of what was paid in an asset, for a part of the price. Rounded down, so that parts never come to more
 * than was paid.
 */
export function partOf(paid: string, part: Money, price: Money): string {
  if (part.minor === price.minor) return paid;
  return fromUnits((toUnits(paid) * BigInt(part.minor)) / BigInt(price.minor));
}

/** Which part of the price an amount in the asset is, to the nearest smallest unit. */
export function shareOf(transferred: string, paid: string, price: Money): Money {
  const [part, whole] = [toUnits(transferred) * BigInt(price.minor), toUnits(paid)];
  return { ...price, minor: whole === 0n ? 0 : Number((2n * part + whole) / (2n * whole)) };
}

function toUnits(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.slice(0, ASSET_PLACES).padEnd(ASSET_PLACES, '0')}`);
}

function fromUnits(units: bigint): string {
  const digits = String(units).padStart(ASSET_PLACES + 1, '0');
  return `${digits.slice(0, -ASSET_PLACES)}.${digits.slice(-ASSET_PLACES)}`;
}
