import { z } from 'zod';
import type { Queryable } from '../pool';

export interface RefundRow {
  readonly paymentId: string;
  readonly attempt: number;
  readonly amountKopecks: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly yookassaId: string | null;
  readonly status: 'planned' | 'pending' | 'succeeded' | 'canceled';
}

const row = z
  .object({
    payment_id: z.string(),
    attempt: z.number(),
    amount_kopecks: z.number(),
    reason: z.string(),
    asked_by: z.string(),
    yookassa_id: z.string().nullable(),
    status: z.enum(['planned', 'pending', 'succeeded', 'canceled']),
  })
  .transform(
    (r): RefundRow => ({ paymentId: r.payment_id, attempt: r.attempt, amountKopecks: r.amount_kopecks, reason: r.reason, askedBy: r.asked_by, yookassaId: r.yookassa_id, status: r.status }),
  );

/** The refunds of our own making; each attempt has its own idempotence key. */
export function refundsOf(db: Queryable) {
  return {
    /** The attempt in force: the newest one. */
    async latest(paymentId: string): Promise<RefundRow | undefined> {
      const { rows } = await db.query('SELECT * FROM refunds WHERE payment_id = $1 ORDER BY attempt DESC LIMIT 1', [paymentId]);
      return rows[0] === undefined ? undefined : row.parse(rows[0]);
    },

    /** What YooKassa said of an attempt. A final word is kept. */
    async record(paymentId: string, attempt: number, answer: { yookassaId: string | null; status: 'pending' | 'succeeded' | 'canceled' }): Promise<void> {
      await db.query(
        `UPDATE refunds SET yookassa_id = coalesce($3, yookassa_id), status = $4, ended_at = CASE WHEN $4 <> 'pending' THEN coalesce(ended_at, now()) END
         WHERE payment_id = $1 AND attempt = $2 AND status IN ('planned', 'pending')`,
        [paymentId, attempt, answer.yookassaId, answer.status],
      );
    },

    /** A new attempt after one that YooKassa refused for good; only then is a new key right. */
    async again(paymentId: string, askedBy: string): Promise<void> {
      await db.query(
        `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, status)
         SELECT gen_random_uuid(), payment_id, attempt + 1, amount_kopecks, reason, $2, 'planned' FROM refunds
         WHERE payment_id = $1 AND status = 'canceled' AND attempt = (SELECT max(attempt) FROM refunds WHERE payment_id = $1)
         ON CONFLICT (payment_id, attempt) DO NOTHING`,
        [paymentId, askedBy],
      );
    },
  };
}
