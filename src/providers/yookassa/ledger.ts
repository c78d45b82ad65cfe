import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import type { YooKassaClient } from '../../gateways/yookassa/client';
import { readCursor } from '../cursor';
import type { LedgerEvent, LedgerPage, PaymentProvider } from '../port';
import { chargeOf, shownRefund } from './shown';

/** A list may show an object a little after its own time; a comparison costs a page. */
const OVERLAP_MS = { payments: 10 * MINUTE_MS, refunds: 3 * DAY_MS } as const;
/** How far back a new shop looks. */
const FIRST_WINDOW_MS = 3 * DAY_MS;
/** Objects of one page; 100 is YooKassa's maximum. */
const PAGE_SIZE = 100;

const time = z.iso.datetime();

type ListName = keyof typeof OVERLAP_MS;

const cursorSchema = z.object({
  /** Until when the list was read; absent: never. */
  seen: time.optional(),
  /** In the middle of the list: what it is read from and to, and its next page. */
  page: z
    .object({
      from: time,
      to: time,
      next: z.string(),
      /** What happened after YooKassa's first answer may be missing in it, whatever our own clock says. */
      seenUntil: time,
    })
    .optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

/** YooKassa's lists of payments that were captured and refunds that were created, each by itself. */
export function createLedger(
  client: YooKassaClient,
  now: () => Date,
): Required<Pick<PaymentProvider, 'listSince' | 'refundsSince'>> {
  /** One page of a list. */
  const read = async (list: ListName, { from, to }: Window, page: string | undefined, signal?: AbortSignal) => {
    const between = { gte: from, lte: to };
    const paging = { limit: PAGE_SIZE, cursor: page };
    if (list === 'payments') {
      const answer = await client.listPayments({ capturedAt: between, status: 'succeeded', ...paging }, signal);
      const events = answer.items.map((one): LedgerEvent => ({ kind: 'charge', charge: chargeOf(one) }));
      return { ...answer, events: [...events, ...unreadable('charge', answer.unreadable)] };
    }
    const answer = await client.listRefunds({ createdAt: between, ...paging }, signal);
    // Pending ones too: YooKassa sends no event for how they end, so a workflow must follow them, whoever made them.
    const events = answer.items
      .filter(({ status }) => status !== 'canceled')
      .map((one): LedgerEvent => ({ kind: 'refund', refund: shownRefund(one) }));
    return { ...answer, events: [...events, ...unreadable('refund', answer.unreadable)] };
  };

  async function since(list: ListName, text: string | null, signal?: AbortSignal): Promise<LedgerPage> {
    const { seen, page } = readCursor(cursorSchema, text) ?? FIRST;
    const { from, to } = page ?? windowOf(list, seen, now());
    const { events, nextCursor, answeredAt } = await read(list, { from, to }, page?.next, signal);
    const seenUntil = page?.seenUntil ?? earlier(answeredAt?.toISOString(), to);
    if (nextCursor !== undefined)
      return { events, more: true, cursor: textOf({ seen, page: { from, to, next: nextCursor, seenUntil } }) };
    return { events, more: false, cursor: textOf({ seen: seenUntil }) };
  }

  return {
    listSince: (cursor, signal) => since('payments', cursor, signal),
    refundsSince: (cursor, signal) => since('refunds', cursor, signal),
  };
}

const FIRST: Cursor = {};

const textOf = (cursor: Cursor): string => JSON.stringify(cursor);

interface Window {
  readonly from: string;
  readonly to: string;
}

function windowOf(list: ListName, until: string | undefined, now: Date): Window {
  const from = until === undefined ? now.getTime() - FIRST_WINDOW_MS : Date.parse(until) - OVERLAP_MS[list];
  return { from: new Date(from).toISOString(), to: now.toISOString() };
}

function unreadable(of: 'charge' | 'refund', ids: readonly string[]): LedgerEvent[] {
  return ids.map((id) => ({ kind: 'unreadable', of, id }));
}

function earlier(one: string | undefined, other: string): string {
  return one === undefined || one > other ? other : one;
}
