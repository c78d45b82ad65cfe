/**
 * What the rest of the system may know of the `payment` workflow: its name, its ids, what it takes, what it answers.
 * Bot, HTTP and tools import this file; none of them imports the workflow's code.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FinalPaymentStatus, PaymentStatus, UnknownReason } from '../../domain/payment';
import type { UndeliveredRefund } from '../../domain/refund';
import type { ToldOfTrouble } from './activities';

export const PAYMENT_WORKFLOW = 'payment';

/** Workflows and their short activities. */
export const MAIN_TASK_QUEUE = 'gigabridge';
/** The close watch: activities that live for minutes and mostly sleep, thousands at a time on one worker. */
export const WATCH_TASK_QUEUE = 'gigabridge-payment-watch';

const ID_PREFIX = 'payment-';

/** `payment-<payment id>`: one purchase, one workflow. */
export function paymentWorkflowId(paymentId: string): string {
  return `${ID_PREFIX}${paymentId}`;
}

/** The key of a step of this payment at its provider, for every repeat; at most 64 characters of `[0-9a-zA-Z_.-]`. */
export function idempotenceKey(paymentId: string, step: 'create' | `refund-${number}`): string {
  return `${paymentWorkflowId(paymentId)}.${step}`;
}

export interface PaymentInput {
  readonly paymentId: string;
  /**
   * Milliseconds between two polls of the close watch, and how long it lasts (`PAYMENT_POLL_INTERVAL`,
   * `PAYMENT_POLL_TIMEOUT`).
   */
  readonly pollIntervalMs: number;
  readonly pollTimeoutMs: number;
  /** Milliseconds after which undeliverable money goes back by itself (`REFUND_AFTER`). */
  readonly refundAfterMs: number;
  /** After how many signals and updates the workflow goes on in a new run, where it is not the usual number. */
  readonly messagesPerRun?: number;
  /** Where a run goes on that continues one whose history has grown long. */
  readonly resume?: PaymentResume;
}

/** The steps at which a payment may have to wait for very long, with what is known there; times are epoch ms. */
export type PaymentResumePoint =
  | { readonly at: 'guarding' }
  /** The provider does not know the payment. `asks`: it is being asked again, and whether its answer is told. */
  | { readonly at: 'unknown'; readonly reason: UnknownReason; readonly asks?: { readonly tells: boolean } }
  /** The money does not match the order. `until`: when it goes back by itself; `null`: never. */
  | {
      readonly at: 'mismatch';
      readonly reason: string;
      readonly paidKopecks: number | null;
      readonly until: number | null;
    }
  /** The panel is away. */
  | {
      readonly at: 'delayed';
      readonly deadline: number;
      readonly takeOverAfterMs: number | null;
      readonly takeOver: { readonly pauseMs: number; readonly at: number } | null;
      /** What people know of the panel, and for how long nothing else was told of it then, in ms. */
      readonly told: ToldOfTrouble;
      readonly quietMs: number;
    }
  | ({ readonly at: 'refunding'; readonly request: UndeliveredRefund } & RefundPoint);

/** How far a refund has come. */
export interface RefundPoint {
  readonly attempt: number;
  /** Why the provider would not make it: an operator has been asked. */
  readonly refused?: string;
  /** It is done; what is missing is with refunds that somebody made without the shop. */
  readonly awaitsOutside?: boolean;
}

export type PaymentResume = PaymentResumePoint & {
  readonly progress: PaymentProgress;
  /** What an operator has decided and nobody has acted on. */
  readonly operatorRequest?: OperatorRequest | undefined;
};

export interface PaymentOutcome {
  readonly status: FinalPaymentStatus;
  readonly reason: string | null;
}

/** How a payment stands, for people. */
export interface PaymentProgress {
  readonly status: PaymentStatus;
  readonly needsAttention: boolean;
  /** One line: what is going on and what comes next. */
  readonly note: string;
}

/** What the buyer wants while the panel is away. */
export type DelayDecision = 'wait' | 'another-server' | 'refund';

/** What the workflow answers the buyer, once it has acted. */
export interface BuyerAnswer {
  /** `moved-on`: the payment is in a state in which that makes no sense (any more), and nothing was done. */
  readonly outcome: 'done' | 'moved-on';
  /** How the payment stands now. PostgreSQL says the same, or something newer. */
  readonly status: PaymentStatus;
}

export type OperatorDecision = 'retry' | 'deliver' | 'refund' | 'close';

/** What an operator has decided (`npm run payment -- ...`, admin screens). */
export interface OperatorRequest {
  readonly decision: OperatorDecision;
  /** Who decided, for the audit log: `operator:<telegram id>` or `cli`. */
  readonly actor: string;
}

// The messages of a payment's workflow. The definitions are plain values with the types of their payloads; the
// workflow handles them, clients send them. No payload is trusted: each only makes the workflow look again, or is
// checked against its own state.

/** Something may have happened at the provider: its webhook says so, or the buyer has come back from its page. */
export const paymentNotified = defineSignal('paymentNotified');

/** The buyer pressed "I have paid": answered when the provider has been asked. */
export const buyerSaysPaid = defineUpdate<BuyerAnswer>('buyerSaysPaid');

/** The buyer pressed "cancel": answered when the cancellation is recorded, or when the money turns out to be there. */
export const buyerCancels = defineUpdate<BuyerAnswer>('buyerCancels');

/**
 * The buyer decides what happens while the panel is away: answered when the server is changed, or the refund decided.
 */
export const decideDelay = defineUpdate<BuyerAnswer, [DelayDecision]>('decideDelay');

/** An operator has decided. */
export const operatorDecides = defineSignal<[OperatorRequest]>('operatorDecides');

/** How the payment stands now. */
export const paymentProgress = defineQuery<PaymentProgress>('paymentProgress');
