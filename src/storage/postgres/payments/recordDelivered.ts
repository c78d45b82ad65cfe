import type { Pool, PoolClient } from 'pg';
import type { z } from 'zod';
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

/** What is recorded of the subscription that is delivered. */
export const storedTerm = subscriptionRow
  .pick({ id: true, expires_at: true, server_code: true, status: true })
  .extend(limitColumns);
/** The columns of `storedTerm`, of the table called `alias`. */
export const storedTermColumns = (alias: string): string => selectedColumns(storedTerm, alias);
const delivered = storedTerm.extend({ payment_status: paymentRow.shape.status });

const LOCK = prepared(
  `SELECT p.status AS payment_status, ${storedTermColumns('u')}
   FROM payments p JOIN subscriptions u ON u.id = p.subscription_id WHERE p.id = $1 FOR UPDATE`,
);
/** The delivery in the row of a subscription; `$2`: the end that the panel has confirmed. Add WHERE. */
export const DELIVERED = `UPDATE subscriptions SET status = 'active', panel_expires_at = $2,
     delivered_at = coalesce(delivered_at, now()), updated_at = now(),
     panel_admin = (SELECT ${PANEL_ADMIN} FROM servers WHERE code = server_code)`;
const RECORD = prepared(
  `WITH ${eventInsertion(3)}, delivered AS (${DELIVERED} WHERE id = $6)
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
    const isDelivered = now?.payment_status === 'issued';
    if (!now || (!isDelivered && now.payment_status !== 'paid' && now.payment_status !== 'delayed')) return 'too-late';
    const answer = await confirmTerm(client, { source: paymentId, isDelivered, stored: now }, confirmed);
    if (answer !== 'as-told') return answer;
    const details = { expiresAt: confirmed.expiresAt.toISOString(), server: confirmed.serverCode };
    await client.query(RECORD, [paymentId, confirmed.expiresAt, 'panel', 'delivered', JSON.stringify(details), now.id]);
    return 'issued';
  });
}

/**
 * Compares what the panel was told with what is recorded, and adds the delay of a grant whose key came late.
 * @param of `source`: of the grant that is delivered; `stored`: its subscription, locked
 * @returns `as-told`: the delivery is to be recorded now; `issued`: it is already, and the panel says what is recorded
 */
export async function confirmTerm(
  client: PoolClient,
  of: { readonly source: string; readonly isDelivered: boolean; readonly stored: z.output<typeof storedTerm> },
  { delayedTo, ...confirmed }: ConfirmedState,
): Promise<'as-told' | 'issued' | 'stale'> {
  const stored = camelCased(of.stored);
  const late =
    delayedTo === undefined || of.isDelivered
      ? undefined
      : await lockDelayed(client, { id: of.source, subscriptionId: stored.id }, delayedTo);
  const term = late?.book ?? stored;
  const isAsTold =
    term.expiresAt.getTime() === confirmed.expiresAt.getTime() &&
    sameLimits(term, confirmed) &&
    stored.serverCode === confirmed.serverCode;
  if (!isAsTold) return 'stale';
  if (of.isDelivered) return isLiving(stored) ? 'issued' : 'stale';
  if (late) await appendEntry(client, late.locked, late.delay);
  return 'as-told';
}
