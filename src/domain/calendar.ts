import { DAY_MS } from './duration';

/** The number of an instant's calendar day in some time zone; consecutive days have consecutive numbers. */
export type CalendarDay = (at: Date) => number;

/** The time zone of whoever has not chosen one, and of one that this runtime does not know. */
export const DEFAULT_TIME_ZONE = 'Europe/Moscow';

/**
 * Calendar days of time zones, remembered by zone because making a formatter costs a thousand times what using one
 * does. A zone that this runtime does not know counts as Moscow.
 */
export function createCalendar(): (timeZone: string) => CalendarDay {
  const zones = new Map<string, CalendarDay>();
  return (timeZone) => {
    const known = zones.get(timeZone);
    if (known) return known;
    const format = formatterOf(timeZone);
    const day: CalendarDay = (at) => Math.round(Date.parse(`${format.format(at)}T00:00:00Z`) / DAY_MS);
    zones.set(timeZone, day);
    return day;
  };
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  // Swedish dates are YYYY-MM-DD.
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat('sv-SE', { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: DEFAULT_TIME_ZONE });
  }
}
