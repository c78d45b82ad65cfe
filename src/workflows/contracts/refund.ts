/**
 * What the rest of the system may know of the `refund` workflow: money that goes back after a purchase was delivered, refunds
 * made in YooKassa's cabinet, and money that buys nothing. Until a purchase is delivered its own workflow gives money back.
 */
import type { RefundVerdict } from './verdict';
import type { OperatorDecision, PaymentProgress } from './payment';

export const REFUND_WORKFLOW = 'refund';

/** `refund-<payment id>`: one at a time for each payment; it is started again for each new reason to look. */
export function refundWorkflowId(paymentId: string): string {
  return `refund-${paymentId}`;
}

export interface RefundInput {
  readonly paymentId: string;
}

/** Somebody's wish to have money of a delivered purchase returned. */
export interface RefundWish {
  /** A uuid chosen where the wish was confirmed: sent twice it is one wish. */
  readonly orderId: string;
  /** `null`: all that is left. */
  readonly kopecks: number | null;
  /** `buyer` or `operator:<name>`. A buyer's wish is judged by the shop's rule. */
  readonly askedBy: string;
  readonly reason: string;
}

export const REFUND_SIGNALS = {
  wished: 'refundWished',
  /** Something may have happened at YooKassa; its own word is what counts. With an id: money of that payment may buy nothing. */
  noticed: 'refundNoticed',
  operatorDecides: 'operatorDecides',
} as const;

export interface RefundNotice {
  /** One of YooKassa's payments that claims to be for this order and is not the one in its record. */
  readonly strayYooKassaId: string | null;
}

export interface RefundDecision {
  readonly decision: OperatorDecision;
  readonly actor: string;
}

export const REFUND_PROGRESS_QUERY = 'refundProgress';
export type RefundProgress = PaymentProgress;

export interface SettledReturn {
  readonly attempt: number;
  readonly end: 'returned' | 'returned-by-other-means';
}

export interface RefundOutcome {
  /** Refunds that somebody made outside the shop, recorded now. */
  readonly foundOutside: number;
  readonly returns: readonly SettledReturn[];
  /** Wishes that were not carried out, and why. */
  readonly refused: readonly string[];
}

export interface ReturnRef {
  readonly paymentId: string;
  readonly attempt: number;
}

/** One refund that the workflow has to bring to its end. */
export interface OpenReturn {
  readonly attempt: number;
  readonly kopecks: number;
  readonly reason: string;
  readonly askedBy: string;
  /** Money that buys nothing: no access belongs to it. */
  readonly stray: boolean;
}

export type ReturnStage = 'decided' | 'done';

/** What the `refund` workflow asks of the outside. Ids, numbers and words only: results are kept in histories. */
export interface ReturnActivities {
  /** Reads the payment's refunds at YooKassa and records those that the record does not know. */
  compareRefunds(
    input: RefundInput,
  ): Promise<{ paidKopecks: number; recorded: readonly number[]; pendingOutside: number }>;
  /** Fails (retryably, quietly) while a refund made outside is pending. */
  followOutsideRefunds(input: RefundInput): Promise<void>;
  /** Whether the shop's rule lets the buyer have his money back by himself; the panel is asked what he has used. */
  judgeBuyerReturn(input: RefundInput & { orderId: string }): Promise<{ verdict: string }>;
  planReturn(
    input: RefundInput & { wish: RefundWish; paidKopecks: number },
  ): Promise<{ outcome: 'planned'; attempt: number } | { outcome: 'refused'; reason: string }>;
  planStrayReturn(
    input: RefundInput & { yookassaId: string },
  ): Promise<{ outcome: 'planned'; attempt: number } | { outcome: 'refused'; reason: string }>;
  openReturn(input: RefundInput): Promise<OpenReturn | null>;
  /** Asks YooKassa under the attempt's stored key. When a part was returned outside meanwhile, a new attempt asks for the rest. */
  askForReturn(input: ReturnRef): Promise<{ attempt: number; verdict: RefundVerdict }>;
  /** Fails (retryably, quietly) while the refund is pending. */
  followReturn(input: ReturnRef): Promise<RefundVerdict>;
  /** Asks once. @param input attempt `null`: the newest that the payment's own workflow asked for */
  checkReturn(input: { readonly paymentId: string; readonly attempt: number | null }): Promise<RefundVerdict>;
  replaceReturn(input: ReturnRef & { askedBy: string }): Promise<{ attempt: number }>;
  /** Nothing is left to do: the money is back, or an operator has given it back by other means. */
  settleReturn(input: ReturnRef & { byOtherMeans: boolean }): Promise<void>;
  /** @param input attempt `null`: as above */
  tellBuyerOfReturn(input: {
    readonly paymentId: string;
    readonly attempt: number | null;
    readonly stage: ReturnStage;
  }): Promise<void>;
  tellOwnerOfReturn(input: {
    readonly paymentId: string;
    readonly attempt: number | null;
    readonly stage: ReturnStage;
  }): Promise<void>;
  tellBuyerNoReturn(input: RefundInput & { orderId: string; verdict: string }): Promise<void>;
}
