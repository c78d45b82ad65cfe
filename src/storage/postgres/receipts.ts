import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';

const openReceipt = z
  .object({
    id: z.string(),
    payment_id: z.string(),
    provider: z.string(),
    provider_ref: z.string(),
    currency: z.string(),
    minor: z.number(),
    moved_at: z.date(),
  })
  .transform(({ currency, minor, ...row }) => ({ ...camelCased(row), amount: { currency, minor } }));

/** A receipt that is not registered yet, although its money has moved. */
export type OpenReceipt = z.output<typeof openReceipt>;

const OPEN = {
  payments: `SELECT id, id AS payment_id, provider, provider_ref, currency, price_kopecks AS minor, paid_at AS moved_at FROM payments
    WHERE receipt_registration = 'pending' AND paid_at IS NOT NULL AND provider_ref IS NOT NULL`,
  refunds: `SELECT id, payment_id, provider, provider_ref,
      (SELECT p.currency FROM payments p WHERE p.id = payment_id), amount_kopecks AS minor, ended_at AS moved_at FROM refunds
    WHERE receipt_registration = 'pending' AND status = 'succeeded' AND provider_ref IS NOT NULL`,
} as const;

export type ReceiptsRepository = ReturnType<typeof createReceiptsRepository>;

/** Receipts under 54-FZ of payments and refunds: whether the cash desk has registered them. */
export function createReceiptsRepository(db: Queryable) {
  return {
    /** Those whose money has moved, in the order of their ids. @param after the last id of the page before */
    open: (of: keyof typeof OPEN, after: string | null, limit: number): Promise<OpenReceipt[]> =>
      queryRows(db, openReceipt, `${OPEN[of]} ${after === null ? '' : 'AND id > $2'} ORDER BY id LIMIT $1`, [
        limit,
        ...(after === null ? [] : [after]),
      ]),

    /** Records the provider's last word. */
    async record(of: keyof typeof OPEN, id: string, status: 'succeeded' | 'canceled'): Promise<void> {
      await db.query(`UPDATE ${of} SET receipt_registration = $2 WHERE id = $1 AND receipt_registration = 'pending'`, [
        id,
        status,
      ]);
    },
  };
}
