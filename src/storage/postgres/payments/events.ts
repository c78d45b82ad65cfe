import { z } from 'zod';
import type { Queryable } from '../pool';

export interface PaymentEvent {
  readonly at: Date;
  /** `buyer`, `workflow`, `yookassa`, `panel`, `telegram` or `operator:<telegram id>`. */
  readonly actor: string;
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const row = z.object({
  at: z.date(),
  actor: z.string(),
  event: z.string(),
  details: z.record(z.string(), z.unknown()),
});

const values = (first: number): string => `($1, $${first}, $${first + 1}, $${first + 2})`;
const insertion = (...firsts: number[]): string =>
  `INSERT INTO payment_events (payment_id, actor, event, details) VALUES ${firsts.map(values).join(', ')}`;

/** Adds a line to a payment's story. `details` hold ids and numbers, never a link or a key. */
export async function recordEvent(
  db: Queryable,
  paymentId: string,
  actor: string,
  event: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await db.query(insertion(2), [paymentId, actor, event, JSON.stringify(details)]);
}

/** What YooKassa said for good, as a line of the story. */
export interface FinalWord {
  readonly event: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * The same line as part of a statement that changes the payment, in one round and never one without the other:
 * `WITH ${eventInsertion(4)} UPDATE payments ... WHERE id = $1`. Actor, event and details are the parameters from `first` on; with more
 * than one `first`, that many lines in this order.
 */
export function eventInsertion(...firsts: [number, ...number[]]): string {
  return `line AS (${insertion(...firsts)})`;
}

/** A payment's story, oldest first. */
export async function eventsOf(db: Queryable, paymentId: string): Promise<PaymentEvent[]> {
  const { rows } = await db.query(
    'SELECT at, actor, event, details FROM payment_events WHERE payment_id = $1 ORDER BY id LIMIT 1000',
    [paymentId],
  );
  return rows.map((r) => row.parse(r));
}
