/**
 * Money as YooKassa writes it: `{"value": "990.00", "currency": "RUB"}`, a string with a dot and always two decimals
 * (YooKassa docs, data formats). Here it is integer kopecks; these two functions are the only bridge.
 */
export interface YooAmount {
  readonly value: string;
  readonly currency: string;
}

const VALUE = /^(0|[1-9]\d{0,12})\.(\d{2})$/;

/**
 * Integer kopecks to the value of a money object: `99000` to `"990.00"`.
 *
 * @throws RangeError for anything but a safe integer of at least 0: a price computed wrong must not reach the buyer.
 */
export function kopecksToValue(kopecks: number): string {
  if (!Number.isSafeInteger(kopecks) || kopecks < 0) throw new RangeError(`not an amount in kopecks: ${kopecks}`);
  return `${Math.trunc(kopecks / 100)}.${String(kopecks % 100).padStart(2, '0')}`;
}

/**
 * The value of a money object to integer kopecks, without passing through a float. `undefined` for every other writing
 * (`"990"`, `"990.0"`, `"1e3"`, `990`): an amount that has to be guessed is an unreadable answer, not an amount.
 */
export function valueToKopecks(value: unknown): number | undefined {
  const match = typeof value === 'string' ? VALUE.exec(value) : null;
  return match ? Number(match[1]) * 100 + Number(match[2]) : undefined;
}

export function rubles(kopecks: number): YooAmount {
  return { value: kopecksToValue(kopecks), currency: 'RUB' };
}
