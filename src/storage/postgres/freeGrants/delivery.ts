import type { Pool } from 'pg';
import { isLiving } from '../../../domain/subscription';
import { PANEL_ACCESS, panelAccess } from '../catalogue';
import type { Delivery } from '../payments/deliveryOf';
import {
  confirmTerm,
  DELIVERED,
  storedTerm,
  storedTermColumns,
  type ConfirmedState,
} from '../payments/recordDelivered';
import { inTransaction, type Queryable } from '../pool';
import { parseRow, prepared, queryRow } from '../query';
import { SUBSCRIPTION_VIEW, subscriptionView } from '../subscriptions';
import { freeGrantRow } from '../tables/freeGrants';

const grantPart = freeGrantRow.pick({ given_at: true }).extend({ grant_delivered_at: freeGrantRow.shape.delivered_at });

const DELIVERY = prepared(
  `SELECT ${SUBSCRIPTION_VIEW}, ${PANEL_ACCESS}, g.given_at, g.delivered_at AS grant_delivered_at
   FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
     JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code
   WHERE g.id = $1`,
);

/** Everything that a delivery needs, in the words of a payment's. @returns `undefined` for no free grant */
export async function freeDeliveryOf(db: Queryable, id: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(DELIVERY, [id]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const grant = parseRow(grantPart, row);
  const subscription = parseRow(subscriptionView, row);
  const undelivered = isLiving(subscription) ? 'paid' : 'refunded';
  return {
    payment: {
      status: grant.grant_delivered_at === null ? undelivered : 'issued',
      paidAt: grant.given_at,
      userId: subscription.userId,
    },
    subscription,
    access: parseRow(panelAccess, row),
  };
}

const LOCK = prepared(
  `SELECT ${storedTermColumns('u')}, g.delivered_at AS grant_delivered_at
   FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id WHERE g.id = $1 FOR UPDATE`,
);
const locked = storedTerm.extend({ grant_delivered_at: freeGrantRow.shape.delivered_at });
const RECORD = prepared(
  `WITH delivered AS (${DELIVERED} WHERE id = $1) UPDATE free_grants SET delivered_at = now() WHERE id = $3`,
);

/** Records that the panel has confirmed a free grant; answers as for a payment (`recordDelivered`). */
export function recordFreeDelivered(
  pool: Pool,
  id: string,
  confirmed: ConfirmedState,
): Promise<'issued' | 'stale' | 'too-late'> {
  return inTransaction(pool, async (client) => {
    const now = await queryRow(client, locked, LOCK, [id]);
    const isDelivered = now !== undefined && now.grant_delivered_at !== null;
    if (!now || (!isDelivered && !isLiving(now))) return 'too-late';
    const answer = await confirmTerm(client, { source: id, isDelivered, stored: now }, confirmed);
    if (answer === 'as-told') await client.query(RECORD, [now.id, confirmed.expiresAt, id]);
    return answer === 'as-told' ? 'issued' : answer;
  });
}
