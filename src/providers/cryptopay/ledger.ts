import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../../domain/duration';
import type { CryptoInvoice, CryptoTransfer } from '../../gateways/cryptopay/answers';
import type { CryptoPayClient } from '../../gateways/cryptopay/client';
import { readCursor } from '../cursor';
import type { LedgerEvent, LedgerPage, PaymentProvider, ShownRefund } from '../port';
import { readPage } from './find';
import { LIFE_MS } from './payments';
import { chargeOf, refundsAmong, shownRefund } from './shown';
import type { OwnTransfer, ReadTransfers } from './transfers';

/** The two clocks may differ, and a list may show an invoice a little later; a comparison costs a page. */
const OVERLAP_MS = HOUR_MS;
/** How far back a new shop looks. */
const FIRST_WINDOW_MS = 3 * DAY_MS;
/** The most that Crypto Pay gives at once. */
export const PAGE_SIZE = 1000;

const time = z.iso.datetime();
const cursorSchema = z.object({
  /** What was paid before was shown. */
  seenUntil: time,
  /** In the middle of the list: where it goes on, and until when it has shown everything at its end. */
  page: z.object({ offset: z.int().min(1), seenUntil: time }).optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

export interface LedgerDeps {
  readonly client: Pick<CryptoPayClient, 'listInvoices' | 'getInvoices'>;
  readonly transfers: ReadTransfers;
  readonly now: () => Date;
  readonly pageSize: number;
}

/** Invoices that were paid, and at their end what was given back. There is no list by time, and no documented order. */
export function createLedger({ client, transfers, now, pageSize }: LedgerDeps): Pick<PaymentProvider, 'listSince'> {
  return {
    async listSince(text, signal): Promise<LedgerPage> {
      const { seenUntil, page }: Cursor = readCursor(cursorSchema, text) ?? firstCursor(now());
      const from = Date.parse(seenUntil) - OVERLAP_MS;
      const { offset, seenUntil: readUntil } = page ?? { offset: 0, seenUntil: now().toISOString() };
      // An invoice of ours is as old as it can get when it is paid at the end of its life.
      const since = new Date(from - LIFE_MS);
      const wanted = { status: 'paid', offset, count: pageSize, since } as const;
      const { items, unreadable, next } = await readPage(client, wanted, signal);
      const events: LedgerEvent[] = unreadable.map((id) => ({ kind: 'unreadable', of: 'charge', id }));
      const paid = items.filter((invoice) => invoice.status === 'paid' && isSince(invoice.paid?.at, from));
      const given = await transfers(signal);
      for (const invoice of paid)
        events.push({ kind: 'charge', charge: chargeOf(invoice, refundsAmong(given, invoice)) });
      if (next !== undefined)
        return { events, more: true, cursor: textOf({ seenUntil, page: { offset: next, seenUntil: readUntil } }) };
      const lately = given.filter(({ transfer }) => isSince(transfer.completedAt, from));
      for (const { refund } of await withInvoices(client, lately, signal)) events.push({ kind: 'refund', refund });
      return { events, more: false, cursor: textOf({ seenUntil: readUntil }) };
    },
  };
}

/** Where no time is named, it may have been lately. */
export function isSince(at: string | undefined, sinceMs: number): boolean {
  return at === undefined || Date.parse(at) >= sinceMs;
}

/** Transfers as refunds of their invoices. */
export async function withInvoices(
  client: Pick<CryptoPayClient, 'getInvoices'>,
  transfers: readonly OwnTransfer[],
  signal?: AbortSignal,
): Promise<{ readonly refund: ShownRefund; readonly transfer: CryptoTransfer }[]> {
  const refs = transfers.map(({ ref }) => ref);
  const invoices = refs.length === 0 ? new Map<string, CryptoInvoice>() : await client.getInvoices(refs, signal);
  return transfers.flatMap(({ transfer, ref, attempt, spendId }) => {
    const invoice = invoices.get(ref);
    return invoice === undefined ? [] : [{ transfer, refund: shownRefund(transfer, { invoice, attempt, spendId }) }];
  });
}

const firstCursor = (now: Date): Cursor => ({ seenUntil: new Date(now.getTime() - FIRST_WINDOW_MS).toISOString() });

const textOf = (cursor: Cursor): string => JSON.stringify(cursor);
