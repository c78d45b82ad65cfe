import { DAY_MS } from '../../../domain/duration';
import type { Queryable } from '../pool';
import { prepared, queryRow } from '../query';
import { PAYMENT_COLUMNS, storedPayment, type StoredPayment } from './rows';

/** A payment as a transaction that decides about money sees it: nobody else decides until that ends. */
export type LockedPayment = StoredPayment;

const LOCK = prepared(`SELECT ${PAYMENT_COLUMNS} FROM payments p WHERE p.id = $1 FOR UPDATE`);

/** @throws Error when there is no such payment */
export async function lockPayment(client: Queryable, paymentId: string): Promise<LockedPayment> {
  const locked = await queryRow(client, storedPayment, LOCK, [paymentId]);
  if (!locked) throw new Error(`payment ${paymentId} does not exist`);
  return locked;
}

/** The time this payment still gives, after what part refunds have revoked. */
export function keptMs({ days, revokedMs }: Pick<LockedPayment, 'days' | 'revokedMs'>): number {
  return Math.max(0, days * DAY_MS - revokedMs);
}

/** The same for traffic; 0 for an unlimited plan. */
export function keptGb({ trafficGb, revokedGb }: Pick<LockedPayment, 'trafficGb' | 'revokedGb'>): number {
  return Math.max(0, (trafficGb ?? 0) - revokedGb);
}
