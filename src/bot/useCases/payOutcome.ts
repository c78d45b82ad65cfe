import type { PlanGrant } from '../../domain/grant';
import type { Payment } from '../../domain/payment';
import type { TrialBar } from '../../domain/trial';
import type { Confirmation, PurchaseStep } from './purchaseSteps';

/** An order that was opened, and whether its workflow runs. */
export interface Opened {
  readonly payment: Payment;
  /** Whether Temporal has accepted the workflow. Otherwise the next tap or reconciliation starts it. */
  readonly isStarted: boolean;
}

export type PayOutcome =
  /** `created`: a new order, whose link is being prepared; `existing`: the one that was there before. */
  | ({ readonly outcome: 'created' | 'existing' } & Opened)
  | { readonly outcome: 'limited'; readonly retryAfterMs: number }
  /** Redis is away: without the limit no money is taken. */
  | { readonly outcome: 'storage-away' }
  /** The promo code leaves nothing to pay; the message says whether it could be asked for. */
  | { readonly outcome: 'asked' }
  /** The promo code can't be used, or gives something else by now: the confirmation is shown again, and says so. */
  | { readonly outcome: 'promo-changed'; readonly step: PurchaseStep }
  /** The plan costs or gives something else than the confirmation said. */
  | {
      readonly outcome: 'plan-changed';
      readonly planCode: string;
      readonly priceKopecks: number;
      readonly grant: PlanGrant;
    }
  /** Another order is open, and it is not what was confirmed: the buyer chooses one of the two. */
  | { readonly outcome: 'other-open'; readonly payment: Payment; readonly confirmed: Confirmation }
  /** The panel makes no keys now: the confirmation is shown again, and says so. */
  | { readonly outcome: 'trouble'; readonly step: PurchaseStep }
  /** It is a trial, and there is none for this person, or today. */
  | { readonly outcome: 'trial-refused'; readonly why: TrialBar }
  | { readonly outcome: 'blocked' | 'unavailable' | 'full' | 'limit-reached' | 'no-gifts' | 'expired' | 'foreign' };
