import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased, instant } from './tables/columns';
import { WAITING_COUNTS, waitingCounts, waitingOn } from './tables/deliveries';
import { IS_OPEN_REVOCATION } from './tables/refunds';

const standing = z
  .object({
    code: z.string(),
    name: z.string(),
    location_code: z.string(),
    active: z.boolean(),
    is_stopped: z.boolean(),
    gone_at: instant.nullable(),
    living: z.number(),
    ...waitingCounts,
    revocations: z.number(),
    abandoned: z.number(),
  })
  .transform((row) => camelCased(row));

/**
 * A server, whether its panel is gone for good, whether the owner has stopped selling there (`isStopped`), and what
 * depends on that panel: living subscriptions, paid purchases without a key (and what was paid for them), free grants without
 * one, accounts to be revoked, and those that were given up.
 */
export type PanelStanding = z.output<typeof standing>;

const SELECT = `
  SELECT s.code, s.name, s.location_code, s.active, s.sale_stopped_at IS NOT NULL AS is_stopped, s.gone_at,
    p.deliveries, p.paid, p.free_grants,
    (SELECT count(*) FROM subscriptions u WHERE u.server_code = s.code AND u.status IN ('pending', 'active')) AS living,
    (SELECT count(*) FROM access_revocations w WHERE w.server_code = s.code AND ${IS_OPEN_REVOCATION}) AS revocations,
    (SELECT count(*) FROM access_revocations w WHERE w.server_code = s.code AND w.abandoned_at IS NOT NULL) AS abandoned
  FROM servers s CROSS JOIN LATERAL (
    SELECT ${WAITING_COUNTS} FROM ${waitingOn('s.code')}) p`;

/** Which panels are gone for good. That is a fact that an operator states; nothing in the shop concludes it. */
export function createPanelStandingsRepository(db: Queryable) {
  return {
    /** Servers that are sold from, that something depends on, or whose panel is gone; at most 100. */
    list: (): Promise<PanelStanding[]> =>
      queryRows(
        db,
        standing,
        `SELECT * FROM (${SELECT}) s
         WHERE active OR gone_at IS NOT NULL OR living > 0 OR revocations > 0 ORDER BY code LIMIT 100`,
        [],
      ),

    byCode: (code: string): Promise<PanelStanding | undefined> =>
      queryRow(db, standing, `${SELECT} WHERE s.code = $1`, [code]),

    /**
     * Records that the panel of a server is gone for good (a time), or that it is not (`null`). What follows from it
     * the worker does: `followPanels` of the revocations, and every delivery when it comes to it.
     * @returns false when that is recorded already, or there is no such server
     */
    async recordGone(code: string, goneAt: Date | null): Promise<boolean> {
      const { rowCount } = await db.query(
        'UPDATE servers SET gone_at = $2 WHERE code = $1 AND (gone_at IS NULL) = ($2::timestamptz IS NOT NULL)',
        [code, goneAt],
      );
      return rowCount === 1;
    },
  };
}
