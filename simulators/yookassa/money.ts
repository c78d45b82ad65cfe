import { invalid } from './errors';

export interface WireAmount {
  readonly value: string;
  readonly currency: string;
}

export function toWire(kopecks: number, currency: string): WireAmount {
  return { value: `${Math.trunc(kopecks / 100)}.${String(kopecks % 100).padStart(2, '0')}`, currency };
}

/**
 * Reads a money object of a request. Strict unless `lenient`: the docs promise "a string, always fractional" and
 * say nothing about `"100"` or the number 100, so a client must not rely on them.
 */
export function readAmount(amount: unknown, parameter: string, lenient: boolean): number {
  if (typeof amount !== 'object' || amount === null) throw invalid('Invalid request parameter', parameter);
  const { value, currency } = amount as { value?: unknown; currency?: unknown };
  if (currency !== 'RUB') throw invalid('Currency code is illegal', `${parameter}.currency`);
  const text = lenient && typeof value === 'number' ? value.toFixed(2) : value;
  const match = typeof text === 'string' ? /^(\d{1,10})(?:\.(\d{2}))?$/.exec(text) : null;
  if (!match || (match[2] === undefined && !lenient)) throw invalid('Payment amount is illegal', `${parameter}.value`);
  return Number(match[1]) * 100 + Number(match[2] ?? 0);
}
