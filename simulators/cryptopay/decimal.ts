/** Amounts as whole multiples of 10^-18: money never passes through a float. */

const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);

/** Reads `"125.50"`; undefined for anything that is not a plain decimal. */
export function readDecimal(value: unknown): bigint | undefined {
  const match = typeof value === 'string' ? /^(\d{1,15})(?:\.(\d{1,18}))?$/.exec(value) : null;
  return match ? BigInt(match[1]!) * ONE + BigInt((match[2] ?? '').padEnd(PLACES, '0')) : undefined;
}

/** Writes without zeros at the end. */
export function writeDecimal(value: bigint): string {
  const fraction = String(value % ONE)
    .padStart(PLACES, '0')
    .replace(/0+$/, '');
  return `${value / ONE}${fraction === '' ? '' : `.${fraction}`}`;
}

export function times(a: bigint, b: bigint): bigint {
  return (a * b) / ONE;
}

/** @param places decimals that are kept; the rest is rounded up, so that a payer never pays too little */
export function dividedBy(a: bigint, b: bigint, places: number): bigint {
  const step = 10n ** BigInt(PLACES - places);
  const exact = (a * ONE + b - 1n) / b;
  return ((exact + step - 1n) / step) * step;
}
