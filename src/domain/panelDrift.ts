import { sameTrafficLimit } from './grant';
import type { SubscriptionStatus } from './subscription';

/** What our record says of one account on a panel. */
export interface RecordedAccount {
  readonly subscriptionId: string;
  readonly panelUserId: string;
  readonly status: SubscriptionStatus;
  /** The panel has not yet confirmed the newest state (a delivery or a closing is under way): not ours to judge now. */
  readonly settled: boolean;
  readonly startDate: string;
  readonly packageDays: number;
  /** GiB; `null` is unlimited. */
  readonly usageLimitGb: number | null;
}

/** The same account as the panel shows it. */
export interface ShownAccount {
  readonly uuid: string;
  readonly enable: boolean;
  readonly startDate: string | null;
  readonly packageDays: number;
  readonly usageLimitGb: number | null;
  readonly comment: string;
}

/**
 * Where a panel and our record disagree.
 *
 * - `missing`: ours, active, not on the panel; making it again is safe, it carries the same uuid
 * - `disabled-there`: ours, active, switched off on the panel
 * - `expiry-differs`: ours, active, with other days or another limit there
 * - `enabled-though-ended`: ours, ended and confirmed closed once, switched on again there
 * - `uuid-changed`: an account that carries our reference under another uuid; whether it is the customer's, a person
 *   must say
 * - `unknown-user`: an account that is not ours; only counted
 */
export const DRIFT_KINDS = [
  'missing',
  'disabled-there',
  'expiry-differs',
  'enabled-though-ended',
  'uuid-changed',
  'unknown-user',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** Those that telling the panel our state puts right. The others are never touched. */
export const REPAIRABLE: readonly DriftKind[] = ['missing', 'disabled-there', 'expiry-differs', 'enabled-though-ended'];

export interface Drift {
  readonly kind: DriftKind;
  readonly subscriptionId: string | null;
  readonly panelUserId: string;
}

const REFERENCE = /^gigabridge:([0-9a-f-]{36})$/;

/** How the account of one subscription differs; `undefined` when it does not, or when it is not the time to say. */
export function driftOf(ours: RecordedAccount, shown: ShownAccount | undefined): DriftKind | undefined {
  if (!ours.settled) return undefined;
  if (ours.status === 'expired') return shown?.enable ? 'enabled-though-ended' : undefined;
  if (ours.status !== 'active') return undefined;
  if (!shown) return 'missing';
  if (!shown.enable) return 'disabled-there';
  const samePeriod = shown.startDate === ours.startDate && shown.packageDays === ours.packageDays;
  return samePeriod && sameTrafficLimit(shown.usageLimitGb, ours.usageLimitGb) ? undefined : 'expiry-differs';
}

/**
 * What an account that has none of our uuids is.
 * @param isOurs whether a subscription id is one of ours on this panel
 */
export function strangerDrift(shown: ShownAccount, isOurs: (subscriptionId: string) => boolean): Drift {
  const reference = REFERENCE.exec(shown.comment.trim())?.[1];
  if (reference !== undefined && isOurs(reference))
    return { kind: 'uuid-changed', subscriptionId: reference, panelUserId: shown.uuid };
  return { kind: 'unknown-user', subscriptionId: null, panelUserId: shown.uuid };
}

/** A handful of changes is an ordinary day, whatever share of a small shop it is. */
const ALWAYS_FINE = 3;

/**
 * Whether so many repairs at once look like a mistake (half a list, another panel behind the address, a lost database)
 * rather than like drift. An empty list while we have living accounts is always one.
 *
 * @param maxShare of our living accounts on this panel, 0 to 1
 */
export function needsApproval(
  sync: { readonly ours: number; readonly theirs: number; readonly repairs: number },
  maxShare: number,
): boolean {
  if (sync.repairs === 0) return false;
  if (sync.theirs === 0 && sync.ours > 0) return true;
  return sync.repairs > Math.max(ALWAYS_FINE, Math.floor(sync.ours * maxShare));
}
