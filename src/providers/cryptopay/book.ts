import type { CryptoInvoice } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';
import type { BookedPayment, PaymentProvider } from '../port';
import { moneyOf } from './amounts';
import { readPage } from './find';
import { isSince, PAGE_SIZE, withInvoices } from './ledger';
import { refundedMinor, refundsAmong } from './shown';
import { claimOf } from '../token';
import type { OwnTransfer, ReadTransfers } from './transfers';

/** Every invoice and every transfer of ours of a time. Invoices that were deleted are in no list. */
export function createBook(
  client: Pick<CryptoPayClient, 'listInvoices' | 'getInvoices'>,
  transfers: ReadTransfers,
): Pick<PaymentProvider, 'bookSince'> {
  return {
    async bookSince(since, signal) {
      const given = await transfers(signal);
      const payments: BookedPayment[] = [];
      for (let offset: number | undefined = 0; offset !== undefined;) {
        const page = await readPage(client, { offset, count: PAGE_SIZE, since }, signal);
        if (page.unreadable.length > 0)
          throw new Error(`Crypto Pay shows invoices that can’t be read: ${page.unreadable.join(', ')}`);
        const made = page.items.filter(({ createdAt }) => isSince(createdAt, since.getTime()));
        payments.push(...made.map((invoice) => booked(invoice, given)));
        offset = page.next;
      }
      const lately = given.filter(({ transfer }) => isSince(transfer.completedAt, since.getTime()));
      const refunds = await withInvoices(client, lately, signal);
      return {
        payments,
        refunds: refunds.map(({ refund, transfer }) => ({
          ...refund,
          createdAt: transfer.completedAt ?? since.toISOString(),
        })),
      };
    },
  };
}

const STATES = { active: 'open', paid: 'paid', expired: 'dead', unknown: 'open' } as const;

function booked(invoice: CryptoInvoice, transfers: readonly OwnTransfer[]): BookedPayment {
  return {
    ref: invoice.id,
    claim: claimOf(invoice.payload),
    state: STATES[invoice.status],
    word: invoice.rawStatus,
    amount: moneyOf(invoice),
    refundedMinor: refundedMinor(refundsAmong(transfers, invoice)),
    createdAt: invoice.createdAt,
    paidAt: invoice.paid?.at,
  };
}
