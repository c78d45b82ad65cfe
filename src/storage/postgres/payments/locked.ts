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
