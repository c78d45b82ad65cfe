import type { Pool } from 'pg';
import type { z } from 'zod';
import { freePlace } from '../freePlace';
import { moveUndelivered, otherServer } from '../moveUndelivered';
import { inTransaction, type Queryable } from '../pool';
import { queryRow } from '../query';
import { serverRow, trialRow } from '../tables/catalogue';
import { camelCased } from '../tables/columns';
import { subscriptionRow } from '../tables/subscriptions';

/** Why a grant is to be made on another server: its panel is gone for good, or makes no key and its person asks. */
export interface GrantMove {
  readonly because: 'panel-gone' | 'asked';
  /** A uuid of the decision: repeated, it finds what it has done. */
  readonly request: string;
}

const undelivered = subscriptionRow
  .pick({ id: true, panel_user_id: true, location_code: true, server_code: true, moved_by: true })
  .extend({ gone_at: serverRow.shape.gone_at, server_codes: trialRow.shape.server_codes })
  .transform((row) => camelCased(row));

/**
 * Moves a new subscription that was given and not delivered to another server of its location, a trial to one of those
 * that the owner gives it on. An attempt may have made the account on the old one, so that gets a row of
 * `access_revocations`; on a panel that is gone for good it counts once that is there after all.
 * @returns false when there is no other place, or nothing is left to move
 */
export function moveFreeGrant(pool: Pool, id: string, { because, request }: GrantMove): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const grant = await queryRow(
      client,
      undelivered,
      // The server is no join: an attempt that has waited for the same one would find no row, because that has moved it.
      `SELECT u.id, u.panel_user_id, u.location_code, u.server_code, u.moved_by,
         (SELECT s.gone_at FROM servers s WHERE s.code = u.server_code) AS gone_at,
         CASE WHEN g.kind = 'trial' THEN (SELECT t.server_codes FROM trials t) END AS server_codes
       FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
       WHERE g.id = $1 AND g.makes_key AND u.status = 'pending' AND u.delivered_at IS NULL
         AND g.status IN ('given', 'delayed') FOR UPDATE OF g, u`,
      [id],
    );
    if (!grant) return false;
    if (grant.movedBy === request) return true;
    if (because === 'panel-gone' && grant.goneAt === null) return false;
    const serverCode = await nextServer(client, grant);
    if (serverCode === undefined) return false;
    await moveUndelivered(client, grant.id, { serverCode, paymentId: null, request });
    // As of an order: who has read that no key is made waits for the new server, too.
    const next = because === 'asked' ? `reason = 'server-changed'` : `status = 'given', reason = NULL`;
    await client.query(`UPDATE free_grants SET ${next} WHERE id = $1 AND status = 'delayed'`, [id]);
    return true;
  });
}

/**
 * From one that is gone for good any place is better than none; from one that may be back, one that makes keys. Never
 * one that it was on before: its account is being removed there.
 */
async function nextServer(client: Queryable, grant: z.output<typeof undelivered>): Promise<string | undefined> {
  const { locationCode, serverCodes, panelUserId, goneAt } = grant;
  if (goneAt === null) return (await otherServer(client, grant, serverCodes))?.code;
  const place = await freePlace(client, { locationCode, serverCodes, panelUserId });
  return typeof place === 'string' ? undefined : place.serverCode;
}
