import type { Pool } from 'pg';
import { freePlace } from '../freePlace';
import { moveUndelivered } from '../moveUndelivered';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { trialRow } from '../tables/catalogue';
import { subscriptionRow } from '../tables/subscriptions';

/**
 * Moves a new subscription that was given and not delivered from a panel that is gone for good to another server of its
 * location, a trial to one of those that the owner gives it on. An attempt may have made the account on the old one, so
 * that gets a row of `access_revocations`, which counts once its panel is there after all.
 * @returns false when there is no other place, or nothing is left to move
 */
export function moveFreeGrant(pool: Pool, id: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const undelivered = await queryRow(
      client,
      subscriptionRow.pick({ id: true, location_code: true }).extend({ server_codes: trialRow.shape.server_codes }),
      `SELECT u.id, u.location_code,
         CASE WHEN g.kind = 'trial' THEN (SELECT t.server_codes FROM trials t) END AS server_codes
       FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
         JOIN servers s ON s.code = u.server_code
       WHERE g.id = $1 AND u.status = 'pending' AND u.delivered_at IS NULL AND s.gone_at IS NOT NULL AND g.status IN ('given', 'delayed') FOR UPDATE OF g, u`,
      [id],
    );
    if (!undelivered) return false;
    const place = await freePlace(client, {
      locationCode: undelivered.location_code,
      serverCodes: undelivered.server_codes,
    });
    if (typeof place === 'string') return false;
    await moveUndelivered(client, undelivered.id, place.serverCode, null);
    await client.query(`UPDATE free_grants SET status = 'given', reason = NULL WHERE id = $1 AND status = 'delayed'`, [
      id,
    ]);
    return true;
  });
}
