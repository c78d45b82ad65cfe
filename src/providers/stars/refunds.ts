import { isGatewayError } from '../../gateways/errors';
import type { PaymentProvider, Refused } from '../port';
import type { StarsDeps } from './index';
import { starsOf } from './payments';
import { refundOf } from './shown';

/** What `refund` sends: Telegram gives a charge back as a whole, so its price only says which it may be. */
interface Plan {
  readonly stars: number;
}

export function createRefunds({
  stars,
  charges,
  now,
}: Pick<StarsDeps, 'stars' | 'charges' | 'now'>): Pick<
  PaymentProvider,
  'refundRequest' | 'refund' | 'checkRefund' | 'refundsOf'
> {
  return {
    refundRequest({ amount }) {
      const plan: Plan = { stars: starsOf(amount) };
      return { ...plan };
    },

    async refund({ ref, attempt, body }) {
      const charge = await charges.chooseForRefund(ref, attempt);
      if (charge === undefined) return NOTHING_LEFT;
      if (charge.refundedAt !== null) return refundOf(charge);
      if ((body as unknown as Plan).stars !== charge.stars) return NOT_WHOLE;
      try {
        await stars.refundCharge(charge);
      } catch (error) {
        if (isGatewayError(error) && error.kind === 'refused')
          return {
            outcome: 'refused',
            why: error.status === 401 || error.status === 404 ? 'credentials' : 'order',
            said: { status: error.status ?? null, code: error.code ?? null, parameter: null },
          };
        throw error;
      }
      const refundedAt = now();
      await charges.recordRefunded(charge.chargeId, refundedAt);
      return refundOf({ ...charge, refundedAt });
    },

    async checkRefund(refundRef) {
      const charge = await charges.byId(refundRef);
      return charge === undefined || charge.refundedAt === null ? undefined : refundOf(charge);
    },

    async refundsOf(ref) {
      return (await charges.ofRef(ref)).filter(({ refundedAt }) => refundedAt !== null).map(refundOf);
    },
  };
}

const refusedAs = (code: string): Refused => ({
  outcome: 'refused',
  why: 'order',
  said: { status: null, code, parameter: null },
});
const NOTHING_LEFT = refusedAs('nothing-left');
const NOT_WHOLE = refusedAs('only-the-whole');
