import { DAY_MS, HOUR_MS } from '../../domain/duration';
import type { Language } from '../../domain/language';
import { plain } from '../locales/index';

/** A length of time in days and hours, rounded down. */
export function span(language: Language, ms: number): string {
  const count = { days: Math.floor(ms / DAY_MS), hours: Math.floor((ms % DAY_MS) / HOUR_MS) };
  const words = [
    count.days > 0 ? plain(language, 'days', { days: count.days }) : undefined,
    count.hours > 0 || count.days === 0 ? plain(language, 'hours', { hours: count.hours }) : undefined,
  ];
  return words.filter((part) => part !== undefined).join(' ');
}
