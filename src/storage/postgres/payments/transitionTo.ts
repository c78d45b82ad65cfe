import type { Pool } from 'pg';
import { isFinal, mayBecome, type PaymentStatus } from '../../../domain/payment';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { paymentRow } from '../tables/payments';

export interface TransitionOptions {
  readonly onlyFrom?: PaymentStatus | undefined;
  readonly refundDueAt?: Date | undefined;
}

/**
 * Moves a payment along its allowed path; a step that is not allowed (it went further meanwhile) changes nothing, and a
 * repeated one leaves an end's date and reason as they are.
 *
 * @param reason why, for people; kept with the status
 * @param onlyFrom moves it from there only
 * @param refundDueAt of a delayed delivery: when its money goes back by itself
 * @returns the status it has afterwards
 * @throws Error when there is no such payment
 */
export async function transitionTo(
  pool: Pool,
  id: string,
  to: PaymentStatus,
  reason: string | null,
  { onlyFrom, refundDueAt }: TransitionOptions = {},
): Promise<PaymentStatus> {
  return inTransaction(pool, async (client) => {
    // Locked first: one UPDATE that had to wait would answer from its snapshot, which is older than what it waited for.
    const locked = await queryRow(
      client,
      paymentRow.pick({ status: true }),
      'SELECT status FROM payments WHERE id = $1 FOR UPDATE',
      [id],
    );
    if (locked === undefined) throw new Error(`payment ${id} does not exist`);
    const { status } = locked;
    const stays =
      !mayBecome(status, to) || (onlyFrom !== undefined && status !== onlyFrom) || (status === to && isFinal(status));
    if (stays) return status;
    await client.query(
      `UPDATE payments SET status = $2, reason = $3, ended_at = CASE WHEN $4 THEN now() END,
         refund_due_at = coalesce($5, refund_due_at), updated_at = now() WHERE id = $1`,
      [id, to, reason, isFinal(to), refundDueAt ?? null],
    );
    return to;
  });
}
