import { z } from 'zod';
import type { StarRow, TelegramStars } from '../../gateways/telegram';
import type { StarCharge } from '../../storage/postgres/starCharges';
import { readCursor } from '../cursor';
import type { BookedPayment, BookedRefund, LedgerEvent, LedgerPage, PaymentProvider } from '../port';
import { claimOf } from '../token';
import type { StarsDeps } from './index';
import { chargeOf, refundOf } from './shown';

/** Rows that are read again each time: whether Telegram's count ever changes is not known. */
const OVERLAP = 20;

const cursorSchema = z.object({
  /** Rows of the bot's ledger that were read, those that Telegram left out not counted. */
  consumed: z.int().min(0),
  /** In the middle of a reading: the row it goes on from. */
  at: z.int().min(0).optional(),
});

/**
 * The bot's ledger, oldest row first, by the number of rows that were read. Whatever is in it and not yet in the
 * database is written down: a charge whose update was lost is found here, and so is one that Telegram has given back.
 */
export function createLedger({
  stars,
  charges,
}: Pick<StarsDeps, 'stars' | 'charges'>): Pick<PaymentProvider, 'listSince'> {
  return {
    async listSince(text): Promise<LedgerPage> {
      const { consumed, at } = readCursor(cursorSchema, text) ?? { consumed: 0, at: undefined };
      const offset = at ?? Math.max(0, consumed - OVERLAP);
      const { rows, count } = await stars.transactions(offset);
      const events: LedgerEvent[] = [];
      for (const row of rows) {
        const event = row === undefined ? UNREADABLE : await recorded(charges, row);
        if (event !== undefined) events.push(event);
      }
      const read = offset + count;
      if (count > 0) return { events, more: true, cursor: textOf({ consumed: Math.max(consumed, read), at: read }) };
      // Rows have gone that were there: what is new may be anywhere, so all of it is read.
      if (at === undefined && offset > 0) return { events, more: true, cursor: textOf({ consumed: 0, at: 0 }) };
      // Only an empty page is the end: a short one is no proof of it.
      return { events, more: false, cursor: textOf({ consumed }) };
    },
  };
}

const textOf = (cursor: z.infer<typeof cursorSchema>): string => JSON.stringify(cursor);

const UNREADABLE: LedgerEvent = { kind: 'unreadable', of: 'charge', id: '?' };

/** @returns `undefined` for a row that is no payment to this program */
async function recorded(charges: StarsDeps['charges'], row: StarRow): Promise<LedgerEvent | undefined> {
  if (row.direction === 'in') {
    const charge = asCharge(row);
    if (charge === undefined) return undefined;
    await charges.record(charge);
    return { kind: 'charge', charge: chargeOf((await charges.byId(charge.chargeId)) ?? charge) };
  }
  if ((await charges.recordRefunded(row.id, row.at)) === undefined) return undefined;
  const refunded = await charges.byId(row.id);
  return refunded && { kind: 'refund', refund: refundOf(refunded) };
}

/** The payment of a row: what was paid, with what an affiliate got of it. */
function asCharge({ id, userId, payload, stars, affiliateStars, at }: StarRow): StarCharge | undefined {
  if (userId === undefined || payload === undefined || claimOf(payload).orderId === null) return undefined;
  return {
    chargeId: id,
    payload,
    payerId: userId,
    stars: stars + affiliateStars,
    chargedAt: at,
    refundAttempt: null,
    refundedAt: null,
    recordedAt: at,
  };
}

/** Everything of the bot's ledger since; it has no filter, so all of it is read, a hundred rows a call. */
export function createBook(stars: Pick<TelegramStars, 'transactions'>): Pick<PaymentProvider, 'bookSince'> {
  return {
    async bookSince(since) {
      const rows: StarRow[] = [];
      for (let offset = 0; ;) {
        const page = await stars.transactions(offset);
        if (page.rows.includes(undefined)) throw new Error('a row of the bot’s ledger can’t be read');
        rows.push(...page.rows.filter((row) => row !== undefined));
        if (page.count === 0) break;
        offset += page.count;
      }
      const refunded = new Map(rows.filter(({ direction }) => direction === 'out').map((row) => [row.id, row]));
      const payments: BookedPayment[] = [];
      const refunds: BookedRefund[] = [];
      for (const row of rows) {
        const charge = row.direction === 'in' ? asCharge(row) : undefined;
        if (charge === undefined) continue;
        const back = refunded.get(row.id);
        const shown = { ...charge, refundedAt: back?.at ?? null };
        if (row.at >= since) payments.push(booked(shown));
        if (back !== undefined && back.at >= since)
          refunds.push({ ...refundOf(shown), createdAt: back.at.toISOString() });
      }
      return { payments, refunds };
    },
  };
}

function booked(charge: StarCharge): BookedPayment {
  const { ref, claim, amount, refundedMinor } = chargeOf(charge);
  const at = charge.chargedAt.toISOString();
  return { ref, claim, state: 'paid', word: 'paid', amount, refundedMinor, createdAt: at, paidAt: at };
}
