import { z } from 'zod';
import type { ProviderId } from '../../domain/provider';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased, sumsOfMoney } from './tables/columns';
import { paymentRow } from './tables/payments';
import { MOST_NAMED } from './waitingForPanel';

const counts = z
  .object({ links: z.number(), payments: z.number(), refunds: z.number(), refund_sums: sumsOfMoney })
  .transform((row) => camelCased(row));

const waiting = paymentRow
  .pick({ id: true, user_id: true, plan_name_ru: true, plan_name_en: true })
  .extend({
    what: z.enum(['refund', 'payment', 'link']),
    kopecks: z.number(),
    currency: paymentRow.shape.currency,
    since: z.date(),
  })
  .transform(({ plan_name_ru, plan_name_en, ...row }) => ({
    ...camelCased(row),
    planName: { ru: plan_name_ru, en: plan_name_en },
  }));

/** An order that waits for its provider, and for what: money to go back, a word on whether it is paid, a link. */
export type WaitsForProvider = z.output<typeof waiting>;

/** What waits for a provider. `refundSums`: what the refunds are of. */
export type WaitingForProvider = z.output<typeof counts> & {
  /** Refunds first, then whoever may have paid, of each those that have waited longest; no more than a person reads. */
  readonly orders: readonly WaitsForProvider[];
};

export type WaitingForProviderRepository = ReturnType<typeof createWaitingForProviderRepository>;

/**
 * One row for each thing that waits; a payment with a reason, or a refund that it refused, waits for a person.
 */
const WAITING = `
  SELECT p.id, p.user_id, p.plan_name_ru, p.plan_name_en, p.price_kopecks AS kopecks, p.currency, p.created_at AS since,
    CASE WHEN p.provider_ref IS NULL THEN 'link' ELSE 'payment' END AS what
  FROM payments p WHERE p.provider = $1 AND p.status IN ('created', 'pending', 'guarding') AND p.reason IS NULL
  UNION ALL
  SELECT p.id, p.user_id, p.plan_name_ru, p.plan_name_en, r.amount_kopecks, p.currency, r.created_at, 'refund'
  FROM refunds r JOIN payments p ON p.id = r.payment_id
  WHERE r.provider = $1 AND r.status IN ('planned', 'pending') AND r.managed_by <> 'outside'`;

export function createWaitingForProviderRepository(db: Queryable) {
  return {
    /** Orders without a link, payments that may be paid, and refunds that are not at their end. */
    async at(provider: ProviderId): Promise<WaitingForProvider> {
      const counted = await queryRow(
        db,
        counts,
        `SELECT count(*) FILTER (WHERE what = 'link') AS links, count(*) FILTER (WHERE what = 'payment') AS payments,
           count(*) FILTER (WHERE what = 'refund') AS refunds,
           sums_of_money(currency, kopecks) FILTER (WHERE what = 'refund') AS refund_sums
         FROM (${WAITING}) w`,
        [provider],
      );
      const orders = await queryRows(
        db,
        waiting,
        `SELECT * FROM (${WAITING}) w
         ORDER BY array_position(ARRAY['refund', 'payment', 'link'], what), since, id LIMIT $2`,
        [provider, MOST_NAMED],
      );
      return { ...counted!, orders };
    },
  };
}
