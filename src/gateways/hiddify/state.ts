import { DAY_MS } from '../../domain/duration';
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
 * A subscription's period in the panel's calendar days. In every time zone the panel may use it ends after `expiresAt`.
 *
 * The panel counts days of its own time zone, which its API does not tell, and an account stays active through the
 * whole local day `startDate + packageDays`. With `S` the UTC day of the start, `E` the UTC day that holds the last
 * moment before `expiresAt`, and a panel at UTC+o (o from -12 to +14):
 *
 *     packageDays  = E - S + 1
 *     panel's end  = S + packageDays + 1 days - o  =  E + 2 days - o  >=  E + 1 day + 10 h  >  expiresAt
 *
 * The extra day makes the inequality hold for UTC+14 with 10 h to spare; at UTC-12 the panel ends up to 2.5 days late.
 * That is harmless: the shop's own expiry disables the account at `expiresAt`; the panel's end only matters if that
 * fails. A start date that is still tomorrow on the panel does not keep the account from working; the remaining days
 * only look larger.
 *
 * A period longer than the panel's most days begins later there: what matters is its end.
 *
 * @throws RangeError when the period is empty.
 */
export function panelPeriod({ startsAt, expiresAt }: { startsAt: Date; expiresAt: Date }): PanelPeriod {
  const start = startsAt.getTime();
  const end = expiresAt.getTime();
  if (!(end > start)) throw new RangeError('a panel period must end after it starts');
  const lastDay = Math.floor((end - 1) / DAY_MS);
  const packageDays = Math.min(lastDay - Math.floor(start / DAY_MS) + 1, MAX_PACKAGE_DAYS);
  const firstDay = lastDay + 1 - packageDays;
  return { startDate: new Date(firstDay * DAY_MS).toISOString().slice(0, 10), packageDays };
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
