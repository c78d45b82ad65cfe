import type { Pool } from 'pg';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { subscriptionRow } from '../tables/subscriptions';
import { eventInsertion } from './events';
import { lockPayment } from './locked';

/**
 * Records that the panel has confirmed the subscription's state.
 *
 * @param confirmed what the panel was told, and which panel
 * @returns `issued`; `stale` when the subscription was prolonged or moved meanwhile, or another attempt has delivered
 *   another term (tell the panel again); `lost` when the money is already on its way back
 */
export async function recordDelivered(
  pool: Pool,
  paymentId: string,
  confirmed: { serverCode: string; expiresAt: Date },
): Promise<'issued' | 'stale' | 'lost'> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const isDelivered = payment.status === 'issued';
    if (!isDelivered && payment.status !== 'paid' && payment.status !== 'delayed') return 'lost';
    const now = await queryRow(
      client,
      subscriptionRow.pick({ expires_at: true, server_code: true }),
      'SELECT expires_at, server_code FROM subscriptions WHERE id = $1 FOR UPDATE',
      [payment.subscriptionId],
    );
    if (now?.expires_at.getTime() !== confirmed.expiresAt.getTime() || now.server_code !== confirmed.serverCode)
      return 'stale';
    if (isDelivered) return 'issued';
    await client.query(
      `UPDATE subscriptions SET status = 'active', panel_expires_at = $2, delivered_at = coalesce(delivered_at, now()), updated_at = now() WHERE id = $1`,
      [payment.subscriptionId, confirmed.expiresAt],
    );
    await client.query(
      `WITH ${eventInsertion(2)}
       UPDATE payments SET status = 'issued', reason = NULL, delivered_at = now(), ended_at = now(), updated_at = now() WHERE id = $1`,
      [
        paymentId,
        'panel',
        'delivered',
        JSON.stringify({ expiresAt: confirmed.expiresAt.toISOString(), server: confirmed.serverCode }),
      ],
    );
    return 'issued';
  });
}
