/**
 * What the rest of the system may know of the `refund` workflow: refunds of delivered purchases, refunds that somebody
 * made without the shop, and refunds of money that bought nothing. Until a purchase is delivered, its `payment`
 * workflow refunds it; both carry a planned refund to its end by the same code and the same activities.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { PaymentStatus } from '../../domain/payment';
import type { PlannedRefund, PlannedUndeliveredRefund, RefundRequest, UndeliveredRefund } from '../../domain/refund';
import type { OperatorRequest, PaymentProgress, RefundPoint } from './payment';
import type { PaymentRef } from './activities';
import type { FinalRefundVerdict, RefundVerdict } from './verdict';

export type { RefundRequest } from '../../domain/refund';

export const REFUND_WORKFLOW = 'refund';

/** `refund-<payment id>`: one at a time for each payment; it is started again for each new reason to look. */
export function refundWorkflowId(paymentId: string): string {
  return `refund-${paymentId}`;
}

export interface RefundInput {
  readonly paymentId: string;
  /** After how many signals the workflow goes on in a new run, where it is not the usual number. */
  readonly messagesPerRun?: number;
  /** Where a run goes on that continues one whose history has grown long. */
  readonly resume?: RefundResume;
}

/** What a run has done and knows, and what has come that nobody has acted on. */
export interface RefundResume {
  readonly done: RefundOutcome;
  readonly progress: RefundProgress;
  readonly requests: readonly RefundRequest[];
  readonly strays: readonly string[];
  readonly operatorRequest?: OperatorRequest | undefined;
  /** The refund that is under way. */
  readonly open?: OpenRefund & RefundPoint;
}

export interface RefundNotification {
  /**
   * A payment at the provider that claims to be for this order and is not the one in its row; `null`: nothing but
   * "look again".
   */
  readonly strayProviderRef: string | null;
}

export type RefundProgress = PaymentProgress;

// The messages of a refund workflow; besides these it takes `operatorDecides` (`contracts/payment`), of which `retry`
// and `close` mean something here. None is trusted: a request is checked, and of a notification only the provider's own
// answer counts.

/** Somebody wants money of the purchase back. */
export const refundRequested = defineSignal<[RefundRequest]>('refundRequested');

/** Something may have happened at the provider. */
export const refundNotified = defineSignal<[RefundNotification]>('refundNotified');

/** How the refund stands now. */
export const refundProgress = defineQuery<RefundProgress>('refundProgress');

/** A refund that is at its end, and how the buyer got the money. */
export interface FinishedRefund {
  readonly attempt: number;
  /** `not-needed`: refunds that were made outside the shop have taken its place. */
  readonly end: 'refunded' | 'refunded-by-other-means' | 'not-needed';
}

export interface RefundOutcome {
  /** Refunds that somebody made outside the shop, recorded now. */
  readonly foundOutside: number;
  readonly refunds: readonly FinishedRefund[];
  /** Requests that were not carried out, and why. */
  readonly refused: readonly string[];
}

/** One attempt at a refund: a row of `refunds`, with an idempotence key of its own. */
export interface RefundRef {
  readonly paymentId: string;
  readonly attempt: number;
}

/** One refund that the `refund` workflow has to carry to its end. */
export interface OpenRefund {
  readonly attempt: number;
  readonly kopecks: number;
  readonly currency: string;
  readonly reason: string;
  readonly askedBy: string;
  /** Of money that bought nothing: no access belongs to it. */
  readonly stray: boolean;
}

/** What the provider shows of a payment's refunds, compared with the database. */
export interface ComparedRefunds {
  /** What came, in the smallest unit of the order's currency; 0 when nothing did. */
  readonly paidKopecks: number;
  /** Attempts recorded now: refunds that somebody made outside the shop. */
  readonly recorded: readonly number[];
  /** Made outside and not at their end yet. */
  readonly pendingOutside: number;
  /** What the payment is afterwards; `null` when the provider has no money of it. */
  readonly status: PaymentStatus | null;
}

/** Which of the two messages about a refund: that it was decided, or that the money is back. */
export type RefundStage = 'decided' | 'done';

/**
 * What workflows ask of the outside about refunds. Ids, numbers and words only: arguments and results are kept in
 * histories.
 */
export interface RefundActivities {
  /**
   * Reads the payment's refunds at the provider and records those that have no row yet. Where the money goes back as a
   * whole and a part of it is neither back nor on its way, that part is planned.
   */
  compareRefunds(input: PaymentRef): Promise<ComparedRefunds>;
  /** Fails (retryably, quietly) while a refund made outside is pending. */
  followOutsideRefunds(input: PaymentRef): Promise<void>;
  /**
   * Whether the shop's rule lets the buyer have this refund without an operator; the panel is asked how much was used.
   */
  judgeBuyerRefund(input: PaymentRef & { requestId: string }): Promise<{ verdict: string }>;

  /** Plans the refund of a delivered purchase and revokes its share of the access. */
  planRefund(input: PaymentRef & { request: RefundRequest; paidKopecks: number }): Promise<PlannedRefund>;
  /** Plans the refund of a purchase that was not delivered; from then on it can't be. */
  planUndeliveredRefund(input: PaymentRef & UndeliveredRefund): Promise<PlannedUndeliveredRefund>;
  /** Plans the refund of a payment at the provider that bought nothing. */
  planStrayRefund(input: PaymentRef & { providerRef: string }): Promise<PlannedRefund>;
  /** The oldest refund that the `refund` workflow has not carried to its end. */
  openRefund(input: PaymentRef): Promise<OpenRefund | null>;

  /**
   * Asks the provider under the attempt's stored key. Where a part was refunded outside meanwhile, a new attempt asks
   * for the rest: the answer says which attempt is in force.
   */
  askForRefund(input: RefundRef): Promise<{ attempt: number; verdict: RefundVerdict }>;
  /** Asks once; fails (retryably, quietly) while the refund is pending: there is no event for a failed one. */
  followRefund(input: RefundRef): Promise<FinalRefundVerdict>;
  /** Plans a new attempt in place of one that the provider canceled for good; only then is a new key right. */
  replaceRefund(input: RefundRef & { askedBy: string }): Promise<{ attempt: number }>;
  /**
   * Nothing is left to do about this attempt: the money is back, an operator has refunded it by other means, or other
   * refunds have taken its place. `awaitsOutside`: the payment goes back as a whole, and what is missing is with
   * refunds that were made outside the shop.
   */
  completeRefund(input: RefundRef & { byOtherMeans: boolean }): Promise<{ awaitsOutside: boolean }>;

  tellBuyerOfRefund(input: RefundRef & { stage: RefundStage }): Promise<void>;
  tellOwnerOfRefund(input: RefundRef & { stage: RefundStage }): Promise<void>;
  tellBuyerRefundRefused(input: PaymentRef & { requestId: string; verdict: string }): Promise<void>;
}
