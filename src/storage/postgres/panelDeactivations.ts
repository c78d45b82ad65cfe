import { z } from 'zod';
import type { Queryable } from './pool';

/** An ended subscription whose panel has not confirmed it yet. */
export interface AccountToDeactivate {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly panelUserId: string;
  readonly expiresAt: Date;
}

const row = z
  .object({ id: z.string(), user_id: z.number(), panel_user_id: z.string(), expires_at: z.date() })
  .transform((r): AccountToDeactivate => ({
    subscriptionId: r.id,
    userId: r.user_id,
    panelUserId: r.panel_user_id,
    expiresAt: r.expires_at,
  }));

export type PanelDeactivationsRepository = ReturnType<typeof createPanelDeactivationsRepository>;

/**
 * Ends of subscriptions. A renewal wins whenever it comes: every step here is guarded by the status and the end it was decided
 * on, and a panel that was told "disable" just before a renewal is found again by `toReopen`.
 */
export function createPanelDeactivationsRepository(db: Queryable) {
  return {
    /** Closes subscriptions that ended before `cutoff`, at most `limit`. @returns whose they were */
    async markExpired(
      cutoff: Date,
      now: Date,
      limit: number,
    ): Promise<{ subscriptionId: string; userId: number; locationCode: string }[]> {
      const { rows } = await db.query<{ id: string; user_id: number; location_code: string }>(
        `UPDATE subscriptions SET status = 'expired', marked_expired_at = $2, updated_at = now()
         WHERE id IN (SELECT id FROM subscriptions WHERE status = 'active' AND expires_at <= $1 ORDER BY expires_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING id, user_id, location_code`,
        [cutoff, now, limit],
      );
      return rows.map((r) => ({ subscriptionId: r.id, userId: r.user_id, locationCode: r.location_code }));
    },

    /** Servers whose panels still have to be told something, and how many accounts each. */
    async servers(): Promise<{ serverCode: string; accounts: number }[]> {
      const { rows } = await db.query<{ server_code: string; accounts: number }>(
        `SELECT server_code, count(*) AS accounts FROM (
           SELECT server_code FROM subscriptions WHERE status = 'expired' AND panel_deactivated_for IS DISTINCT FROM expires_at
           UNION ALL SELECT server_code FROM subscriptions WHERE panel_deactivation_started_at IS NOT NULL AND status IN ('pending', 'active')) open
         GROUP BY server_code ORDER BY server_code`,
      );
      return rows.map((r) => ({ serverCode: r.server_code, accounts: r.accounts }));
    },

    /** Ended accounts of a server that its panel has not confirmed as disabled, in the order of their ids. */
    async toDeactivate(serverCode: string, after: string | null, limit: number): Promise<AccountToDeactivate[]> {
      const { rows } = await db.query(
        `SELECT id, user_id, panel_user_id, expires_at FROM subscriptions
         WHERE server_code = $1 AND status = 'expired' AND panel_deactivated_for IS DISTINCT FROM expires_at ${after === null ? '' : 'AND id > $3'} ORDER BY id LIMIT $2`,
        [serverCode, limit, ...(after === null ? [] : [after])],
      );
      return rows.map((r) => row.parse(r));
    },

    /** Notes that the panel is about to be told. @returns false when a renewal came first: then it must not be told */
    async begin({ subscriptionId, expiresAt }: AccountToDeactivate): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE subscriptions SET panel_deactivation_started_at = coalesce(panel_deactivation_started_at, now()) WHERE id = $1 AND status = 'expired' AND date_trunc('milliseconds', expires_at) = $2`,
        [subscriptionId, expiresAt],
      );
      return rowCount === 1;
    },

    /** The panel has confirmed. @returns false when a renewal came in between: the account has to be opened again */
    async confirm({ subscriptionId, expiresAt }: AccountToDeactivate): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE subscriptions SET panel_deactivated_for = expires_at, panel_deactivation_started_at = NULL
         WHERE id = $1 AND status = 'expired' AND date_trunc('milliseconds', expires_at) = $2`,
        [subscriptionId, expiresAt],
      );
      return rowCount === 1;
    },

    /** Living subscriptions whose panel may have been told "disable" after their renewal. */
    async toReactivate(serverCode: string, limit: number): Promise<string[]> {
      const { rows } = await db.query<{ id: string }>(
        `SELECT id FROM subscriptions WHERE server_code = $1 AND panel_deactivation_started_at IS NOT NULL AND status IN ('pending', 'active') ORDER BY id LIMIT $2`,
        [serverCode, limit],
      );
      return rows.map(({ id }) => id);
    },

    /** The panel was told the living state that ends at `expiresAt`; a newer renewal keeps the mark. */
    async confirmReactivation(subscriptionId: string, expiresAt: Date): Promise<void> {
      await db.query(
        `UPDATE subscriptions SET panel_deactivation_started_at = NULL WHERE id = $1 AND status IN ('pending', 'active') AND date_trunc('milliseconds', expires_at) = $2`,
        [subscriptionId, expiresAt],
      );
    },
  };
}
