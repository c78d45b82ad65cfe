import { z } from 'zod';
import { fitsPanels, type PlanGrant } from '../../../domain/grant';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { GRANT_COLUMNS, grantColumns, LIMIT_COLUMNS, limitColumns } from '../tables/planGrant';
import { paymentRow } from '../tables/payments';
import { subscriptionRow } from '../tables/subscriptions';

/** What an order brings, with the days of its promo code. */
const ordered = paymentRow
  .pick({ promo_days: true })
  .extend(grantColumns)
  .transform((row) => {
    const { promoDays, ...grant } = camelCased(row);
    return { ...grant, days: grant.days + promoDays };
  });

const renewed = subscriptionRow
  .pick({ expires_at: true })
  .extend(limitColumns)
  .extend({ open: z.array(ordered) })
  .transform((row) => camelCased(row));

/**
 * Whether panels can be told what a subscription would be after one more renewal and every other one whose link can
 * still be paid. One statement, so that a renewal that is paid at this moment counts once.
 */
export async function renewalFits(
  db: Queryable,
  subscriptionId: string,
  grant: PlanGrant,
  now: Date,
): Promise<boolean> {
  const found = await queryRow(
    db,
    renewed,
    `SELECT u.expires_at, ${LIMIT_COLUMNS},
       (SELECT coalesce(json_agg(p), '[]') FROM
          (SELECT ${GRANT_COLUMNS}, promo_days FROM payments
           WHERE renews_subscription_id = u.id AND status IN ('created', 'pending', 'guarding')) p) AS open
     FROM subscriptions u WHERE u.id = $1`,
    [subscriptionId],
  );
  if (!found) return false;
  return fitsPanels(found, [...found.open, grant], now);
}
