/**
 * What a plan gives, as one object. A new field is added to `PlanGrant`; from there the compiler names every place that
 * has to say what it means. The object literals below leave no field out because their types don't allow it.
 */

/**
 * The most GiB that are a limit: one more means "no limit" to panels, which is how owners write it, too. So this is where
 * a number of GiB stops; unlimited is `null` everywhere in the shop.
 */
export const MOST_TRAFFIC_GB = 999_999;

/** What a plan grants, and what a payment froze of it at the tap. */
export interface PlanGrant {
  readonly days: number;
  /** Traffic in GiB, `null` for unlimited. */
  readonly trafficGb: number | null;
}

/** What a subscription is allowed besides its term: what its account on the panel is limited to. */
export type SubscriptionLimits = Omit<PlanGrant, 'days'>;

/** The limits of a new subscription. */
export function limitsOf({ trafficGb }: PlanGrant): SubscriptionLimits {
  return { trafficGb };
}

/**
 * The limits after a renewal. Traffic adds up to a new absolute limit: a counter that were set back to zero would lose
 * what was counted in between.
 */
export function renewedLimits(current: SubscriptionLimits, grant: PlanGrant): SubscriptionLimits {
  return {
    trafficGb: current.trafficGb === null || grant.trafficGb === null ? null : current.trafficGb + grant.trafficGb,
  };
}

/** What the payments that stay grant, after what refunds have revoked of them. */
export interface RemainingGrant extends PlanGrant {
  readonly revokedGb: number;
}

/** What a refund revokes of one payment's grant. */
export interface RevokedGrant {
  readonly gb: number;
  /** Nothing of the payment's money stays with the shop. */
  readonly everything: boolean;
}

/**
 * The limits without what a refund revokes.
 * @param grant of the payment that is refunded
 * @param others of the payments for the same subscription whose money the shop keeps
 */
export function limitsAfterRevocation(
  current: SubscriptionLimits,
  grant: PlanGrant,
  revoked: RevokedGrant,
  others: readonly RemainingGrant[],
): SubscriptionLimits {
  return { trafficGb: trafficAfterRevocation(current.trafficGb, grant, revoked, others) };
}

/** Without a limit of its own a payment says nothing about the limit before it. */
function trafficAfterRevocation(
  limit: number | null,
  grant: PlanGrant,
  revoked: RevokedGrant,
  others: readonly RemainingGrant[],
): number | null {
  if (grant.trafficGb === null) {
    if (!revoked.everything || others.some(({ trafficGb }) => trafficGb === null)) return limit;
    return others.reduce((sum, { trafficGb, revokedGb }) => sum + (trafficGb ?? 0) - revokedGb, 0);
  }
  // To a panel 0 is no limit that means anything.
  return limit === null ? null : Math.max(limit - revoked.gb, 1);
}

/** Panels keep whole bytes, so limits come back a little smaller than they were sent. */
const LIMIT_TOLERANCE_GB = 1e-6;

/** Whether a panel shows the limit that it was sent, in GiB; `null` is unlimited. */
export function sameTrafficLimit(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) <= LIMIT_TOLERANCE_GB;
}
