/** Days that somebody of the owner's desk gives to a subscription. */
import { DAY_MS } from './duration';
import { MOST_DAYS_OF_STAFF, type DeskAct } from './staff';

/** The days that the desk offers. */
export const OFFERED_DAYS = [1, 3, 7, 14, 30, 90, 365] as const;

/** More at once are a mistake. */
const MOST_DAYS = 400;
/** No subscription ends later. */
const LATEST_END = Date.UTC(2100, 0, 1);

/** Who may give so many. */
export function actOfDays(days: number): DeskAct {
  return days > MOST_DAYS_OF_STAFF ? 'many-days' : 'days';
}

/**
 * Why days are not given.
 * - `not-allowed`: the role of who gives them does not allow it, by now
 * - `unavailable`: the subscription is not this person's, does not live, or has no key
 * - `changed-since`: it ends at another time than was shown: somebody else was first
 * - `too-many`, `after-2100`, `limit-reached`: so many; an end after 2100; further than panels count
 */
export const DESK_DAYS_REFUSALS = [
  ...(['not-allowed', 'unavailable', 'changed-since', 'too-many', 'after-2100', 'limit-reached'] as const),
] as const;
export type DeskDaysRefusal = (typeof DESK_DAYS_REFUSALS)[number];

/** When a subscription would end with so many days more: they follow its end, or begin now. */
export function endWithDays(expiresAt: Date, days: number, now: Date): Date {
  return new Date(Math.max(expiresAt.getTime(), now.getTime()) + days * DAY_MS);
}

/** Why so many days can't be given to a subscription that ends then; `undefined`: they can. */
export function whyNotDays(expiresAt: Date, days: number, now: Date): 'too-many' | 'after-2100' | undefined {
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) return 'too-many';
  return endWithDays(expiresAt, days, now).getTime() > LATEST_END ? 'after-2100' : undefined;
}
