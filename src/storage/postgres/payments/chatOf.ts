import { z } from 'zod';
import type { Payment } from '../../../domain/payment';
import type { Queryable } from '../pool';
import { parseRow, prepared } from '../query';
import { userRow } from '../tables/users';
import { PAYMENT_VIEW, PAYMENT_WITH_NAMES, paymentView } from './rows';

/** A payment with what its chat needs to know of the buyer. */
export interface ChatOf {
  /** In the language that the buyer reads now. */
  readonly payment: Payment;
  readonly timeZone: string;
}

const { language, time_zone } = userRow.shape;
const buyerPart = z.object({ buyer_language: language, time_zone });

const CHAT = prepared(
  `SELECT ${PAYMENT_VIEW}, x.language AS buyer_language, x.time_zone FROM ${PAYMENT_WITH_NAMES}
     JOIN users x ON x.telegram_id = p.user_id
   WHERE p.id = $1`,
);

/** @throws Error when there is no such payment */
export async function chatOf(db: Queryable, paymentId: string): Promise<ChatOf> {
  const { rows } = await db.query<Record<string, unknown>>(CHAT, [paymentId]);
  const row = rows[0];
  if (row === undefined) throw new Error(`payment ${paymentId} does not exist`);
  const buyer = parseRow(buyerPart, row);
  return { payment: { ...parseRow(paymentView, row), language: buyer.buyer_language }, timeZone: buyer.time_zone };
}
