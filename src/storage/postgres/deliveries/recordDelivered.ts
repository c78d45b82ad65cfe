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
import { AWAITED, deliveryRow } from '../tables/deliveries';
import { subscriptionRow } from '../tables/subscriptions';
import { eventInsertion } from '../payments/events';
import { lockDelayed } from './lateDelivery';

/** What a panel was told of a subscription. */
export interface ConfirmedState extends SubscriptionLimits {
  readonly serverCode: string;
  readonly expiresAt: Date;
  /**
   * The days of this payment, or free grant, begin at this moment, because its key came late; see `termIfDelivered`.
   */
  readonly delayedTo?: Date | undefined;
  /**
   * Which administrator of the panel has told it, and so made the account: the catalogue's key may be another one by
   * now, which does not see it. Default: the present one.
   */
  readonly panelAdmin?: string;
}

/** What is recorded of the subscription that is delivered. */
const storedTerm = subscriptionRow
  .pick({ id: true, expires_at: true, server_code: true, status: true })
  .extend(limitColumns);
/** The columns of `storedTerm`, of the table called `alias`. */
const storedTermColumns = (alias: string): string => selectedColumns(storedTerm, alias);
const delivered = storedTerm.extend({ delivery_status: deliveryRow.shape.status });

/** `$2`: the end that the panel has confirmed, `$3`: the subscription, `$4`: by which administrator. */
const DELIVERED = `delivered AS (UPDATE subscriptions SET status = 'active', panel_expires_at = $2,
     delivered_at = coalesce(delivered_at, now()), updated_at = now(),
     panel_admin = coalesce($4, (SELECT ${PANEL_ADMIN} FROM servers WHERE code = server_code)) WHERE id = $3)`;

const lock = (table: string) =>
  prepared(
    `SELECT d.status AS delivery_status, ${storedTermColumns('u')}
     FROM ${table} d JOIN subscriptions u ON u.id = d.subscription_id WHERE d.id = $1 FOR UPDATE`,
  );
const PAYMENT = {
  lock: lock('payments'),
  record: prepared(
    `WITH ${eventInsertion(5)}, ${DELIVERED}
     UPDATE payments SET status = 'issued', reason = NULL, delivered_at = now(), ended_at = now(), updated_at = now()
     WHERE id = $1`,
  ),
};
const FREE_GRANT = {
  lock: lock('free_grants'),
  record: prepared(
    `WITH ${DELIVERED} UPDATE free_grants SET status = 'issued', reason = NULL, delivered_at = now() WHERE id = $1`,
  ),
};

/**
 * Records that the panel has confirmed the subscription's state.
 *
 * @param id of a payment, or of a free grant
 * @param confirmed what the panel was told, and which panel
 * @returns `issued`; `stale` when the subscription was prolonged, moved or ended meanwhile, or another attempt has
 *   delivered another term (tell the panel again); `too-late` when the money is already on its way back, or it was
 *   revoked
 */
export async function recordDelivered(
  pool: Pool,
  of: 'payment' | 'free-grant',
  id: string,
  confirmed: ConfirmedState,
): Promise<'issued' | 'stale' | 'too-late'> {
  const { lock, record } = of === 'payment' ? PAYMENT : FREE_GRANT;
  return inTransaction(pool, async (client) => {
    const now = await queryRow(client, delivered, lock, [id]);
    const isDelivered = now?.delivery_status === 'issued';
    if (!now || !(isDelivered || AWAITED.has(now.delivery_status))) return 'too-late';
    // What was paid for ends by its own refund alone.
    if (of === 'free-grant' && !isDelivered && !isLiving(now)) return 'too-late';
    const answer = await confirmTerm(client, { source: id, isDelivered, stored: now }, confirmed);
    if (answer !== 'as-told') return answer;
    const details = { expiresAt: confirmed.expiresAt.toISOString(), server: confirmed.serverCode };
    const event = of === 'payment' ? ['panel', 'delivered', JSON.stringify(details)] : [];
    await client.query(record, [id, confirmed.expiresAt, now.id, confirmed.panelAdmin ?? null, ...event]);
    return 'issued';
  });
}

/**
 * Compares what the panel was told with what is recorded, and adds the delay of a grant whose key came late.
 * @param of `source`: of the grant that is delivered; `stored`: its subscription, locked
 * @returns `as-told`: the delivery is to be recorded now; `issued`: it is already, and the panel says what is recorded
 */
async function confirmTerm(
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
