import { z } from 'zod';
import type { Payment } from '../../../domain/payment';
import { PANEL_ACCESS, panelAccess, type PanelAccess } from '../catalogue';
import type { Queryable } from '../pool';
import { parseRow, prepared } from '../query';
import { SUBSCRIPTION_VIEW, subscriptionView, type SubscriptionView } from '../subscriptions';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';

/** What it takes to deliver a payment. */
export interface Delivery {
  readonly payment: Pick<Payment, 'status' | 'paidAt' | 'userId'>;
  readonly subscription: SubscriptionView;
  /** To the panel that the subscription is on. */
  readonly access: PanelAccess;
}

const { status, paid_at, user_id } = paymentRow.shape;
const paymentPart = z
  .object({ payment_status: status, paid_at, user_id })
  .transform(({ payment_status, ...row }) => ({ ...camelCased(row), status: payment_status }));

const DELIVERY = prepared(
  `SELECT ${SUBSCRIPTION_VIEW}, ${PANEL_ACCESS}, p.status AS payment_status, p.paid_at
   FROM payments p JOIN subscriptions u ON u.id = p.subscription_id
     JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code
   WHERE p.id = $1`,
);

/**
 * Everything that a delivery needs, by one statement: this is on the way of every purchase.
 * @returns `undefined` for a payment that has no subscription
 */
export async function deliveryOf(db: Queryable, paymentId: string): Promise<Delivery | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(DELIVERY, [paymentId]);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    payment: parseRow(paymentPart, row),
    subscription: parseRow(subscriptionView, row),
    access: parseRow(panelAccess, row),
  };
}
