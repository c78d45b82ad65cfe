import type { Pool } from 'pg';
import type { ProviderId } from '../../../domain/provider';
import { inTransaction } from '../pool';
import { lockPayment } from './locked';
import { queryRow, queryRows } from '../query';
import { refundRow } from '../tables/refunds';
import { backKopecks, hasOpenAttempt, insertRefund, OWN_ATTEMPT, storedRefund, type RefundRow } from './refundRows';

/** The refunds of payments: what the shop asks the provider for, and what was refunded outside it. */
export function refundsOf(pool: Pool) {
  const one = (where: string, values: unknown[]): Promise<RefundRow | undefined> =>
    queryRow(pool, storedRefund, `SELECT * FROM refunds WHERE ${where}`, values);

  return {
    /** The newest attempt at refunding the payment's own money. */
    newest: (paymentId: string) => one(`payment_id = $1 AND ${OWN_ATTEMPT} ORDER BY attempt DESC LIMIT 1`, [paymentId]),
    of: (paymentId: string, attempt: number) => one('payment_id = $1 AND attempt = $2', [paymentId, attempt]),
    byProviderRef: (provider: ProviderId, providerRef: string) =>
      one('provider = $1 AND provider_ref = $2', [provider, providerRef]),
    byRequest: (requestId: string) => one('request_id = $1', [requestId]),
    /** The attempt that was planned in place of a canceled one. */
    replacementOf: (paymentId: string, attempt: number) =>
      one('payment_id = $1 AND replaces = $2', [paymentId, attempt]),
    /** The oldest attempt that the `refund` workflow has not carried to its end. */
    open: (paymentId: string) =>
      one(`payment_id = $1 AND managed_by = 'refund' AND completed_at IS NULL ORDER BY attempt LIMIT 1`, [paymentId]),

    /** Records what the provider said of an attempt. A final answer is never overwritten. */
    async recordAnswer(
      paymentId: string,
      attempt: number,
      answer: { providerRef: string | null; status: 'pending' | 'succeeded' | 'canceled'; hasReceipt?: boolean },
    ): Promise<void> {
      await pool.query(
        `UPDATE refunds SET provider_ref = coalesce($3, provider_ref), status = $4, ended_at = CASE WHEN $4 <> 'pending' THEN coalesce(ended_at, now()) END,
           receipt_registration = coalesce(receipt_registration, $5)
         WHERE payment_id = $1 AND attempt = $2 AND status IN ('planned', 'pending')`,
        [paymentId, attempt, answer.providerRef, answer.status, answer.hasReceipt ? 'pending' : null],
      );
    },

    /** Other refunds have taken its place: nothing is left to do about this attempt. */
    async notNeeded(paymentId: string, attempt: number): Promise<void> {
      await pool.query(
        `UPDATE refunds SET status = 'canceled', ended_at = coalesce(ended_at, now()), completed_at = coalesce(completed_at, now())
         WHERE payment_id = $1 AND attempt = $2 AND status = 'planned'`,
        [paymentId, attempt],
      );
    },

    /**
     * Plans a new attempt in place of one that the provider canceled for good; only then is a new idempotence key right.
     *
     * @param replacement `amountKopecks`: to ask for less, because a part was refunded outside meanwhile
     * @returns its number, or that of the one planned before in the same place
     * @throws Error when the attempt is not canceled, or was completed by other means
     */
    replace: (
      paymentId: string,
      attempt: number,
      { askedBy, amountKopecks }: { readonly askedBy: string; readonly amountKopecks?: number },
    ): Promise<number> =>
      inTransaction(pool, async (client) => {
        await lockPayment(client, paymentId);
        const before = await queryRow(
          client,
          refundRow.pick({ attempt: true }),
          'SELECT attempt FROM refunds WHERE payment_id = $1 AND replaces = $2',
          [paymentId, attempt],
        );
        if (before) return before.attempt;
        const old = await queryRow(
          client,
          storedRefund,
          `UPDATE refunds SET completed_at = now()
           WHERE payment_id = $1 AND attempt = $2 AND managed_by <> 'outside' AND status = 'canceled' AND completed_at IS NULL RETURNING *`,
          [paymentId, attempt],
        );
        if (!old) throw new Error(`refund ${attempt} of payment ${paymentId} was not canceled, or is completed`);
        const { attempt: replacement } = await insertRefund(client, {
          paymentId,
          provider: old.provider,
          amountKopecks: amountKopecks ?? old.amountKopecks,
          reason: old.reason,
          askedBy,
          managedBy: old.managedBy,
          ofProviderRef: old.ofProviderRef,
          replaces: attempt,
        });
        return replacement;
      }),

    /**
     * Records that nothing is left to do about an attempt: its money is back, or comes back by another refund. A
     * payment whose money goes back as a whole becomes `refunded` when all of it is back, whichever refund was the last
     * one; a part refund leaves it what it is, and so does money that bought nothing.
     * @param byOtherMeans an operator has refunded the money, not the provider
     * @returns `awaitsOutside`: the payment goes back as a whole and no attempt of the shop is open, but not all of it
     *   is back: the rest is with refunds that were made in the provider's cabinet
     */
    complete: (paymentId: string, attempt: number, byOtherMeans: boolean): Promise<{ awaitsOutside: boolean }> =>
      inTransaction(pool, async (client) => {
        const payment = await lockPayment(client, paymentId);
        const completed = await queryRow(
          client,
          refundRow.pick({ of_provider_ref: true }),
          `UPDATE refunds SET completed_at = coalesce(completed_at, now()), by_other_means = by_other_means OR $3
           WHERE payment_id = $1 AND attempt = $2 RETURNING of_provider_ref`,
          [paymentId, attempt, byOtherMeans],
        );
        const isOwn = completed?.of_provider_ref === null;
        if (!isOwn || payment.status !== 'refunding' || (await hasOpenAttempt(client, paymentId)))
          return { awaitsOutside: false };
        if ((await backKopecks(client, paymentId)) < payment.refundedKopecks) return { awaitsOutside: true };
        await client.query(
          `UPDATE payments SET status = 'refunded', reason = coalesce($2, reason), ended_at = now(), updated_at = now()
           WHERE id = $1`,
          [paymentId, byOtherMeans ? 'refunded-by-other-means' : null],
        );
        return { awaitsOutside: false };
      }),

    /**
     * Payments with a refund that a `refund` workflow should be carrying to its end, planned before `before`, in the
     * order of their ids. @param after the last id of the page before
     */
    async paymentsWithOpen(before: Date, after: string | null, limit: number): Promise<string[]> {
      const rows = await queryRows(
        pool,
        refundRow.pick({ payment_id: true }),
        `SELECT payment_id FROM refunds WHERE managed_by = 'refund' AND completed_at IS NULL AND created_at < $1
           AND ($3::uuid IS NULL OR payment_id > $3) GROUP BY payment_id ORDER BY payment_id LIMIT $2`,
        [before, limit, after],
      );
      return rows.map((r) => r.payment_id);
    },
  };
}
