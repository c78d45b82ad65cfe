/**
 * Money as YooKassa writes it: `{"value": "990.00", "currency": "RUB"}`, a string with a dot and always two decimals
 * (YooKassa docs, data formats). The shop uses integer kopecks; only the functions of this file convert between the
 * two.
 */
export interface YooAmount {
  readonly value: string;
  readonly currency: string;
}

const VALUE = /^(0|[1-9]\d{0,12})\.(\d{2})$/;

/**
 * Integer kopecks to the value of a money object: `99000` to `"990.00"`.
 *
 * @throws RangeError for anything but a safe integer of at least 0, so that a wrongly computed price reaches nobody.
 */
export function kopecksToValue(kopecks: number): string {
  if (!Number.isSafeInteger(kopecks) || kopecks < 0) throw new RangeError(`not an amount in kopecks: ${kopecks}`);
  return `${Math.trunc(kopecks / 100)}.${String(kopecks % 100).padStart(2, '0')}`;
}

/**
 * The value of a money object as integer kopecks, computed without floats. `undefined` for every other form
 * (`"990"`, `"990.0"`, `"1e3"`, `990`): such an answer is unreadable, an amount is never guessed.
 */
export function valueToKopecks(value: unknown): number | undefined {
  const match = typeof value === 'string' ? VALUE.exec(value) : null;
  return match ? Number(match[1]) * 100 + Number(match[2]) : undefined;
}

export function rubles(kopecks: number): YooAmount {
  return { value: kopecksToValue(kopecks), currency: 'RUB' };
}
