/** The numbers that an owner reads: each is one view of the database, and its definition is on the screen. */

/** Money of a day, each in its currency. */
export const DAILY_SUMS = ['gross', 'refunds', 'net'] as const;
export type DailySum = (typeof DAILY_SUMS)[number];

/** People and subscriptions of a day. */
export const DAILY_COUNTS = ['new', 'renewed', 'back', 'lapsed'] as const;
export type DailyCount = (typeof DAILY_COUNTS)[number];

export const DAILY_NUMBERS = [...DAILY_SUMS, ...DAILY_COUNTS] as const;

/** How many days a screen counts together, today among them. */
export const NUMBER_PERIODS = { day: 1, week: 7, month: 30, year: 365 } as const;
export type NumberPeriod = keyof typeof NUMBER_PERIODS;

/** What the shop has come to in a period. */
export interface PeriodNumbers {
  readonly period: NumberPeriod;
  readonly from: string;
  readonly to: string;
  /** One for each currency in which there was money, in minor units. */
  readonly money: readonly ({ readonly currency: string } & Readonly<Record<DailySum, number>>)[];
  readonly counts: Readonly<Record<DailyCount, number>>;
  readonly active: Readonly<Record<'paid' | 'trial' | 'given', number>>;
}

/** The days up to this one, `2026-11-29`, oldest first. */
export function daysUpTo(last: string, count: number): string[] {
  const end = Date.parse(`${last}T00:00:00Z`);
  return Array.from({ length: count }, (_, n) =>
    new Date(end - (count - 1 - n) * 86_400_000).toISOString().slice(0, 10),
  );
}

/**
 * Rows as a spreadsheet in Russian reads them: a byte order mark, semicolons, CRLF. A cell that begins like a formula
 * is text.
 */
export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\ufeff${rows.map((row) => `${row.map(cell).join(';')}\r\n`).join('')}`;
}
