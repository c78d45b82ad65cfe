/** Charges in Stars as the port shows them. */
import type { StarCharge } from '../../storage/postgres/starCharges';
import type { Charge, ShownRefund } from '../port';
import { claimOf } from '../token';

const amountOf = (stars: number) => ({ currency: 'XTR', minor: stars });

export function chargeOf(charge: StarCharge): Charge {
  return {
    chargeId: charge.chargeId,
    ref: charge.payload,
    claim: claimOf(charge.payload),
    amount: amountOf(charge.stars),
    refundedMinor: charge.refundedAt === null ? 0 : charge.stars,
    at: charge.chargedAt.toISOString(),
    receipt: 'none',
  };
}

/** A refund has no id of its own: it is the charge that has gone back. */
export function refundOf(charge: StarCharge): ShownRefund {
  return {
    outcome: 'shown',
    refundRef: charge.chargeId,
    ref: charge.payload,
    chargeId: charge.chargeId,
    claim: claimOf(charge.payload),
    attempt: charge.refundAttempt,
    amount: amountOf(charge.stars),
    status: charge.refundedAt === null ? 'pending' : 'succeeded',
    reason: null,
    receipt: 'none',
  };
}
