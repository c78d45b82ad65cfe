import { z } from 'zod';
import type { Queryable } from '../pool';

/** One attempt at a refund, or a refund made outside the shop. */
export interface RefundRow {
  readonly paymentId: string;
  readonly attempt: number;
  readonly amountKopecks: number;
  readonly reason: string;
  /** `buyer`, `deadline`, `workflow`, `cabinet` or `operator:<name>`. */
  readonly askedBy: string;
  /** YooKassa's id of the refund, `null` while it is not made. */
  readonly yookassaId: string | null;
  readonly status: 'planned' | 'pending' | 'succeeded' | 'canceled';
  /** Which of YooKassa's payments goes back, where it is not the payment's own. */
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

export function parseRefund(record: unknown): RefundRow {
  return row.parse(record);
}

/** An attempt at refunding the payment's own money that the shop has asked for. */
export const OWN_ATTEMPT = `managed_by <> 'outside' AND of_yookassa_id IS NULL`;

export interface NewRefund {
  readonly paymentId: string;
  readonly amountKopecks: number;
  readonly reason: string;
  readonly askedBy: string;
  /** The type of the workflow that carries it to its end; `outside`: it was made in YooKassa's cabinet. */
  readonly managedBy: 'payment' | 'refund' | 'outside';
  readonly requestId?: string;
  readonly ofYooKassaId?: string | null;
  /** The canceled attempt that it replaces. */
  readonly replaces?: number;
  /** YooKassa's id of a refund that has succeeded; without it the refund is planned. */
  readonly succeededAs?: string;
}

/**
 * Adds the next attempt of a payment. The only place where one begins.
 * @param db within a transaction that holds the payment's row
 * @returns its number
 */
export async function insertRefund(db: Queryable, refund: NewRefund): Promise<number> {
  const { paymentId, amountKopecks, reason, askedBy, managedBy } = refund;
  const { rows } = await db.query<{ attempt: number }>(
    `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, request_id, of_yookassa_id, replaces, yookassa_id, status, ended_at)
     SELECT gen_random_uuid(), $1, coalesce(max(attempt), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9,
            CASE WHEN $9::text IS NULL THEN 'planned' ELSE 'succeeded' END, CASE WHEN $9::text IS NOT NULL THEN now() END
     FROM refunds WHERE payment_id = $1 RETURNING attempt`,
    [
      paymentId,
      amountKopecks,
      reason,
      askedBy,
      managedBy,
      refund.requestId ?? null,
      refund.ofYooKassaId ?? null,
      refund.replaces ?? null,
      refund.succeededAs ?? null,
    ],
  );
  return rows[0]!.attempt;
}
