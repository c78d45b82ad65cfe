import { grantOf } from '../../domain/grant';
import type { QuoteRefusal, RefusedPromo } from '../../domain/promo/offer';
import { unlessAway } from '../../storage/redis/errors';
import type { DialogState } from '../dialog';
import type { DialogProgress } from './dialogProgress';
import { EXPIRED, UNAVAILABLE, type PlaceState, type PurchaseStep, type PurchaseSteps } from './purchaseSteps';

type Confirming = Extract<DialogState, { name: 'confirming' }>;

/** What becomes of the confirmation that a buyer has before them, once they press "Pay". */
export function createConfirmedOrder({
  progress,
  steps,
  confirm,
}: {
  progress: DialogProgress;
  steps: Pick<PurchaseSteps, 'confirm'>;
  /** Another confirmation. */
  confirm: (
    place: PlaceState,
    planCode: string,
    userId: number,
    from: DialogState,
    refusedPromo?: RefusedPromo,
  ) => Promise<PurchaseStep>;
}) {
  return {
    /** The order that this confirmation confirms, when the buyer is still at that step. */
    async confirmed(userId: number, paymentId: string): Promise<Confirming | undefined> {
      const state = await progress.peek(userId);
      return state.name === 'confirming' && state.paymentId === paymentId ? state : undefined;
    },

    /** What costs nothing was asked for: nothing is left to continue, and its screen can ask again. */
    async askedFor(userId: number, state: Confirming): Promise<void> {
      await unlessAway(progress.advance(userId, state, { ...state, isAskedFor: true }), false);
    },

    /**
     * Another order is open. Remembers which one the buyer is shown, so that only that one can be dismissed.
     * @returns the confirmation as it was shown
     */
    async askAboutOther(userId: number, state: Confirming, otherOrderId: string): Promise<PurchaseStep> {
      const { planCode, paymentId, promo } = state;
      if (state.otherOrderId !== otherOrderId && !(await progress.advance(userId, state, { ...state, otherOrderId })))
        return EXPIRED;
      const step = await steps.confirm(state, planCode, userId, paymentId);
      if (!step) return UNAVAILABLE;
      const priceKopecks = state.priceKopecks + (promo?.discountKopecks ?? 0);
      return { ...step, promo, plan: { ...step.plan, priceKopecks, ...grantOf(state) } };
    },

    /**
     * The confirmation of another order instead, which says what the one that was shown did not.
     * @param refused why the promo code of the one that was shown does not count; `changed`: it counts otherwise
     */
    confirmAnew(userId: number, state: Confirming, refused?: QuoteRefusal | 'changed'): Promise<PurchaseStep> {
      const refusedPromo =
        state.promo === null || refused === undefined || refused === 'changed'
          ? undefined
          : { code: state.promo.code, reason: refused };
      return confirm(state, state.planCode, userId, state, refusedPromo);
    },
  };
}
