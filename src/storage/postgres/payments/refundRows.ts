import { z } from 'zod';
import type { ProviderId } from '../../../domain/provider';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { refundRow } from '../tables/refunds';

export const storedRefund = refundRow.transform(camelCased);
/**
 * One attempt at a refund, or a refund made outside the shop. `askedBy` is `buyer`, `deadline`, `workflow`, `cabinet`
 * or `operator:<name>`; `ofProviderRef` is which of the provider's payments goes back, where it is not the payment's own.
 */
export type RefundRow = z.output<typeof storedRefund>;

/** An attempt at refunding the payment's own money that the shop has asked for. */
export const OWN_ATTEMPT = `managed_by <> 'outside' AND of_provider_ref IS NULL`;

/** Kopecks of the payment's own money that are back with the buyer, by whatever ways. */
export async function backKopecks(db: Queryable, paymentId: string): Promise<number> {
  const sum = await queryRow(
    db,
    z.object({ kopecks: z.number() }),
    `SELECT coalesce(sum(amount_kopecks), 0) AS kopecks FROM refunds
     WHERE payment_id = $1 AND of_provider_ref IS NULL AND (status = 'succeeded' OR by_other_means)`,
    [paymentId],
  );
  return sum!.kopecks;
}

/** Whether an attempt at refunding the payment's own money is not at its end. */
export async function hasOpenAttempt(db: Queryable, paymentId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT 1 FROM refunds WHERE payment_id = $1 AND ${OWN_ATTEMPT} AND completed_at IS NULL LIMIT 1`,
    [paymentId],
  );
  return (rowCount ?? 0) > 0;
}

export interface NewRefund {
  readonly paymentId: string;
  /** Who has the money, and gives it back. */
  readonly provider: ProviderId;
  readonly amountKopecks: number;
  readonly reason: string;
  readonly askedBy: string;
  /** The type of the workflow that carries it to its end; `outside`: it was made in the provider's cabinet. */
  readonly managedBy: RefundRow['managedBy'];
  readonly requestId?: string;
  readonly ofProviderRef?: string | null;
  /** The canceled attempt that it replaces. */
  readonly replaces?: number;
  /** The provider's id of a refund that has succeeded; without it the refund is planned. */
  readonly succeededAs?: string;
}

/**
 * Adds the next attempt of a payment. The only place where one begins.
 * @param db within a transaction that holds the payment's row
 * @returns its number, and its id
 */
export async function insertRefund(
  db: Queryable,
  refund: NewRefund,
): Promise<{ readonly attempt: number; readonly id: string }> {
  const { paymentId, amountKopecks, reason, askedBy, managedBy } = refund;
  const inserted = await queryRow(
    db,
    refundRow.pick({ attempt: true, id: true }),
    `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, request_id, of_provider_ref, replaces, provider_ref, status, ended_at, provider)
     SELECT gen_random_uuid(), $1, coalesce(max(attempt), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9,
            CASE WHEN $9::text IS NULL THEN 'planned' ELSE 'succeeded' END, CASE WHEN $9::text IS NOT NULL THEN now() END, $10
     FROM refunds WHERE payment_id = $1 RETURNING attempt, id`,
    [
      paymentId,
      amountKopecks,
      reason,
      askedBy,
      managedBy,
      refund.requestId ?? null,
      refund.ofProviderRef ?? null,
      refund.replaces ?? null,
      refund.succeededAs ?? null,
      refund.provider,
    ],
  );
  return inserted!;
}
