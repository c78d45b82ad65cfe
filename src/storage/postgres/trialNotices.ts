import { z } from 'zod';
import { TRIAL_PLAN } from '../../domain/trial';
import type { RunningTrial } from '../../domain/trialReminders';
import { EXPIRING_COLUMNS, expiringSubscription, type EndCursor, type ExpiringSubscription } from './expiryNotices';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { trialsOrderedOut, type OrderedOut } from './freeGrants/trial';
import { endsWithPurchase } from './subscriptions';
import { camelCased, instant } from './tables/columns';
import { AWAITS_DELIVERY } from './tables/deliveries';
import { subscriptionRow } from './tables/subscriptions';

/** A trial whose person may have to be told something. */
export interface TrialNotice extends ExpiringSubscription, RunningTrial {
  readonly status: 'active' | 'expired';
  readonly endsWithPurchase: boolean;
}

const trialPart = subscriptionRow
  .pick({ starts_at: true })
  .extend({
    delivered_at: instant,
    status: z.enum(['active', 'expired']),
    is_unused: z.boolean(),
    ends_with_purchase: z.boolean(),
  })
  .transform((row) => camelCased(row));
const trialNotice = expiringSubscription.and(trialPart);

const TRIALS = `
  SELECT ${EXPIRING_COLUMNS}, s.expires_at::text AS position, g.delivered_at, s.starts_at, s.status,
    coalesce(x.used_gb = 0 AND x.last_online IS NULL, false) AS is_unused, ${endsWithPurchase('s')} AS ends_with_purchase
  FROM (SELECT subscription_id, delivered_at FROM free_grants WHERE kind = 'trial'
      UNION ALL SELECT subscription_id, delivered_at FROM payments
        WHERE plan_code = '${TRIAL_PLAN}' AND status = 'issued') g
    JOIN subscriptions s ON s.id = g.subscription_id
    JOIN users u ON u.telegram_id = s.user_id JOIN locations l ON l.code = s.location_code
    LEFT JOIN subscription_usage x ON x.subscription_id = s.id
  WHERE g.delivered_at IS NOT NULL AND s.plan_code = '${TRIAL_PLAN}'
    AND s.status IN ('active', 'expired') AND s.expires_at > $1 AND NOT ${AWAITS_DELIVERY}`;

export type TrialNoticesRepository = ReturnType<typeof createTrialNoticesRepository>;

export function createTrialNoticesRepository(db: Queryable) {
  return {
    /** Trials that end, or ended, after `from` and for which nothing was bought, soonest first, after the cursor. */
    endingAfter: (from: Date, after: EndCursor | null, limit: number): Promise<TrialNotice[]> =>
      queryRows(
        db,
        trialNotice,
        `${TRIALS} ${after ? 'AND (s.expires_at, s.id) > ($3::timestamptz, $4::uuid)' : ''}
         ORDER BY s.expires_at, s.id LIMIT $2`,
        [from, limit, ...(after ? [after.at, after.id] : [])],
      ),

    /** Which of today's trials are all ordered, where a trial costs something. */
    orderedOut: (now: Date): Promise<OrderedOut> => trialsOrderedOut(db, now),
  };
}
