import type { Pool } from 'pg';
import { parsePayment, SELECT_PAYMENT } from './payments/rows';
import type { Payment } from '../../domain/payment';

/**
 * - `unknown-payment`: YooKassa has money for a payment that is not in our record
 * - `wrong-amount`: not the amount of our record, and yet delivered
 * - `unknown-refund`: a refund of a payment that is not in our record
 * - `unreadable-payment`, `unreadable-refund`: in YooKassa's list, but not in words we understand
 */
export type AnomalyKind =
  'unknown-payment' | 'wrong-amount' | 'unknown-refund' | 'unreadable-payment' | 'unreadable-refund';

export interface Anomaly {
  readonly id: number;
  readonly kind: AnomalyKind;
  readonly yookassaId: string;
  readonly paymentId: string | null;
  readonly kopecks: number | null;
}

export type ReconciliationRepository = ReturnType<typeof createReconciliationRepository>;

export function createReconciliationRepository(pool: Pool) {
  const payments = async (where: string, values: unknown[]): Promise<Payment[]> =>
    (await pool.query(`${SELECT_PAYMENT} ${where}`, values)).rows.map((r) => parsePayment(r));

  return {
    /** Up to when the list `name` has been compared; `undefined` before the first time. */
    async coveredUntil(name: string): Promise<Date | undefined> {
      const { rows } = await pool.query<{ covered_until: Date }>(
        'SELECT covered_until FROM reconciliation_marks WHERE name = $1',
        [name],
      );
      return rows[0]?.covered_until;
    },

    /** Never goes back: two runs at once leave the later mark. */
    async cover(name: string, until: Date): Promise<void> {
      await pool.query(
        `INSERT INTO reconciliation_marks AS m (name, covered_until) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET covered_until = greatest(m.covered_until, excluded.covered_until)`,
        [name, until],
      );
    },

    /** Our payments behind a page of YooKassa's, found by its ids and by ours from its metadata. */
    matching: (yookassaIds: readonly string[], paymentIds: readonly string[]) =>
      payments('WHERE p.yookassa_id = ANY($1) OR p.id = ANY($2::uuid[])', [yookassaIds, paymentIds]),

    /** Which of YooKassa's refunds are of our own making. */
    async knownRefunds(yookassaIds: readonly string[]): Promise<Set<string>> {
      const { rows } = await pool.query<{ yookassa_id: string }>(
        'SELECT yookassa_id FROM refunds WHERE yookassa_id = ANY($1)',
        [yookassaIds],
      );
      return new Set(rows.map((r) => r.yookassa_id));
    },

    /** Payments that are not at their end and that nobody touched since `before`, in the order of their ids. */
    unfinished: (before: Date, after: string | null, limit: number) =>
      payments(
        `WHERE p.status NOT IN ('issued', 'refunded', 'canceled', 'expired') AND p.updated_at < $1 ${after === null ? '' : 'AND p.id > $3'} ORDER BY p.id LIMIT $2`,
        [before, limit, ...(after === null ? [] : [after])],
      ),

    /**
     * Closes a payment that YooKassa was never asked about and that is older than `before`: without a call nobody can have paid.
     * @returns whether it was closed
     */
    async closeNeverAsked(paymentId: string, before: Date): Promise<boolean> {
      const { rowCount } = await pool.query(
        `UPDATE payments SET status = 'canceled', reason = 'abandoned', ended_at = now(), updated_at = now()
         WHERE id = $1 AND status = 'created' AND yookassa_id IS NULL AND created_at < $2
           AND NOT EXISTS (SELECT 1 FROM yookassa_requests r WHERE r.payment_id = payments.id)`,
        [paymentId, before],
      );
      return rowCount === 1;
    },

    /** Writes down money that can't be explained. @returns false when it was known before */
    async raise(anomaly: Omit<Anomaly, 'id'>): Promise<boolean> {
      const { rowCount } = await pool.query(
        'INSERT INTO money_anomalies (kind, yookassa_id, payment_id, kopecks) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, yookassa_id) DO NOTHING',
        [anomaly.kind, anomaly.yookassaId, anomaly.paymentId, anomaly.kopecks],
      );
      return rowCount === 1;
    },

    async countOpen(): Promise<number> {
      const { rows } = await pool.query<{ count: number }>(
        'SELECT count(*) FROM money_anomalies WHERE resolved_at IS NULL',
      );
      return rows[0]!.count;
    },

    /** Open ones that the owner has not been told of, oldest first. */
    async untold(limit: number): Promise<Anomaly[]> {
      const { rows } = await pool.query<{
        id: number;
        kind: AnomalyKind;
        yookassa_id: string;
        payment_id: string | null;
        kopecks: number | null;
      }>(
        'SELECT id, kind, yookassa_id, payment_id, kopecks FROM money_anomalies WHERE resolved_at IS NULL AND told_at IS NULL ORDER BY id LIMIT $1',
        [limit],
      );
      return rows.map((r) => ({
        id: r.id,
        kind: r.kind,
        yookassaId: r.yookassa_id,
        paymentId: r.payment_id,
        kopecks: r.kopecks,
      }));
    },

    async told(id: number): Promise<void> {
      await pool.query('UPDATE money_anomalies SET told_at = coalesce(told_at, now()) WHERE id = $1', [id]);
    },

    async resolve(id: number): Promise<void> {
      await pool.query('UPDATE money_anomalies SET resolved_at = coalesce(resolved_at, now()) WHERE id = $1', [id]);
    },
  };
}
