/** One payment as the audit compares it, and what the `judge...` functions share. */
import { moneyText } from '../../domain/money';
import type { ProviderId } from '../../domain/provider';
import { providerLabel } from '../../providers/labels';
import type { BookedPayment, BookedRefund } from '../../providers/port';
import type { Difference, DifferenceKind } from './differences';
import type { AuditRules, LedgerPayment, LedgerRefund } from './ledger';

/** A payment in the books of a provider. */
export interface TheirPayment extends BookedPayment {
  readonly provider: ProviderId;
}

export interface PaymentCase {
  readonly payment: LedgerPayment;
  /** The provider's payment that the row names; `undefined` when there is none. */
  readonly main: TheirPayment | undefined;
  readonly refunds: readonly LedgerRefund[];
  readonly theirRefunds: readonly BookedRefund[];
  /** The account whose books were read; `undefined`: none, because the provider is not set up. */
  readonly account: string | undefined;
}

/** Adds a difference of the payment that is judged. */
export type AddDifference = (kind: DifferenceKind, detail: string) => void;

export function difference(kind: DifferenceKind, { payment, main }: PaymentCase, detail: string): Difference {
  const providerRef = main?.ref ?? payment.providerRef ?? undefined;
  const { provider, subscriptionId } = payment;
  return {
    kind,
    ids: {
      payment: payment.id,
      ...(providerRef === undefined ? {} : { provider, providerRef }),
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

/** An amount of an order, in its currency. */
export function sumOf({ currency }: Pick<LedgerPayment, 'currency'>, minor: number): string {
  return moneyText({ currency, minor });
}

/** Who takes the money of an order, as an operator knows them. */
export const nameOf = ({ provider }: Pick<LedgerPayment, 'provider'>): string => providerLabel(provider).en;
