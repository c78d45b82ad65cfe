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
  /** Which of YooKassa's payments goes back, where it is not the order's own. */
  readonly ofYooKassaId: string | null;
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
    of_yookassa_id: z.string().nullable(),
  })
  .transform((r): RefundRow => ({
    paymentId: r.payment_id,
    attempt: r.attempt,
    amountKopecks: r.amount_kopecks,
    reason: r.reason,
    askedBy: r.asked_by,
    yookassaId: r.yookassa_id,
    status: r.status,
    ofYooKassaId: r.of_yookassa_id,
  }));

/** What the shop gives back and what was given back outside it; each attempt of the shop's has its own idempotence key. */
export function refundsOf(db: Queryable) {
  const one = async (where: string, values: unknown[]): Promise<RefundRow | undefined> => {
    const { rows } = await db.query(`SELECT * FROM refunds WHERE ${where}`, values);
    return rows[0] === undefined ? undefined : row.parse(rows[0]);
  };
  const next = '(SELECT max(attempt) + 1 FROM refunds WHERE payment_id = $1)';

  return {
    /** The attempt in force of the order's own money: the newest one that the shop asked for. */
    latest: (paymentId: string) =>
      one(`payment_id = $1 AND managed_by <> 'outside' AND of_yookassa_id IS NULL ORDER BY attempt DESC LIMIT 1`, [
        paymentId,
      ]),
    of: (paymentId: string, attempt: number) => one('payment_id = $1 AND attempt = $2', [paymentId, attempt]),
    byYooKassaId: (yookassaId: string) => one('yookassa_id = $1', [yookassaId]),
    byOrder: (orderId: string) => one('request_id = $1', [orderId]),
    /** The oldest attempt that the refund workflow still has something to do about. */
    unsettled: (paymentId: string) =>
      one(`payment_id = $1 AND managed_by = 'refund' AND completed_at IS NULL ORDER BY attempt LIMIT 1`, [paymentId]),

    /** What YooKassa said of an attempt. A final word is kept. */
    async record(
      paymentId: string,
      attempt: number,
      answer: { yookassaId: string | null; status: 'pending' | 'succeeded' | 'canceled' },
    ): Promise<void> {
      await db.query(
        `UPDATE refunds SET yookassa_id = coalesce($3, yookassa_id), status = $4, ended_at = CASE WHEN $4 <> 'pending' THEN coalesce(ended_at, now()) END
         WHERE payment_id = $1 AND attempt = $2 AND status IN ('planned', 'pending')`,
        [paymentId, attempt, answer.yookassaId, answer.status],
      );
    },

    /** A new attempt after the newest one, which YooKassa refused for good; only then is a new key right. */
    async again(paymentId: string, askedBy: string): Promise<void> {
      await db.query(
        `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, status, managed_by)
         SELECT gen_random_uuid(), payment_id, ${next}, amount_kopecks, reason, $2, 'planned', managed_by FROM refunds
         WHERE payment_id = $1 AND managed_by <> 'outside' AND of_yookassa_id IS NULL AND status = 'canceled'
           AND attempt = (SELECT max(attempt) FROM refunds WHERE payment_id = $1 AND managed_by <> 'outside' AND of_yookassa_id IS NULL)
         ON CONFLICT (payment_id, attempt) DO NOTHING`,
        [paymentId, askedBy],
      );
    },

    /** The same for one attempt by its number, which is settled by it. @returns the number of the new one, or of the one made before */
    async replace(paymentId: string, attempt: number, askedBy: string): Promise<number> {
      const { rows } = await db.query<{ attempt: number }>(
        `WITH old AS (
           UPDATE refunds SET completed_at = now() WHERE payment_id = $1 AND attempt = $2 AND status = 'canceled' AND completed_at IS NULL
           RETURNING payment_id, amount_kopecks, reason, managed_by, of_yookassa_id)
         INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, status, managed_by, of_yookassa_id)
         SELECT gen_random_uuid(), payment_id, ${next}, amount_kopecks, reason, $3, 'planned', managed_by, of_yookassa_id FROM old RETURNING attempt`,
        [paymentId, attempt, askedBy],
      );
      if (rows[0]) return rows[0].attempt;
      const before = await db.query<{ attempt: number }>(
        `SELECT max(attempt) AS attempt FROM refunds WHERE payment_id = $1 AND managed_by = 'refund'`,
        [paymentId],
      );
      return before.rows[0]!.attempt;
    },

    /**
     * Part of the money has gone back outside meanwhile: a new attempt asks for the rest only.
     * @returns its number, or that of the one made before
     */
    async askForLess(paymentId: string, attempt: number, leftKopecks: number): Promise<number> {
      await db.query(
        'UPDATE refunds SET amount_kopecks = $3 WHERE payment_id = $1 AND attempt = $2 AND $3 > 0 AND status = $4',
        [paymentId, attempt, leftKopecks, 'canceled'],
      );
      return this.replace(paymentId, attempt, 'workflow');
    },

    /** Nothing is left to do about it. */
    async settle(paymentId: string, attempt: number): Promise<void> {
      await db.query(
        'UPDATE refunds SET completed_at = coalesce(completed_at, now()) WHERE payment_id = $1 AND attempt = $2',
        [paymentId, attempt],
      );
    },

    /** Payments with an attempt that the refund workflow should be at, begun before `before`. */
    async unsettledPayments(before: Date, limit: number): Promise<string[]> {
      const { rows } = await db.query<{ payment_id: string }>(
        `SELECT payment_id FROM refunds WHERE managed_by = 'refund' AND completed_at IS NULL AND created_at < $1 GROUP BY payment_id ORDER BY min(created_at) LIMIT $2`,
        [before, limit],
      );
      return rows.map((r) => r.payment_id);
    },
  };
}
