/**
 * What a plan gives, as one object. A new field is added to `PlanGrant`; from there the compiler names every place that
 * has to say what it means. The object literals below leave no field out because their types don't allow it.
 */
import { DAY_MS } from './duration';

/**
 * The most GiB that are a limit: one more means "no limit" to panels, which is how owners write it, too. So this is where
 * a number of GiB stops; unlimited is `null` everywhere in the shop.
 */
export const MOST_TRAFFIC_GB = 999_999;

/** Days that a subscription may be paid ahead. Panels count 10,000; some are left for their calendar and for outages. */
export const MOST_DAYS_AHEAD = 9_950;

/** What a plan grants, and what a payment froze of it at the tap. */
export interface PlanGrant {
  readonly days: number;
  /** Traffic in GiB, `null` for unlimited. */
  readonly trafficGb: number | null;
}

/** Of a plan or an order, what it grants. */
export function grantOf({ days, trafficGb }: PlanGrant): { [Field in keyof PlanGrant]-?: PlanGrant[Field] } {
  return { days, trafficGb };
}

export function isSameGrant(one: PlanGrant, other: PlanGrant): boolean {
  const [a, b] = [grantOf(one), grantOf(other)];
  return Object.entries(a).every(([field, value]) => b[field as keyof PlanGrant] === value);
}

/**
 * What a subscription is allowed besides its term: what its account on the panel is limited to.
 *
 * Unlimited days come first, from the moment they are there; what was bought by the GiB, and is not used by then, comes
 * after them. Panels know one limit of an account's whole life and no times, so the shop sets the limit when the
 * unlimited time is over.
 */
export interface SubscriptionLimits extends Omit<PlanGrant, 'days'> {
  /** Until when traffic is unlimited; `null`: it is limited, to `trafficGb`. */
  readonly unlimitedUntil: Date | null;
  /** GiB that may be used once that time is over; 0 while traffic is limited. */
  readonly laterTrafficGb: number;
}

/** Whether panels can be told what a subscription would be after these renewals: all its days, and all its traffic. */
export function fitsPanels(
  current: SubscriptionLimits & { readonly expiresAt: Date },
  renewals: readonly PlanGrant[],
  now: Date,
): boolean {
  const days = renewals.reduce((sum, renewal) => sum + renewal.days, 0);
  const aheadMs = Math.max(current.expiresAt.getTime() - now.getTime(), 0) + days * DAY_MS;
  const limitGb = current.trafficGb ?? current.laterTrafficGb;
  const trafficGb = renewals.reduce((sum, renewal) => sum + (renewal.trafficGb ?? 0), limitGb);
  return aheadMs <= MOST_DAYS_AHEAD * DAY_MS && trafficGb <= MOST_TRAFFIC_GB;
}

/** Whether a subscription goes on although its unlimited time is over. */
export function isUnlimitedOver(
  { unlimitedUntil, expiresAt }: Pick<SubscriptionLimits, 'unlimitedUntil'> & { readonly expiresAt: Date },
  now: Date,
): boolean {
  return unlimitedUntil !== null && unlimitedUntil <= now && unlimitedUntil < expiresAt && now < expiresAt;
}

/** The limits while traffic is limited, to so many GiB of the account's life. */
export function limitedTo(gb: number): SubscriptionLimits {
  // To a panel 0 is no limit that means anything.
  const trafficGb = Math.min(Math.max(gb, 1), MOST_TRAFFIC_GB);
  return { trafficGb, unlimitedUntil: null, laterTrafficGb: 0 };
}

/** Panels keep whole bytes, so limits come back a little smaller than they were sent. */
const LIMIT_TOLERANCE_GB = 1e-6;

/** Whether a panel shows the limit that it was sent, in GiB; `null` is unlimited. */
export function sameTrafficLimit(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= LIMIT_TOLERANCE_GB;
}
