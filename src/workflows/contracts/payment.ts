/**
 * What the rest of the system may know of the `payment` workflow: its name, its ids, what it takes, what it answers.
 * Bot, HTTP and tools import this file; none of them imports the workflow's code.
 */
import type { FinalPaymentStatus, PaymentStatus } from '../../domain/payment';

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

/** The first `Idempotence-Key` of a step of this payment; at most 64 characters of `[0-9a-zA-Z_.-]` (YooKassa docs). */
export function idempotenceKey(paymentId: string, step: 'create' | `refund-${number}`): string {
  return `${paymentWorkflowId(paymentId)}.${step}`;
}

export interface PaymentInput {
  readonly paymentId: string;
  /** Milliseconds between two polls of the close watch, and how long it lasts (`PAYMENT_POLL_INTERVAL`, `PAYMENT_POLL_TIMEOUT`). */
  readonly pollIntervalMs: number;
  readonly pollTimeoutMs: number;
  /** Milliseconds after which undeliverable money goes back by itself (`REFUND_AFTER`). */
  readonly refundAfterMs: number;
}

export interface PaymentOutcome {
  readonly status: FinalPaymentStatus;
  readonly reason: string | null;
}

/** Answer of the `paymentProgress` query. */
export interface PaymentProgress {
  readonly status: PaymentStatus;
  readonly needsAttention: boolean;
  /** One line for people: what is going on and what comes next. */
  readonly note: string;
}

/** Signals. None of them is trusted: each only makes the workflow look again, or is checked against its own state. */
export const PAYMENT_SIGNALS = {
  /** YooKassa's webhook said something about this payment. */
  notified: 'paymentNotified',
  /** The buyer pressed "I have paid". */
  buyerSaysPaid: 'buyerSaysPaid',
  /** The buyer pressed "cancel" before paying. */
  buyerCancels: 'buyerCancels',
  /** The buyer's choice while the panel is away: `wait`, `another-server` or `money-back`. */
  buyerChooses: 'buyerChooses',
  /** An operator's decision (`npm run payment -- ...`, admin screens). */
  operatorDecides: 'operatorDecides',
} as const;

export type BuyerChoice = 'wait' | 'another-server' | 'money-back';
export type OperatorDecision = 'retry' | 'deliver' | 'refund' | 'close';

export const PAYMENT_PROGRESS_QUERY = 'paymentProgress';
