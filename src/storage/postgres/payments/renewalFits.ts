import { z } from 'zod';
import { fitsPanels, type PlanGrant } from '../../../domain/grant';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { LIMIT_COLUMNS, limitColumns } from '../tables/planGrant';
import { subscriptionRow } from '../tables/subscriptions';

const renewed = subscriptionRow
  .pick({ expires_at: true })
  .extend(limitColumns)
  .extend({ open_days: z.number(), open_gb: z.number() })
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
    `SELECT u.expires_at, ${LIMIT_COLUMNS}, open.days AS open_days, open.gb AS open_gb
     FROM subscriptions u,
       LATERAL (SELECT coalesce(sum(p.days), 0)::int AS days, coalesce(sum(p.traffic_gb), 0)::int AS gb FROM payments p
                WHERE p.renews_subscription_id = u.id AND p.status IN ('created', 'pending', 'guarding')) open
     WHERE u.id = $1`,
    [subscriptionId],
  );
  if (!found) return false;
  return fitsPanels(found, [{ days: found.openDays, trafficGb: found.openGb }, grant], now);
}
