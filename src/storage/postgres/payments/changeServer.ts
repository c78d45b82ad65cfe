import type { Pool } from 'pg';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { moveUndelivered, otherServer } from '../moveUndelivered';
import { camelCased } from '../tables/columns';
import { subscriptionRow } from '../tables/subscriptions';
import { recordEvent } from './events';

const toMove = subscriptionRow
  .pick({ server_code: true, location_code: true, panel_user_id: true, moved_by: true })
  .extend({ subscription_id: subscriptionRow.shape.id })
  .transform((row) => camelCased(row));

/**
 * Moves a paid but undelivered new subscription to another server of its location, see `otherServer`. The account that
 * may have been half-made on the old one gets a row of `access_revocations`. A renewal stays where its key is.
 *
 * @param request a uuid of the decision: repeated, it finds what it has done
 * @returns false when there is no such server or nothing is left to move
 */
export async function changeServer(pool: Pool, paymentId: string, request: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const payment = await queryRow(
      client,
      toMove,
      `SELECT p.subscription_id, p.server_code, p.location_code, u.panel_user_id, u.moved_by
       FROM payments p JOIN subscriptions u ON u.id = p.subscription_id
       WHERE p.id = $1 AND p.status IN ('paid', 'delayed') AND p.purpose = 'buy' FOR UPDATE OF p, u`,
      [paymentId],
    );
    if (!payment) return false;
    if (payment.movedBy === request) return true;
    const next = await otherServer(client, payment, null);
    if (!next) {
      // The reason before the colon says what is wrong with its panel, and stays.
      await client.query(
        `UPDATE payments SET reason = split_part(coalesce(reason, ''), ':', 1) || ':no-other-server', updated_at = now()
         WHERE id = $1`,
        [paymentId],
      );
      return false;
    }
    await moveUndelivered(client, payment.subscriptionId, { serverCode: next.code, paymentId, request });
    // Why the old server made no key says nothing about the new one.
    await client.query(
      `UPDATE payments SET server_code = $2, updated_at = now(),
         reason = CASE WHEN status = 'delayed' THEN 'server-changed' ELSE reason END WHERE id = $1`,
      [paymentId, next.code],
    );
    await recordEvent(client, paymentId, 'workflow', 'server-changed', { from: payment.serverCode, to: next.code });
    return true;
  });
}
