import type { YooList, YooPayment, YooRefund } from '../../gateways/yookassa/answers';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import type { BookedPayment, BookedRefund, PaymentProvider } from '../port';
import { moneyOf } from './amounts';
import { claimOf, shownRefund, stateOf } from './shown';

type Client = Pick<YooKassaClient, 'listPayments' | 'listRefunds'>;

/** Everything that was made at YooKassa since, by its two lists. */
export function createBook(client: Client): Pick<PaymentProvider, 'bookSince'> {
  return {
    async bookSince(since, signal) {
      const createdAt = { gte: since.toISOString() };
      const [payments, refunds] = await Promise.all([
        everyPage((cursor) => client.listPayments({ createdAt, limit: 100, cursor }, signal)),
        everyPage((cursor) => client.listRefunds({ createdAt, limit: 100, cursor }, signal)),
      ]);
      return { payments: payments.map(bookedPayment), refunds: refunds.map(bookedRefund) };
    },
  };
}

function bookedPayment(payment: YooPayment): BookedPayment {
  return {
    ref: payment.id,
    claim: claimOf(payment.metadata),
    state: stateOf(payment).state,
    word: payment.rawStatus,
    amount: moneyOf(payment),
    refundedMinor: payment.refundedKopecks,
    createdAt: payment.createdAt,
    paidAt: payment.capturedAt,
  };
}

function bookedRefund(refund: YooRefund): BookedRefund {
  return { ...shownRefund(refund), createdAt: refund.createdAt };
}

/** @throws Error when something of the list can't be read */
async function everyPage<Item>(page: (cursor: string | undefined) => Promise<YooList<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const { items, unreadable, nextCursor } = await page(cursor);
    if (unreadable.length > 0)
      throw new Error(`${unreadable.length} objects of the list cannot be understood, the first is ${unreadable[0]}`);
    all.push(...items);
    if (nextCursor === undefined) return all;
    cursor = nextCursor;
  }
}
