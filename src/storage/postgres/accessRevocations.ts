import { MINUTE_MS } from '../../domain/duration';
import { PANEL_ADMIN } from './catalogue';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';
import { accessRevocationRow, IS_OPEN_REVOCATION } from './tables/refunds';

/** An account whose panel must still be told that access was revoked, in whole or in part. */
export interface AccessRevocation {
  readonly id: number;
  readonly serverCode: string;
  readonly panelUserId: string;
  /** Which administrator of the panel made the account; `null`: not known. */
  readonly panelAdmin: string | null;
  /** When it was last opened; what the panel had confirmed before that does not count. */
  readonly createdAt: Date;
}

/** An account on a panel. */
export type AccountOnPanel = Pick<AccessRevocation, 'serverCode' | 'panelUserId'>;

/**
 * How long a call that we gave up on may still take effect on a panel. A panel and the web server in front of it hold
 * requests for up to a minute each (locks of 30 to 50 s, proxy time-outs of 60 s); ours are sent up to 30 s after the
 * decision.
 */
export const LATE_WRITE_MS = 10 * MINUTE_MS;

const revocation = accessRevocationRow
  .pick({ id: true, server_code: true, panel_user_id: true, panel_admin: true, created_at: true })
  .transform((row): AccessRevocation => camelCased(row));
const COLUMNS = 'id, server_code, panel_user_id, panel_admin, created_at';

export type AccessRevocationsRepository = ReturnType<typeof createAccessRevocationsRepository>;

/**
 * Revocations of access. A panel that confirms one may still carry out a delivery that was sent before it, so each
 * stays open for `LATE_WRITE_MS`, and the panel sync tells the panel again until then. One whose panel is gone for good
 * is abandoned by whoever comes to it, or at once when an operator says so.
 */
export function createAccessRevocationsRepository(db: Queryable) {
  return {
    /** Those of a payment that their panels have not confirmed. */
    unconfirmedOf: (paymentId: string): Promise<AccessRevocation[]> =>
      queryRows(
        db,
        revocation,
        `SELECT ${COLUMNS} FROM access_revocations w
         WHERE payment_id = $1 AND confirmed_at IS NULL AND ${IS_OPEN_REVOCATION} ORDER BY id`,
        [paymentId],
      ),

    /** The one of an account for what was given, not bought, if its panel has not confirmed it. */
    unconfirmedOn: ({ serverCode, panelUserId }: AccountOnPanel): Promise<AccessRevocation[]> =>
      queryRows(
        db,
        revocation,
        `SELECT ${COLUMNS} FROM access_revocations w
         WHERE payment_id IS NULL AND server_code = $1 AND panel_user_id = $2 AND confirmed_at IS NULL AND ${IS_OPEN_REVOCATION}`,
        [serverCode, panelUserId],
      ),

    /** Servers with open revocations, confirmed or not. */
    async serversWithOpen(): Promise<string[]> {
      const rows = await queryRows(
        db,
        accessRevocationRow.pick({ server_code: true }),
        `SELECT DISTINCT server_code FROM access_revocations w WHERE ${IS_OPEN_REVOCATION} ORDER BY server_code`,
      );
      return rows.map(({ server_code }) => server_code);
    },

    /** Open revocations of a server, confirmed or not, in the order of their ids. */
    openOn: (serverCode: string, after: number, limit: number): Promise<AccessRevocation[]> =>
      queryRows(
        db,
        revocation,
        `SELECT ${COLUMNS} FROM access_revocations w
         WHERE server_code = $1 AND ${IS_OPEN_REVOCATION} AND id > $2 ORDER BY id LIMIT $3`,
        [serverCode, after, limit],
      ),

    /** All panels of this payment's revocations have to be told once more. */
    async reopen(paymentId: string): Promise<void> {
      await db.query(`UPDATE access_revocations w SET ${OPENED_NOW} WHERE payment_id = $1`, [paymentId]);
    },

    /**
     * One panel has to be told, again or for the first time, that this account is not what the payment bought.
     * @param paymentId `null`: what was given, not bought
     */
    async reopenOn(paymentId: string | null, { serverCode, panelUserId }: AccountOnPanel): Promise<void> {
      await db.query(
        `INSERT INTO access_revocations AS w (server_code, panel_user_id, payment_id, panel_admin)
         VALUES ($1, $2, $3, (SELECT ${PANEL_ADMIN} FROM servers WHERE code = $1))
         ON CONFLICT (payment_id, server_code, panel_user_id) DO UPDATE SET ${OPENED_NOW}`,
        [serverCode, panelUserId, paymentId],
      );
    },

    /** The panel has shown and removed the account for this administrator: from now on its absence is seen by them. */
    async removedBy({ id }: Pick<AccessRevocation, 'id'>, panelAdmin: string): Promise<void> {
      await db.query('UPDATE access_revocations SET panel_admin = $2 WHERE id = $1', [id, panelAdmin]);
    },

    /** Its panel is gone for good, so it ends here; what became of the account is not known. */
    async abandoned({ id }: Pick<AccessRevocation, 'id'>): Promise<void> {
      await db.query(`UPDATE access_revocations w SET abandoned_at = now() WHERE id = $1 AND ${IS_OPEN_REVOCATION}`, [
        id,
      ]);
    },

    /**
     * Ends what is open on panels that are gone for good, and opens again what was given up on one that is there after
     * all.
     */
    async followPanels(): Promise<{ abandoned: number; reopened: number }> {
      const panel = 'FROM servers s WHERE s.code = w.server_code AND s.gone_at IS';
      const abandoned = await db.query(
        `UPDATE access_revocations w SET abandoned_at = now() ${panel} NOT NULL AND ${IS_OPEN_REVOCATION}`,
      );
      const reopened = await db.query(
        `UPDATE access_revocations w SET ${OPENED_NOW} ${panel} NULL AND w.abandoned_at IS NOT NULL`,
      );
      return { abandoned: abandoned.rowCount ?? 0, reopened: reopened.rowCount ?? 0 };
    },

    /** The panel has confirmed it. It is done when no earlier write can land any more, and not if it was reopened. */
    async confirmed({ id, createdAt }: Pick<AccessRevocation, 'id' | 'createdAt'>): Promise<void> {
      await db.query(
        `UPDATE access_revocations SET confirmed_at = coalesce(confirmed_at, now()),
           done_at = CASE WHEN created_at <= now() - $3 * interval '1 millisecond' THEN now() END
         WHERE id = $1 AND date_trunc('milliseconds', created_at) = $2`,
        [id, createdAt, LATE_WRITE_MS],
      );
    },
  };
}

const OPENED_NOW = 'confirmed_at = NULL, done_at = NULL, abandoned_at = NULL, created_at = now()';

/**
 * Adds the revocation of what a payment gave on the server where its subscription is now. One that its panel had
 * confirmed is open again: a delivery may be half-way on the panel, and an earlier part refund may have told it
 * something else.
 * @param paymentId `null`: what was given, not bought
 */
export async function addAccessRevocation(
  db: Queryable,
  subscriptionId: string,
  paymentId: string | null,
): Promise<void> {
  await db.query(
    `INSERT INTO access_revocations AS w (server_code, panel_user_id, payment_id, panel_admin)
     SELECT server_code, panel_user_id, $2, panel_admin FROM subscriptions WHERE id = $1
     ON CONFLICT (payment_id, server_code, panel_user_id) DO UPDATE SET ${OPENED_NOW}, panel_admin = excluded.panel_admin`,
    [subscriptionId, paymentId],
  );
}
