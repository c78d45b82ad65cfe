import type { Pool } from 'pg';
import { roomiest } from '../../../domain/catalogue';
import { serverWithPlaces, SERVERS, TROUBLE } from '../catalogue';
import { inTransaction } from '../pool';
import { queryRow, queryRows } from '../query';
import { lockCount } from '../locks';
import { moveUndelivered } from '../moveUndelivered';
import { subscriptionRow } from '../tables/subscriptions';
import { recordEvent } from './events';

/** Of the payment's row: what its subscription has, and so none of it is absent once that is recorded. */
const toMove = subscriptionRow
  .pick({ server_code: true, location_code: true })
  .extend({ subscription_id: subscriptionRow.shape.id });

/**
 * Moves a paid but undelivered new subscription to another server of its location that has room, is not known to make
 * no keys, and was not tried before. The account that may have been half-made on the old one gets a row of
 * `access_revocations`. A renewal stays where its key is.
 *
 * @returns false when there is no such server or nothing is left to move
 */
export async function changeServer(pool: Pool, paymentId: string): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const payment = await queryRow(
      client,
      toMove,
      `SELECT subscription_id, server_code, location_code FROM payments
       WHERE id = $1 AND status IN ('paid', 'delayed') AND purpose = 'buy' FOR UPDATE`,
      [paymentId],
    );
    if (!payment) return false;
    await lockCount(client, 'places', payment.location_code);
    const others = await queryRows(
      client,
      serverWithPlaces,
      `${SERVERS} AND s.location_code = $1 AND s.code <> $2 AND ${TROUBLE} IS NULL
         AND NOT EXISTS (SELECT 1 FROM access_revocations w WHERE w.payment_id = $3 AND w.server_code = s.code)`,
      [payment.location_code, payment.server_code, paymentId],
    );
    const next = roomiest(others);
    if (!next) {
      // The reason before the colon says what is wrong with its panel, and stays.
      await client.query(
        `UPDATE payments SET reason = split_part(coalesce(reason, ''), ':', 1) || ':no-other-server', updated_at = now()
         WHERE id = $1`,
        [paymentId],
      );
      return false;
    }
    await moveUndelivered(client, payment.subscription_id, next.code, paymentId);
    // Why the old server made no key says nothing about the new one.
    await client.query(
      `UPDATE payments SET server_code = $2, updated_at = now(),
         reason = CASE WHEN status = 'delayed' THEN 'server-changed' ELSE reason END WHERE id = $1`,
      [paymentId, next.code],
    );
    await recordEvent(client, paymentId, 'workflow', 'server-changed', { from: payment.server_code, to: next.code });
    return true;
  });
}
