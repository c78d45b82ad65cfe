/** Crypto Pay's objects as the port shows them. */
import type { CryptoInvoice, CryptoTransfer } from '../../gateways/cryptopay/answers';
import { decimalToMinor } from '../../gateways/cryptopay/decimal';
import type { Charge, PaymentState, ShownRefund } from '../port';
import { moneyOf, shareOf } from './amounts';
import { claimOf } from '../token';
import type { OwnTransfer } from './transfers';

/** An invoice that was paid is one charge, under the same id: it can be paid once. */
export function chargeOf(invoice: CryptoInvoice, refunds: readonly ShownRefund[]): Charge {
  return {
    chargeId: invoice.id,
    ref: invoice.id,
    claim: claimOf(invoice.payload),
    amount: moneyOf(invoice),
    refundedMinor: refundedMinor(refunds),
    at: invoice.paid?.at ?? null,
    receipt: 'none',
  };
}

/** Of one that is not paid. An unknown status is neither paid nor ended. */
export function stateOf({ status }: CryptoInvoice): Extract<PaymentState, { state: 'open' | 'dead' }> {
  return status === 'expired' ? { state: 'dead', reason: 'expired' } : { state: 'open' };
}

/** The amount in the price's currency as its comment says it; where there is none, as its share of what was paid. */
const WRITTEN = /\((\d+\.\d{2}) RUB\)$/;

/** @param of what was paid, and the attempt that the transfer was asked for by */
export function shownRefund(
  transfer: CryptoTransfer,
  of: { readonly invoice: CryptoInvoice; readonly attempt: number; readonly spendId: string },
): ShownRefund {
  const { invoice, attempt, spendId } = of;
  const price = moneyOf(invoice);
  const written = decimalToMinor(WRITTEN.exec(transfer.comment ?? '')?.[1] ?? '', 2);
  const paid = invoice.paid?.amount;
  const shared = paid === undefined ? price : shareOf(transfer.amount, paid, price);
  return {
    outcome: 'shown',
    refundRef: spendId,
    ref: invoice.id,
    chargeId: invoice.id,
    claim: claimOf(invoice.payload),
    attempt,
    amount: written === undefined ? shared : { currency: 'RUB', minor: written },
    // A transfer is done when it is answered.
    status: 'succeeded',
    reason: null,
    receipt: 'none',
  };
}

/** Those of one invoice. */
export function refundsAmong(transfers: readonly OwnTransfer[], invoice: CryptoInvoice): readonly ShownRefund[] {
  return transfers
    .filter(({ ref }) => ref === invoice.id)
    .map(({ transfer, attempt, spendId }) => shownRefund(transfer, { invoice, attempt, spendId }));
}

export function refundedMinor(refunds: readonly ShownRefund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount.minor, 0);
}
