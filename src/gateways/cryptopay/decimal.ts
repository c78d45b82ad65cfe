/**
 * Amounts as Crypto Pay writes them: text with a dot and any number of decimals (`"990"`, `"990.0"`, `"0.0150"`). They
 * never pass through a float; whoever compares two does so by their smallest unit.
 */

const DECIMAL = /^(0|[1-9]\d{0,14})(?:\.(\d{1,30}))?$/;

/** Whether it is a decimal without sign and exponent. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/**
 * The amount in its smallest unit: `"990.5"` with two places is 99050.
 * @param places decimals of the currency, 2 for RUB
 * @returns `undefined` for anything that is no decimal, and for one that is finer than the smallest unit
 */
export function decimalToMinor(text: string, places: number): number | undefined {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined || /[1-9]/.test(fraction.slice(places))) return undefined;
  const minor = Number(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
  return Number.isSafeInteger(minor) ? minor : undefined;
}

/**
 * The amount as text: 99050 with two places is `"990.50"`.
 * @throws RangeError for anything but a safe integer of at least 0, so that a wrongly computed price reaches nobody
 */
export function minorToDecimal(minor: number, places: number): string {
  if (!Number.isSafeInteger(minor) || minor < 0) throw new RangeError(`not an amount in the smallest unit: ${minor}`);
  const digits = String(minor).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
