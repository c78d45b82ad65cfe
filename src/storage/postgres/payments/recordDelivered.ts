import type { Pool } from 'pg';
import { z } from 'zod';
import { sameLimits, type SubscriptionLimits } from '../../../domain/grant';
import { isLiving } from '../../../domain/subscription';
import { PANEL_ADMIN } from '../catalogue';
import { appendEntry } from '../grantBook';
import { inTransaction } from '../pool';
import { prepared, queryRow } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { limitColumns } from '../tables/planGrant';
import { paymentRow } from '../tables/payments';
import { subscriptionRow } from '../tables/subscriptions';
import { eventInsertion } from './events';
import { lockDelayed } from './lateDelivery';

/** What a panel was told of a subscription. */
export interface ConfirmedState extends SubscriptionLimits {
  readonly serverCode: string;
  readonly expiresAt: Date;
  /** The days of this payment begin at this moment, because its key came late; see `termIfDelivered`. */
  readonly delayedTo?: Date | undefined;
}

const subscriptionColumns = subscriptionRow
  .pick({ expires_at: true, server_code: true, status: true })
  .extend(limitColumns);
const delivered = subscriptionColumns
  .extend({ payment_status: paymentRow.shape.status, subscription_id: z.string() })
  .transform((row) => camelCased(row));

const LOCK = prepared(
  `SELECT p.status AS payment_status, p.subscription_id, ${selectedColumns(subscriptionColumns, 'u')}
   FROM payments p JOIN subscriptions u ON u.id = p.subscription_id WHERE p.id = $1 FOR UPDATE`,
);
const RECORD = prepared(
  `WITH ${eventInsertion(2)}, delivered AS (
     UPDATE subscriptions SET status = 'active', panel_expires_at = $6, delivered_at = coalesce(delivered_at, now()),
       updated_at = now(), panel_admin = (SELECT ${PANEL_ADMIN} FROM servers WHERE code = server_code) WHERE id = $5)
   UPDATE payments SET status = 'issued', reason = NULL, delivered_at = now(), ended_at = now(), updated_at = now()
   WHERE id = $1`,
);

/**
 * Records that the panel has confirmed the subscription's state.
 *
 * @param confirmed what the panel was told, and which panel
 * @returns `issued`; `stale` when the subscription was prolonged, moved or ended meanwhile, or another attempt has
 *   delivered another term (tell the panel again); `too-late` when the money is already on its way back
 */
export async function recordDelivered(
  pool: Pool,
  paymentId: string,
  confirmed: ConfirmedState,
): Promise<'issued' | 'stale' | 'too-late'> {
  return inTransaction(pool, async (client) => {
    const now = await queryRow(client, delivered, LOCK, [paymentId]);
    const isDelivered = now?.paymentStatus === 'issued';
    if (!now || (!isDelivered && now.paymentStatus !== 'paid' && now.paymentStatus !== 'delayed')) return 'too-late';
    const { delayedTo } = confirmed;
    const late =
      delayedTo === undefined || isDelivered
        ? undefined
        : await lockDelayed(client, { id: paymentId, subscriptionId: now.subscriptionId }, delayedTo);
    const term = late?.book ?? now;
    const isAsTold =
      term.expiresAt.getTime() === confirmed.expiresAt.getTime() &&
      sameLimits(term, confirmed) &&
      now.serverCode === confirmed.serverCode;
    if (!isAsTold) return 'stale';
    if (isDelivered) return isLiving(now) ? 'issued' : 'stale';
    if (late) await appendEntry(client, late.locked, late.delay);
    const details = { expiresAt: confirmed.expiresAt.toISOString(), server: confirmed.serverCode };
    await client.query(RECORD, [
      paymentId,
      'panel',
      'delivered',
      JSON.stringify(details),
      now.subscriptionId,
      confirmed.expiresAt,
    ]);
    return 'issued';
  });
}
