import { DEFAULT_TIME_ZONE } from '../../../domain/calendar';
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

const buyerColumns = userRow.pick({ language: true, time_zone: true });

const CHAT = prepared(
  `SELECT ${PAYMENT_VIEW}, x.language AS buyer_language, x.time_zone FROM ${PAYMENT_WITH_NAMES}
     LEFT JOIN users x ON x.telegram_id = p.user_id
   WHERE p.id = $1`,
);

/** @throws Error when there is no such payment */
export async function chatOf(db: Queryable, paymentId: string): Promise<ChatOf> {
  const { rows } = await db.query<Record<string, unknown>>(CHAT, [paymentId]);
  const row = rows[0];
  if (row === undefined) throw new Error(`payment ${paymentId} does not exist`);
  const payment = parseRow(paymentView, row);
  if (row['buyer_language'] === null) return { payment, timeZone: DEFAULT_TIME_ZONE };
  const buyer = parseRow(buyerColumns, { ...row, language: row['buyer_language'] });
  return { payment: { ...payment, language: buyer.language }, timeZone: buyer.time_zone };
}
