import type { Pool } from 'pg';
import { usageEntry } from '../../domain/bookEntry';
import type { SubscriptionLimits } from '../../domain/grant';
import { appendEntry, lockBook } from './grantBook';
import { inTransaction } from './pool';
import { queryRows } from './query';
import { AWAITS_DELIVERY } from './tables/deliveries';
import { subscriptionRow } from './tables/subscriptions';

export type TrafficLimitsRepository = ReturnType<typeof createTrafficLimitsRepository>;

/** Subscriptions that go on after their unlimited time, and the limit that they get then. */
export function createTrafficLimitsRepository(pool: Pool) {
  return {
    /**
     * Those of a server whose unlimited time is over, in the order of their ids. Not one with days that are paid
     * and not delivered: those begin with the delivery. Uses `subscriptions_to_limit`.
     */
    async toLimit(serverCode: string, now: Date, after: string | null, limit: number): Promise<string[]> {
      const rows = await queryRows(
        pool,
        subscriptionRow.pick({ id: true }),
        `SELECT id FROM subscriptions s
         WHERE server_code = $1 AND status = 'active' AND unlimited_until < expires_at
           AND unlimited_until <= $2 AND expires_at > $2 ${after === null ? '' : 'AND id > $4'}
           AND NOT ${AWAITS_DELIVERY}
         ORDER BY id LIMIT $3`,
        [serverCode, now, limit, ...(after === null ? [] : [after])],
      );
      return rows.map(({ id }) => id);
    },

    /**
     * Records what was used when unlimited time was over, unless a renewal or a refund has moved its end since `before`
     * was read.
     * @returns the limits from now on; `undefined`: it was moved
     */
    limit: (
      id: string,
      before: Pick<SubscriptionLimits, 'unlimitedUntil'>,
      usedGb: number,
      now: Date,
    ): Promise<SubscriptionLimits | undefined> =>
      inTransaction(pool, async (client) => {
        const locked = await lockBook(client, id);
        const until = locked.book.unlimitedUntil;
        if (locked.status !== 'active' || until === null || until.getTime() !== before.unlimitedUntil?.getTime())
          return undefined;
        return appendEntry(client, locked, usageEntry({ source: `${id}:${until.toISOString()}`, at: now, usedGb }));
      }),
  };
}
