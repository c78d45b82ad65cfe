import { sameTrafficLimit } from './grant';
import { isLiving, type SubscriptionStatus } from './subscription';
import { UUID_PATTERN } from './uuid';

/** What the database says of one account on a panel. */
export interface RecordedAccount {
  readonly subscriptionId: string;
  readonly panelUserId: string;
  readonly status: SubscriptionStatus;
  /**
   * The panel has confirmed the newest state. `false`: a delivery or a deactivation is under way, nothing is compared.
   */
  readonly isConfirmed: boolean;
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
 * Where a panel and the database disagree.
 *
 * - `missing`: ours, active, not on the panel; making it again is safe, it carries the same uuid
 * - `disabled-there`: ours, active, switched off on the panel
 * - `expiry-differs`: ours, active, with other days or another limit there
 * - `enabled-though-ended`: ours, ended and confirmed closed once, switched on again there
 * - `present-though-revoked`: ours, its money went back or it has moved to another server, and still on the panel
 * - `enabled-under-another-uuid`: carries the reference of a subscription that has ended or was revoked, under another
 *   uuid, and works
 * - `uuid-changed`: carries the reference of a living subscription under another uuid; whether it is the customer's, a
 *   person must say
 * - `on-another-server`: ours, of a subscription that was never on this server; a person must say how it came here
 * - `unknown-user`: an account that is not ours; only counted
 */
export const DRIFT_KINDS = [
  'missing',
  'disabled-there',
  'expiry-differs',
  'enabled-though-ended',
  'present-though-revoked',
  'enabled-under-another-uuid',
  'uuid-changed',
  'on-another-server',
  'unknown-user',
] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** Those that only a person can put right: which account is the buyer's, the shop can't know. */
export const FOR_A_PERSON: readonly DriftKind[] = ['uuid-changed', 'on-another-server'];

/** Those that telling the panel our state puts right. The others are never touched. */
export const REPAIRABLE: readonly DriftKind[] = [
  'missing',
  'disabled-there',
  'expiry-differs',
  'enabled-though-ended',
  'present-though-revoked',
  'enabled-under-another-uuid',
];

export interface Drift {
  readonly kind: DriftKind;
  readonly subscriptionId: string | null;
  readonly panelUserId: string;
}

const REFERENCE = new RegExp(`^gigabridge:(${UUID_PATTERN})$`);

/** How the account of one subscription differs; `undefined` when it does not, or when it is not the time to say. */
export function driftOf(ours: RecordedAccount, shown: ShownAccount | undefined): DriftKind | undefined {
  if (!ours.isConfirmed) return undefined;
  if (ours.status === 'expired') return shown?.enable ? 'enabled-though-ended' : undefined;
  if (ours.status !== 'active') return undefined;
  if (!shown) return 'missing';
  if (!shown.enable) return 'disabled-there';
  const samePeriod = shown.startDate === ours.startDate && shown.packageDays === ours.packageDays;
  return samePeriod && sameTrafficLimit(shown.usageLimitGb, ours.usageLimitGb) ? undefined : 'expiry-differs';
}

/** The subscription whose uuid or reference an account carries, which is not one of this server's living ones. */
export interface Claim {
  readonly subscriptionId: string;
  readonly panelUserId: string;
  readonly status: SubscriptionStatus;
  /** The subscription is on this server, or on another one with the same panel. */
  readonly isOnThisPanel: boolean;
  /** The panel of this server was told once that access to the account is revoked. */
  readonly wasRevokedHere: boolean;
  /** That revocation is still open: it is carried out without the sync's repairs. */
  readonly isBeingRevoked: boolean;
}

/** The id of the subscription that an account's comment names. */
export function referenceOf(shown: Pick<ShownAccount, 'comment'>): string | undefined {
  return REFERENCE.exec(shown.comment.trim())?.[1];
}

/**
 * What an account is that is none of this server's living ones.
 * @param claim the subscription it belongs to, whatever its state; `undefined` when the shop knows none
 * @returns `undefined`: nothing is wrong with it
 */
export function strangerDrift(shown: ShownAccount, claim: Claim | undefined): Drift | undefined {
  if (claim === undefined) return { kind: 'unknown-user', subscriptionId: null, panelUserId: shown.uuid };
  const drift = (kind: DriftKind): Drift => ({ kind, subscriptionId: claim.subscriptionId, panelUserId: shown.uuid });
  if (claim.isBeingRevoked) return undefined;
  if (claim.panelUserId !== shown.uuid) return underAnotherUuid(shown, claim, drift);
  if (claim.status === 'revoked') return drift('present-though-revoked');
  if (claim.isOnThisPanel) return undefined;
  return drift(claim.wasRevokedHere ? 'present-though-revoked' : 'on-another-server');
}

function underAnotherUuid(shown: ShownAccount, claim: Claim, drift: (kind: DriftKind) => Drift): Drift | undefined {
  if (isLiving(claim)) return drift('uuid-changed');
  return shown.enable ? drift('enabled-under-another-uuid') : undefined;
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
