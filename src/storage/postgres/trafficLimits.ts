import type { SubscriptionLimits } from '../../domain/grant';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { limitAssignments, limitValues } from './tables/grants';
import { subscriptionRow } from './tables/subscriptions';

export type TrafficLimitsRepository = ReturnType<typeof createTrafficLimitsRepository>;

/** Subscriptions that go on after their unlimited time, and the limit that they get then. */
export function createTrafficLimitsRepository(db: Queryable) {
  return {
    /** Those of a server whose unlimited time is over, in the order of their ids. Uses `subscriptions_to_limit`. */
    async toLimit(serverCode: string, now: Date, after: string | null, limit: number): Promise<string[]> {
      const rows = await queryRows(
        db,
        subscriptionRow.pick({ id: true }),
        `SELECT id FROM subscriptions
         WHERE server_code = $1 AND status = 'active' AND unlimited_until < expires_at
           AND unlimited_until <= $2 AND expires_at > $2 ${after === null ? '' : 'AND id > $4'} ORDER BY id LIMIT $3`,
        [serverCode, now, limit, ...(after === null ? [] : [after])],
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Sets the limits, unless a renewal or a refund has changed them since `before` was read.
     * @returns whether they are set
     */
    async limit(
      id: string,
      before: Pick<SubscriptionLimits, 'unlimitedUntil' | 'laterTrafficGb'>,
      limits: SubscriptionLimits,
    ): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE subscriptions SET ${limitAssignments(4)}, updated_at = now()
         WHERE id = $1 AND status = 'active' AND date_trunc('milliseconds', unlimited_until) = $2 AND later_traffic_gb = $3`,
        [id, before.unlimitedUntil, before.laterTrafficGb, ...limitValues(limits)],
      );
      return rowCount === 1;
    },
  };
}
