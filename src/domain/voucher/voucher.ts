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
  readonly createdAt: Date;
  /** From this moment on nobody can claim it; `null`: for ever. */
  readonly claimableUntil: Date | null;
  readonly claimedBy: number | null;
  readonly claimedAt: Date | null;
}

/** Whether somebody may claim it at that moment. */
export function isClaimable(
  { status, claimableUntil }: Pick<Voucher, 'status' | 'claimableUntil'>,
  now: Date,
): boolean {
  return status === 'issued' && (claimableUntil === null || now < claimableUntil);
}

/** Where somebody wants what a voucher gives: as a new subscription, or added to one of theirs. */
export type VoucherPlace = { readonly locationCode: string } | { readonly subscriptionId: string };

/**
 * Why somebody does not get what a voucher gives.
 * - `claimed`: somebody else has it
 * - `void`: it was revoked, its money was refunded, or its time is over
 * - `full`, `unavailable`: there is no place, or nothing is made there
 * - `limit-reached`: panels count no further than this subscription would go
 */
export type VoucherRefusal = 'claimed' | 'void' | 'full' | 'unavailable' | 'limit-reached';
