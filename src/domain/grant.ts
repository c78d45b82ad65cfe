/**
 * What a plan gives, as one object. A new field is added to `PlanGrant`; from there the compiler names every place that
 * has to say what it means. The object literals below leave no field out because their types don't allow it.
 */
import { DAY_MS } from './duration';

/**
 * The most GiB that are a limit: one more means "no limit" to panels, which is how owners write it, too. So this is
 * where a number of GiB stops; unlimited is `null` everywhere in the shop.
 */
export const MOST_TRAFFIC_GB = 999_999;

/**
 * Days that a subscription may be paid ahead. Panels count 10,000; some are left for their calendar and for outages.
 */
const MOST_DAYS_AHEAD = 9_950;

/** What a plan grants, and what a payment froze of it at the tap. */
export interface PlanGrant {
  readonly days: number;
  /** Traffic in GiB, `null` for unlimited. */
  readonly trafficGb: number | null;
}

/** What a plan grants besides its days. An entry of the book of grants gives or takes the same. */
export type PlanLimits = Omit<PlanGrant, 'days'>;

/** No field may be left out, an optional one neither. */
type Complete<Fields> = { readonly [Field in keyof Fields]-?: Fields[Field] };

/** Of whatever has the limits of a plan, these alone. */
export function planLimitsOf({ trafficGb }: PlanLimits): Complete<PlanLimits> {
  return { trafficGb };
}

/** What an entry of the book says that gives and takes no limit. */
export const NO_LIMITS: Complete<PlanLimits> = { trafficGb: 0 };

/**
 * What the grants of one subscription come to in the limits that are not used up, as traffic is (`bookTraffic.ts`).
 * There is none yet. A new limit says here whether the greatest counts, or the newest, or their sum.
 * @param _grants those of which money stays with the shop, oldest first
 */
export function limitsBesidesTraffic(_grants: readonly PlanLimits[]): Complete<Omit<PlanLimits, 'trafficGb'>> {
  return {};
}

/** Of a plan or an order, what it grants. */
export function grantOf(grant: PlanGrant): Complete<PlanGrant> {
  return { days: grant.days, ...planLimitsOf(grant) };
}

export function isSameGrant(one: PlanGrant, other: PlanGrant): boolean {
  return isSame(grantOf(one), grantOf(other));
}

/** Whether two objects have the same fields with the same values; dates by their moment. */
function isSame<Fields extends object>(one: Fields, other: Fields): boolean {
  const fields = Object.keys({ ...one, ...other }) as (keyof Fields)[];
  return fields.every((field) => comparable(one[field]) === comparable(other[field]));
}

const comparable = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);

/**
 * What a subscription is allowed besides its term: what its account on the panel is limited to.
 *
 * Unlimited days come first, from the moment they are there; what was bought by the GiB, and is not used by then, comes
 * after them. Panels know one limit of an account's whole life and no times, so the shop sets the limit when the
 * unlimited time is over.
 */
export interface SubscriptionLimits extends PlanLimits {
  /** Until when traffic is unlimited; `null`: it is limited, to `trafficGb`. */
  readonly unlimitedUntil: Date | null;
  /** GiB that may be used once that time is over; 0 while traffic is limited. */
  readonly laterTrafficGb: number;
}

/** The limits of traffic, which renewals and refunds change in their own way (`bookTraffic.ts`). */
export type TrafficLimits = Pick<SubscriptionLimits, 'trafficGb' | 'unlimitedUntil' | 'laterTrafficGb'>;

/** Whether two states have the same limits. */
export function sameLimits(one: SubscriptionLimits, other: SubscriptionLimits): boolean {
  return isSame(limitsOf(one), limitsOf(other));
}

function limitsOf(limits: SubscriptionLimits): Complete<SubscriptionLimits> {
  const { unlimitedUntil, laterTrafficGb } = limits;
  return { ...planLimitsOf(limits), unlimitedUntil, laterTrafficGb };
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
export function limitedTo(gb: number): TrafficLimits {
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
