/** How a buyer comes back to a purchase that they had begun. */
import { EXPIRED, type PlaceState, type PurchaseStep, type PurchaseSteps } from './purchaseSteps';
import type { DialogState } from '../dialog';
import type { DialogProgress, UnfinishedPurchase } from './dialogProgress';

export interface ResumeDeps {
  readonly progress: DialogProgress;
  readonly steps: PurchaseSteps;
  /** Shows the confirmation. @param from `undefined`: the dialog begins there */
  readonly confirm: (place: PlaceState, planCode: string, userId: number, from?: DialogState) => Promise<PurchaseStep>;
}

/** Continues at the step where the buyer was, even after the dialog itself has expired. */
export function createResume({ progress, steps, confirm }: ResumeDeps) {
  /** Begins a dialog again at the choices of one that has expired. */
  async function continueUnfinished(
    userId: number,
    { locationCode, serverCode, renewsSubscriptionId, planCode }: UnfinishedPurchase,
  ): Promise<PurchaseStep> {
    if (serverCode === undefined && locationCode !== null) {
      const step = await steps.servers(locationCode, 0);
      if (step.step === 'servers') await progress.begin(userId, { name: 'choosing-server', locationCode });
      return step;
    }
    const place = { locationCode, serverCode: serverCode ?? null, renewsSubscriptionId: renewsSubscriptionId ?? null };
    if (planCode !== undefined) return confirm(place, planCode, userId);
    const step = await steps.plans(place, userId);
    if (step.step === 'plans') await progress.begin(userId, { name: 'choosing-plan', ...place });
    return step;
  }

  return async (userId: number): Promise<PurchaseStep> => {
    const state = await progress.current(userId);
    switch (state.name) {
      case 'idle':
      case 'changing-contact':
      case 'entering-promo':
      case 'entering-voucher': {
        const unfinished = await progress.unfinished(userId);
        if (unfinished === undefined) return EXPIRED;
        const step = await continueUnfinished(userId, unfinished);
        if (step.step === 'unavailable') await progress.dropUnfinished(userId);
        return step;
      }
      case 'choosing-location':
        return steps.locations(0);
      case 'choosing-server':
        return steps.servers(state.locationCode, 0);
      case 'choosing-plan':
        return steps.plans(state, userId);
      case 'giving-contact':
      case 'confirming':
        return confirm(state, state.planCode, userId, state);
    }
  };
}
