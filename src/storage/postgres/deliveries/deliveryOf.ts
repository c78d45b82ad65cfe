import { z } from 'zod';
import { isLiving } from '../../../domain/subscription';
import { PANEL_ACCESS, panelAccess, type PanelAccess } from '../catalogue';
import type { Queryable } from '../pool';
import { parseRow, prepared } from '../query';
import { SUBSCRIPTION_VIEW, subscriptionView, type SubscriptionView } from '../subscriptions';
import { AWAITED, deliveryRow } from '../tables/deliveries';

/** What a payment, or a free grant, has to be told to a panel. */
export interface Delivery {
  /** `over`: the money goes back, or it was revoked. */
  readonly state: 'awaited' | 'issued' | 'over';
  /** When it was paid, or given. */
  readonly dueAt: Date;
  readonly subscription: SubscriptionView;
  /** To the panel that the subscription is on. */
  readonly access: PanelAccess;
}

const deliveryPart = z.object({
  delivery_status: deliveryRow.shape.status,
  free_kind: deliveryRow.shape.free_kind,
  due_at: deliveryRow.shape.due_at,
});

const DELIVERY = prepared(
  `SELECT ${SUBSCRIPTION_VIEW}, ${PANEL_ACCESS}, d.status AS delivery_status, d.free_kind, d.due_at
   FROM deliveries d JOIN subscriptions u ON u.id = d.subscription_id
     JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code
   WHERE d.id = $1`,
);

/**
 * Everything that a delivery needs, by one statement: this is on the way of every purchase.
 * @param id of a payment, or of a free grant
 * @returns `undefined` for a payment that has no subscription
 */
export async function deliveryOf(db: Queryable, id: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(DELIVERY, [id]);
  const row = rows[0];
  if (row === undefined) return undefined;
  const { delivery_status: status, free_kind: freeKind, due_at: dueAt } = parseRow(deliveryPart, row);
  const subscription = parseRow(subscriptionView, row);
  return { state: stateOf(), dueAt, subscription, access: parseRow(panelAccess, row) };

  function stateOf(): Delivery['state'] {
    if (status === 'issued') return 'issued';
    // What was paid for ends by its own refund alone.
    if (freeKind !== null && !isLiving(subscription)) return 'over';
    return AWAITED.has(status) ? 'awaited' : 'over';
  }
}
