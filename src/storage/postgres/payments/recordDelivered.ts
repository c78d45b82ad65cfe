import type { Pool } from 'pg';
import type { SubscriptionLimits } from '../../../domain/grant';
import { PANEL_ADMIN } from '../catalogue';
import { inTransaction } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { LIMIT_COLUMNS, limitColumns, sameLimits } from '../tables/grants';
import { subscriptionRow } from '../tables/subscriptions';
import { eventInsertion } from './events';
import { lockPayment } from './locked';

/** What a panel was told of a subscription. */
export interface ConfirmedState extends SubscriptionLimits {
  readonly serverCode: string;
  readonly expiresAt: Date;
}

const subscriptionState = subscriptionRow
  .pick({ expires_at: true, server_code: true, status: true })
  .extend(limitColumns)
  .transform((row) => camelCased(row));

/**
 * Records that the panel has confirmed the subscription's state.
 *
 * @param confirmed what the panel was told, and which panel
 * @returns `issued`; `stale` when the subscription was prolonged, moved or ended meanwhile, or another attempt has
 *   delivered another term (tell the panel again); `lost` when the money is already on its way back
 */
export async function recordDelivered(
  pool: Pool,
  paymentId: string,
  confirmed: ConfirmedState,
): Promise<'issued' | 'stale' | 'lost'> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, paymentId);
    const isDelivered = payment.status === 'issued';
    if (!isDelivered && payment.status !== 'paid' && payment.status !== 'delayed') return 'lost';
    const now = await queryRow(
      client,
      subscriptionState,
      `SELECT expires_at, server_code, ${LIMIT_COLUMNS}, status FROM subscriptions WHERE id = $1 FOR UPDATE`,
      [payment.subscriptionId],
    );
    const isAsTold =
      now?.expiresAt.getTime() === confirmed.expiresAt.getTime() &&
      sameLimits(now, confirmed) &&
      now.serverCode === confirmed.serverCode;
    if (!isAsTold) return 'stale';
    if (isDelivered) return now.status === 'active' || now.status === 'pending' ? 'issued' : 'stale';
    await client.query(
      `UPDATE subscriptions SET status = 'active', panel_expires_at = $2, delivered_at = coalesce(delivered_at, now()), updated_at = now(),
         panel_admin = (SELECT ${PANEL_ADMIN} FROM servers WHERE code = server_code) WHERE id = $1`,
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
