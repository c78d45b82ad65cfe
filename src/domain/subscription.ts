import { DAY_MS, MINUTE_MS } from './duration';
import type { SubscriptionLimits } from './grant';

/**
 * `pending`: paid for, the panel has not confirmed it yet; `active`; `expired`: closed at its end;
 * `revoked`: its money went back.
 */
export const SUBSCRIPTION_STATUSES = ['pending', 'active', 'expired', 'revoked'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

export interface Subscription extends SubscriptionLimits {
  readonly id: string;
  readonly userId: number;
  readonly locationCode: string;
  readonly serverCode: string;
  readonly planCode: string;
  /** The uuid we chose for the panel's user; with the panel's address it makes the key, so it is a secret. */
  readonly panelUserId: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly status: SubscriptionStatus;
}

/** What it becomes by one more grant: the key of an active one goes on working, any other waits for its panel. */
export function statusWithGrant({ status }: Pick<Subscription, 'status'>): 'active' | 'pending' {
  return status === 'active' ? 'active' : 'pending';
}

/** Whether its account is to work: it is paid for, and neither ended nor revoked. */
export function isLiving({ status }: Pick<Subscription, 'status'>): boolean {
  return status === 'pending' || status === 'active';
}

/**
 * A delivery that is at most this late leaves the term where it began, at the money: nobody misses a minute of a day,
 * and attempts that follow each other within seconds, or overlap, tell the panel one and the same term. The first
 * attempts are over within this time; what comes later has waited for a panel that was away.
 */
const PROMPT_DELIVERY_MS = MINUTE_MS;

/** Whether a key that is there only now was so late that its days begin now, and not at the money. */
export function isDeliveredLate(paidAt: Date, now: Date): boolean {
  return now.getTime() - paidAt.getTime() > PROMPT_DELIVERY_MS;
}

/** Whole days left, rounded up, never negative: "1 day left" until the very end. */
export function daysLeft(now: Date, expiresAt: Date): number {
  return Math.max(0, Math.ceil((expiresAt.getTime() - now.getTime()) / DAY_MS));
}
