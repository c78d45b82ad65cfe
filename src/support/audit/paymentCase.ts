/** One payment as the audit compares it, and what the `judge...` functions share. */
import type { YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import type { Difference, DifferenceKind } from './differences';
import type { AuditRules, LedgerPayment, LedgerRefund } from './ledger';

/** The totals while they are counted, in kopecks; see `Totals`. */
export interface Count {
  in: number;
  delivered: number;
  refunded: number;
  inProgress: number;
  unaccounted: number;
}

export interface PaymentCase {
  readonly payment: LedgerPayment;
  /** YooKassa's payment that the row names; `undefined` when there is none. */
  readonly main: YooPayment | undefined;
  readonly refunds: readonly LedgerRefund[];
  readonly theirRefunds: readonly YooRefund[];
}

/** Adds a difference of the payment that is judged. */
export type AddDifference = (kind: DifferenceKind, detail: string) => void;

export function difference(kind: DifferenceKind, { payment, main }: PaymentCase, detail: string): Difference {
  const yookassa = main?.id ?? payment.providerRef ?? undefined;
  const { subscriptionId } = payment;
  return {
    kind,
    ids: {
      payment: payment.id,
      ...(yookassa === undefined ? {} : { yookassa }),
      ...(subscriptionId === null ? {} : { subscription: subscriptionId }),
    },
    detail,
  };
}

export function isOlder(at: Date, { now, graceMs }: AuditRules): boolean {
  return now.getTime() - at.getTime() > graceMs;
}

export function latest(at: Date, iso: string | undefined): Date {
  return iso === undefined || Date.parse(iso) < at.getTime() ? at : new Date(iso);
}

export function kopecks(amount: number): string {
  return `${(amount / 100).toFixed(2)} RUB`;
}
