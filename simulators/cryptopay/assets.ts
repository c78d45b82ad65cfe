import { dividedBy, readDecimal, times, writeDecimal } from './decimal';

/** What invoices may be paid in (Crypto Pay docs, createInvoice `asset`), with the decimals of getCurrencies. */
export const ASSETS: Readonly<Record<string, { readonly name: string; readonly decimals: number; usd: string }>> = {
  USDT: { name: 'Tether', decimals: 18, usd: '1' },
  TON: { name: 'Toncoin', decimals: 9, usd: '2.5' },
  BTC: { name: 'Bitcoin', decimals: 8, usd: '90000' },
  ETH: { name: 'Ethereum', decimals: 18, usd: '3000' },
  LTC: { name: 'Litecoin', decimals: 8, usd: '80' },
  BNB: { name: 'Binance Coin', decimals: 18, usd: '800' },
  TRX: { name: 'Tron', decimals: 6, usd: '0.25' },
  USDC: { name: 'USD Coin', decimals: 18, usd: '1' },
};
/** An asset that only the test network has. */
export const TEST_ASSET = 'JET';

/** Fiat currencies of invoices (Crypto Pay docs, createInvoice `fiat`), and units of each for one US dollar. */
export const FIATS: Readonly<Record<string, string>> = {
  USD: '1',
  EUR: '0.86',
  RUB: '80',
  BYN: '3.2',
  UAH: '42',
  GBP: '0.75',
  CNY: '7.1',
  KZT: '520',
  UZS: '12000',
  GEL: '2.7',
  TRY: '42',
  AMD: '380',
  THB: '32',
  INR: '89',
  BRL: '5.4',
  IDR: '16700',
  AZN: '1.7',
  AED: '3.67',
  PLN: '3.65',
  ILS: '3.25',
};
/** What an invoice's receipt may be converted to (Crypto Pay docs, createInvoice `swap_to`). */
export const SWAP_ASSETS = ['USDT', 'TON', 'TRX', 'ETH', 'SOL', 'BTC', 'LTC'];

/** Places kept of what a payer pays; the service publishes none. */
export const PAID_PLACES = 8;

/** Price of one unit of the asset. @param overrides prices in roubles set by `PUT /_sim/rates` */
export function rateOf(asset: string, fiat: string, overrides: Readonly<Record<string, string>>): bigint {
  const inDollars = readDecimal(ASSETS[asset]?.usd ?? '1')!;
  const own = readDecimal(overrides[asset]);
  if (own === undefined) return times(inDollars, readDecimal(FIATS[fiat])!);
  return times(own, dividedBy(readDecimal(FIATS[fiat])!, readDecimal(FIATS['RUB'])!, 18));
}

/** `getCurrencies`. */
export function currencies(): unknown[] {
  return [
    ...Object.entries(ASSETS).map(([code, { name, decimals }]) => ({
      is_blockchain: true,
      is_stablecoin: code.startsWith('USD'),
      is_fiat: false,
      name,
      code,
      decimals,
    })),
    ...Object.keys(FIATS).map((code) => ({
      is_blockchain: false,
      is_stablecoin: false,
      is_fiat: true,
      name: code,
      code,
      decimals: 8,
    })),
  ];
}

/** `getExchangeRates`: every asset in every fiat. */
export function exchangeRates(
  overrides: Readonly<Record<string, string>>,
  { ratesInvalid, rateMissing }: { ratesInvalid?: true | undefined; rateMissing?: string | undefined },
): unknown[] {
  return Object.keys(ASSETS)
    .filter((source) => source !== rateMissing)
    .flatMap((source) =>
      Object.keys(FIATS).map((target) => ({
        is_valid: ratesInvalid !== true,
        is_crypto: true,
        is_fiat: false,
        source,
        target,
        rate: writeDecimal(rateOf(source, target, overrides)),
      })),
    );
}
