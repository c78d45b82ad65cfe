import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { paymentRow } from './tables/payments';
import { deliveryRow, WAITING_COUNTS, waitingCounts, waitingOn } from './tables/deliveries';
import { IS_OPEN_REVOCATION } from './tables/refunds';

const counts = z
  .object({
    ...waitingCounts,
    revocations: z.number(),
    switch_offs: z.number(),
    is_stopped: z.boolean(),
  })
  .transform((row) => camelCased(row));

const waitingOrder = paymentRow
  .pick({
    id: true,
    user_id: true,
    status: true,
    plan_name_ru: true,
    plan_name_en: true,
    price_kopecks: true,
    refunded_kopecks: true,
    currency: true,
    renews_subscription_id: true,
    refund_due_at: true,
  })
  // Its money is there.
  .extend({ paid_at: z.date() })
  .transform(({ plan_name_ru, plan_name_en, ...row }) => ({
    ...camelCased(row),
    planName: { ru: plan_name_ru, en: plan_name_en },
  }));

/**
 * A paid purchase that a panel has not delivered; `refundDueAt`: when its money goes back by itself, once it is known.
 */
export type WaitingOrder = z.output<typeof waitingOrder>;

const waitingGrant = deliveryRow
  .pick({ id: true, user_id: true, due_at: true })
  .extend({ free_kind: deliveryRow.shape.free_kind.unwrap(), free_source: z.string() })
  .transform((row) => camelCased(row));

/** A free grant that a panel has not delivered. */
export type WaitingGrant = z.output<typeof waitingGrant>;

/** What waits for a panel. */
export type WaitingForPanel = z.output<typeof counts> & {
  /** The purchases that have waited longest, no more than a person reads; `deliveries` counts all. */
  readonly orders: readonly WaitingOrder[];
  /** The same of what costs nothing; `freeGrants` counts all. */
  readonly grants: readonly WaitingGrant[];
};

export type WaitingForPanelRepository = ReturnType<typeof createWaitingForPanelRepository>;

/** Orders named in a message. */
export const MOST_NAMED = 10;
const MOST_GRANTS_NAMED = 5;

const WAITING = waitingOn('$1');

/** Who waits for the panel of a server. */
export function createWaitingForPanelRepository(db: Queryable) {
  const orders = (serverCode: string, limit: number): Promise<WaitingOrder[]> =>
    queryRows(
      db,
      waitingOrder,
      `SELECT p.id, p.user_id, p.status, p.plan_name_ru, p.plan_name_en, p.price_kopecks, p.refunded_kopecks, p.currency,
         p.renews_subscription_id,
         p.refund_due_at, p.paid_at
       FROM payments p WHERE p.id IN (SELECT d.id FROM ${WAITING} AND d.free_kind IS NULL) ORDER BY p.paid_at, p.id LIMIT $2`,
      [serverCode, limit],
    );
  const grants = (serverCode: string, limit: number): Promise<WaitingGrant[]> =>
    queryRows(
      db,
      waitingGrant,
      `SELECT d.id, d.user_id, d.due_at, d.free_kind, d.free_source FROM ${WAITING} AND d.free_kind IS NOT NULL
       ORDER BY d.due_at, d.id LIMIT $2`,
      [serverCode, limit],
    );
  return {
    /**
     * Purchases and free grants without a key, access to be revoked and ended accounts to be switched off, on one
     * server.
     */
    async of(serverCode: string): Promise<WaitingForPanel> {
      const counted = await queryRow(
        db,
        counts,
        `SELECT p.*,
           (SELECT count(*) FROM access_revocations w WHERE w.server_code = $1 AND ${IS_OPEN_REVOCATION}) AS revocations,
           (SELECT count(*) FROM subscriptions WHERE server_code = $1 AND status = 'expired'
              AND panel_deactivated_for IS DISTINCT FROM expires_at) AS switch_offs,
           EXISTS (SELECT 1 FROM servers WHERE code = $1 AND sale_stopped_at IS NOT NULL) AS is_stopped
         FROM (SELECT ${WAITING_COUNTS} FROM ${WAITING}) p`,
        [serverCode],
      );
      return {
        ...counted!,
        orders: await orders(serverCode, MOST_NAMED),
        grants: await grants(serverCode, MOST_GRANTS_NAMED),
      };
    },

    /** The same purchases, those that have waited longest first. */
    orders,
    /** The same free grants, those that have waited longest first. */
    grants,
  };
}
