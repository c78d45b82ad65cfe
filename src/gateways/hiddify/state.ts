import { DAY_MS, HOUR_MS, utcDay } from '../../domain/duration';
import { MOST_TRAFFIC_GB, type SubscriptionLimits } from '../../domain/grant';
import type { PanelUserState } from './types';

/** The panel shows at most this many days, and its newer API refuses more. */
const MAX_PACKAGE_DAYS = 10_000;

export interface PanelPeriod {
  /** `YYYY-MM-DD`. */
  readonly startDate: string;
  readonly packageDays: number;
}

/**
 * How far east a panel may live (UTC+14), and an hour for a clock that is not exact. The panel's days end up to this
 * long before those of UTC.
 */
const EASTERNMOST_MS = 15 * HOUR_MS;

/**
 * How long after the end of a subscription and its grace an account may still work by the panel's own calendar: in
 * UTC-12, of a day that had just begun in the east.
 */
export const PANEL_ENDS_WITHIN_MS = EASTERNMOST_MS + DAY_MS + 12 * HOUR_MS;

/**
 * A subscription's period in the panel's calendar days. In every time zone the panel may use it ends after `expiresAt`
 * and the grace, and at most `PANEL_ENDS_WITHIN_MS` after that.
 *
 * The panel counts days of its own time zone, which its API does not tell, and an account stays active through the
 * whole local day `startDate + packageDays` (measured on 10.80.11 and 14.0.5). With `S` the UTC day of the start, and a
 * panel at UTC+o (o from -12 to +14), in days:
 *
 *     panel's end  = S + packageDays + 1 - o  >=  expiresAt + grace
 *     packageDays  = ceil(expiresAt + grace + 15 h) - S - 1
 *
 * So a plan of N days is N or N + 1 days there, and what an app shows of it can be a day or two more than the chat
 * says. That is harmless: the shop's own expiry disables the account when the grace is over; the panel's end only
 * matters if that fails. A start date that is still tomorrow on the panel does not keep the account from working; the
 * remaining days only look larger. A period longer than the panel's most days begins later there: what matters is its
 * end.
 *
 * @param graceMs `SUBSCRIPTION_GRACE`
 * @throws RangeError when the period is empty.
 */
export function panelPeriod(
  { startsAt, expiresAt }: { readonly startsAt: Date; readonly expiresAt: Date },
  graceMs: number,
): PanelPeriod {
  const start = startsAt.getTime();
  const end = expiresAt.getTime();
  if (!(end > start)) throw new RangeError('a panel period must end after it starts');
  const endDay = Math.ceil((end + graceMs + EASTERNMOST_MS) / DAY_MS);
  // Panels take no number that is false to them for a number of days.
  const wanted = Math.max(endDay - Math.floor(start / DAY_MS) - 1, 1);
  const packageDays = Math.min(wanted, MAX_PACKAGE_DAYS);
  const firstDay = endDay - 1 - packageDays;
  return { startDate: utcDay(new Date(firstDay * DAY_MS)), packageDays };
}

/** Limits that a panel's account has. */
export type PanelLimits = Pick<PanelUserState, 'usageLimitGb'>;

/**
 * A subscription's limits in the panel's words. A limit that panels don't have is `{}` here, and so is what the shop
 * sets later. More traffic than panels can limit is no limit to them; such a subscription can't be bought.
 */
export function panelLimits({ trafficGb }: Pick<SubscriptionLimits, 'trafficGb'>): PanelLimits {
  const told = {
    trafficGb: { usageLimitGb: trafficGb !== null && trafficGb > MOST_TRAFFIC_GB ? null : trafficGb },
    unlimitedUntil: {},
    laterTrafficGb: {},
  } satisfies Record<keyof SubscriptionLimits, Partial<PanelLimits>>;
  return { ...told.trafficGb };
}
