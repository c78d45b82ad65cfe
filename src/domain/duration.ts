export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNITS = { ms: 1, s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;

/** The day in UTC, as `2026-01-31`; `new Date` of it is its first moment. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** Ten years. A date that far away can be computed with; one in a million years cannot. */
const LONGEST_MS = 3_650 * DAY_MS;

/**
 * Milliseconds of `10s`, `5m`, `24h`, `2d`, `250ms`; `undefined` for anything else: zero, negative ones, and those of
 * more than ten years.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return value > 0 && value <= LONGEST_MS ? value : undefined;
}

/** The shortest text that `parseDuration` reads as so many milliseconds. */
export function formatDuration(ms: number): string {
  const fits = Object.entries(UNITS).findLast(([, unit]) => ms % unit === 0);
  const [name, unit] = fits!;
  return `${ms / unit}${name}`;
}
