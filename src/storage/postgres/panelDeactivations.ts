import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';
import { AWAITS_DELIVERY } from './tables/deliveries';
import { subscriptionRow } from './tables/subscriptions';

/** An expired subscription whose panel has not confirmed yet that the account is deactivated. */
export interface AccountToDeactivate {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly panelUserId: string;
  /** Which administrator of the panel made the account; `null`: not known. */
  readonly panelAdmin: string | null;
  readonly expiresAt: Date;
}

/** The end that a deactivation was decided on. */
export type EndOfSubscription = Pick<AccountToDeactivate, 'subscriptionId' | 'expiresAt'>;

const account = subscriptionRow
  .pick({ id: true, user_id: true, panel_user_id: true, panel_admin: true, expires_at: true })
  .transform(({ id, ...row }): AccountToDeactivate => ({ subscriptionId: id, ...camelCased(row) }));
const expired = subscriptionRow.pick({ id: true, user_id: true, location_code: true });
const accountsOnServer = subscriptionRow.pick({ server_code: true }).extend({ accounts: z.number() });

/** These conditions are those of the indexes `subscriptions_to_deactivate` and `subscriptions_to_reactivate`. */
const TO_DEACTIVATE = `status = 'expired' AND panel_deactivated_for IS DISTINCT FROM expires_at`;
const TO_REACTIVATE = `panel_deactivation_started_at IS NOT NULL AND status IN ('pending', 'active')`;
/** JavaScript's dates have milliseconds, PostgreSQL's have microseconds. */
const SAME_END = `date_trunc('milliseconds', expires_at) = $2`;

export type PanelDeactivationsRepository = ReturnType<typeof createPanelDeactivationsRepository>;

/**
 * Subscriptions that have ended and their accounts on the panels. A renewal wins whenever it comes: every step here is
 * guarded by the status and the end it was decided on, and a panel that was told to deactivate an account just before a
 * renewal is found again by `toReactivate`.
 */
export function createPanelDeactivationsRepository(db: Queryable) {
  return {
    /**
     * Marks subscriptions that ended before `cutoff` as expired, at most `limit`. Not one whose renewal is paid and
     * not delivered yet: its days begin with the delivery.
     * @returns which, and whose they are
     */
    async markExpired(
      cutoff: Date,
      now: Date,
      limit: number,
    ): Promise<{ subscriptionId: string; userId: number; locationCode: string }[]> {
      const rows = await queryRows(
        db,
        expired,
        `UPDATE subscriptions SET status = 'expired', marked_expired_at = $2, updated_at = now()
         WHERE id IN (SELECT id FROM subscriptions s WHERE status = 'active' AND expires_at <= $1
                        AND NOT ${AWAITS_DELIVERY}
                      ORDER BY expires_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING id, user_id, location_code`,
        [cutoff, now, limit],
      );
      return rows.map(({ id, user_id: userId, location_code: locationCode }) => ({
        subscriptionId: id,
        userId,
        locationCode,
      }));
    },

    /** Servers whose panels still have to be told something and are not gone for good, and of how many accounts. */
    async servers(): Promise<{ serverCode: string; accounts: number }[]> {
      const rows = await queryRows(
        db,
        accountsOnServer,
        `SELECT server_code, count(*) AS accounts FROM (
           SELECT server_code FROM subscriptions WHERE ${TO_DEACTIVATE}
           UNION ALL SELECT server_code FROM subscriptions WHERE ${TO_REACTIVATE}) to_tell
         WHERE NOT EXISTS (SELECT 1 FROM servers s WHERE s.code = server_code AND s.gone_at IS NOT NULL)
         GROUP BY server_code ORDER BY server_code`,
      );
      return rows.map(camelCased);
    },

    /** Expired accounts of a server that its panel has not confirmed as deactivated, in the order of their ids. */
    toDeactivate: (serverCode: string, after: string | null, limit: number): Promise<AccountToDeactivate[]> =>
      queryRows(
        db,
        account,
        `SELECT id, user_id, panel_user_id, panel_admin, expires_at FROM subscriptions
         WHERE server_code = $1 AND ${TO_DEACTIVATE} ${after === null ? '' : 'AND id > $3'} ORDER BY id LIMIT $2`,
        [serverCode, limit, ...(after === null ? [] : [after])],
      ),

    /**
     * Records that the panel is about to be told.
     * @returns false when a renewal came first: then it must not be told
     */
    async begin({ subscriptionId, expiresAt }: EndOfSubscription): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE subscriptions SET panel_deactivation_started_at = coalesce(panel_deactivation_started_at, now())
         WHERE id = $1 AND status = 'expired' AND ${SAME_END}`,
        [subscriptionId, expiresAt],
      );
      return rowCount === 1;
    },

    /** The panel has confirmed. @returns false when a renewal came in between: the account has to be activated again */
    async confirm({ subscriptionId, expiresAt }: EndOfSubscription): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE subscriptions SET panel_deactivated_for = expires_at, panel_deactivation_started_at = NULL
         WHERE id = $1 AND status = 'expired' AND ${SAME_END}`,
        [subscriptionId, expiresAt],
      );
      return rowCount === 1;
    },

    /** Renewed subscriptions whose panel may have been told to deactivate the account after the renewal. */
    async toReactivate(serverCode: string, limit: number): Promise<string[]> {
      const rows = await queryRows(
        db,
        subscriptionRow.pick({ id: true }),
        `SELECT id FROM subscriptions WHERE server_code = $1 AND ${TO_REACTIVATE} ORDER BY id LIMIT $2`,
        [serverCode, limit],
      );
      return rows.map(({ id }) => id);
    },

    /**
     * The panel was told that the account is active until `expiresAt`; after another renewal it has to be told again.
     */
    async confirmReactivation(subscriptionId: string, expiresAt: Date): Promise<void> {
      await db.query(
        `UPDATE subscriptions SET panel_deactivation_started_at = NULL
         WHERE id = $1 AND status IN ('pending', 'active') AND ${SAME_END}`,
        [subscriptionId, expiresAt],
      );
    },
  };
}
