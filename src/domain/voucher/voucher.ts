import type { PlanGrant } from '../grant';
import type { LocalizedText } from '../language';

/**
 * - `issued`: somebody may claim it
 * - `claimed`: somebody has what it gives
 * - `revoked`: it was revoked before
 * - `refunded`: the money for it was refunded before
 */
export const VOUCHER_STATUSES = ['issued', 'claimed', 'revoked', 'refunded'] as const;
export type VoucherStatus = (typeof VOUCHER_STATUSES)[number];

/** A plan's grant that goes to whoever claims it first. What it gives was copied from the plan when it was made. */
export interface Voucher extends PlanGrant {
  readonly id: string;
  /** A secret: whoever has it may claim the voucher. */
  readonly code: string;
  readonly status: VoucherStatus;
  readonly planCode: string;
  /** `null`: days that are a reward, not a plan. */
  readonly planName: LocalizedText | null;
  /** Those that were made together have the same; `null`: made alone. */
  readonly batchId: string | null;
  readonly note: string | null;
  /** Who hands the batch out; `null`: nobody but the owner. */
  readonly partner: string | null;
  /** One person can claim one of its batch, and no other. */
  readonly oncePerPerson: boolean;
  readonly createdAt: Date;
  /** From this moment on nobody can claim it; `null`: for ever. */
  readonly claimableUntil: Date | null;
  readonly claimedBy: number | null;
  readonly claimedAt: Date | null;
  /** Who has bought it for somebody; `null`: it is no gift of a buyer. */
  readonly giverId: number | null;
  /** A gift that nobody had claimed in time: only its giver can claim it since then. */
  readonly returnedAt: Date | null;
  /** A gift of which all the money goes back: what it still gave was revoked. */
  readonly isRefunded: boolean;
  /** Of a gift of which a part of the money went back, or is on its way, while the rest stays; `null`: of none. */
  readonly partRefund: { readonly refundedKopecks: number; readonly paidKopecks: number } | null;
}

/** For so many days at least a voucher can be claimed once more when its panel is gone and it has given nothing. */
export const CLAIMABLE_AGAIN_DAYS = 30;

/** Whether this person may claim it at that moment. */
export function isClaimableBy(
  userId: number,
  {
    status,
    claimableUntil,
    giverId,
    returnedAt,
  }: Pick<Voucher, 'status' | 'claimableUntil' | 'giverId' | 'returnedAt'>,
  now: Date,
): boolean {
  if (returnedAt !== null && giverId !== userId) return false;
  return status === 'issued' && (claimableUntil === null || now < claimableUntil);
}

/** Where somebody wants what a voucher gives: as a new subscription, or added to one of theirs. */
export type VoucherPlace = { readonly locationCode: string } | { readonly subscriptionId: string };

/**
 * Why somebody does not get what a voucher gives.
 * - `claimed`: somebody else has it
 * - `void`: it was revoked, its money was refunded, its time is over, or it is its giver's own by now
 * - `one-each`: they have claimed another one of its batch, of which each person may have one
 * - `full`, `unavailable`: there is no place, or nothing is made there
 * - `limit-reached`: panels count no further than this subscription would go
 * - `changed`: it gives something else than they were shown, by now
 * - `blocked`: the shop gives this person nothing
 */
export type VoucherRefusal =
  'blocked' | 'claimed' | 'void' | 'one-each' | 'full' | 'unavailable' | 'limit-reached' | 'changed';
