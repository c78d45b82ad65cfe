import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { paymentEventRow } from '../tables/payments';

/** Everything that is ever written into a payment's timeline. Its words: `support/timeline/words.ru.ts`. */
export type PaymentEventName =
  | 'confirmed'
  | 'confirmed-again'
  | 'link-created'
  | 'creation-refused'
  | 'says-succeeded'
  | 'says-canceled'
  | 'says-mismatch'
  | 'says-unknown'
  | 'paid'
  | 'paid-in-vain'
  | 'delivered'
  | 'gift-made'
  | 'gift-claimed'
  | 'gift-returned'
  | 'server-changed'
  | 'key-sent'
  | 'buyer-unreachable'
  | 'refund-decided'
  | 'refund-succeeded'
  | 'refund-canceled'
  | 'refund-made-outside'
  | 'receipt-registered'
  | 'receipt-failed'
  | 'taken-up-by-reconciliation';

export interface PaymentEvent {
  readonly at: Date;
  /** `buyer`, `workflow`, a provider's id, `panel`, `telegram` or `operator:<telegram id>`. */
  readonly actor: string;
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const paymentEvent = paymentEventRow.pick({ at: true, actor: true, event: true, details: true });

const values = (first: number): string => `($1, $${first}, $${first + 1}, $${first + 2})`;
const insertion = (...firsts: number[]): string =>
  `INSERT INTO payment_events (payment_id, actor, event, details) VALUES ${firsts.map(values).join(', ')}`;

/** Adds an event to a payment's timeline. `details` hold ids and numbers, never a link or a key. */
export async function recordEvent(
  db: Queryable,
  paymentId: string,
  actor: string,
  event: PaymentEventName,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await db.query(insertion(2), [paymentId, actor, event, JSON.stringify(details)]);
}

/** The provider's final answer about a payment, as an event of its timeline. */
export interface VerdictEvent {
  readonly event: PaymentEventName;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The same insertion as a part of a statement that changes the payment, so that there is never one without the other
 * and it is one round trip: `WITH ${eventInsertion(4)} UPDATE payments ... WHERE id = $1`. Actor, event and details are
 * the three parameters from `first` on; with more than one `first`, that many events in this order.
 */
export function eventInsertion(...firsts: [number, ...number[]]): string {
  return `new_events AS (${insertion(...firsts)})`;
}

/** A payment's events, oldest first. */
export function eventsOf(db: Queryable, paymentId: string): Promise<PaymentEvent[]> {
  return queryRows(
    db,
    paymentEvent,
    'SELECT at, actor, event, details FROM payment_events WHERE payment_id = $1 ORDER BY id LIMIT 1000',
    [paymentId],
  );
}
