import type { PoolClient } from 'pg';
import { grantOf, isSameGrant } from '../../../domain/grant';
import type { OrderPurpose } from '../../../domain/order';
import { promoOf, type Payment } from '../../../domain/payment';
import { confirmedPromo, isSamePromo } from '../../../domain/promo/terms';
import { GIFT_PLACE } from '../orderTerms';
import { prepared, queryRow, queryRows } from '../query';
import { recordEvent, type PaymentEventName } from './events';
import type { PurchaseDraft } from './open';
import { paymentView, SELECT_PAYMENT } from './rows';

/**
 * Whether an open order is what the buyer confirms now: place, server, price, promo code, what it gives. Plan and
 * renewed subscription are the same, or it would not have been looked at.
 */
export function isWhatWasConfirmed(order: Payment, draft: PurchaseDraft): boolean {
  if (order.provider !== draft.way.provider || order.currency !== draft.way.currency) return false;
  if (order.priceKopecks !== draft.priceKopecks || !isSameGrant(order, draft)) return false;
  if (!isSamePromo(promoOf(order), draft.promo ?? null)) return false;
  // A renewal stays where its key is.
  if (draft.renewsSubscriptionId !== null) return true;
  if (order.locationCode !== draft.locationCode) return false;
  // "Any server" is met by an order for any server only; a server by every order that has it.
  return draft.serverCode === null ? order.chosenServerCode === null : order.serverCode === draft.serverCode;
}

/** What a confirmation is for. */
export function purposeOf({
  locationCode,
  renewsSubscriptionId,
}: Pick<PurchaseDraft, 'locationCode' | 'renewsSubscriptionId'>): OrderPurpose {
  if (locationCode === null) return 'gift';
  return renewsSubscriptionId === null ? 'buy' : 'renew';
}

const OPEN_LIKE = prepared(
  `${SELECT_PAYMENT} WHERE p.user_id = $1 AND p.plan_code = $2 AND p.renews_subscription_id IS NOT DISTINCT FROM $3
     AND p.purpose = $4 AND p.status IN ('created', 'pending', 'guarding')
   ORDER BY p.dismissed_at IS NOT NULL, p.created_at DESC FOR UPDATE OF p`,
);

/**
 * The buyer's open orders of the same plan for the same purpose (and, for a renewal, of the same subscription), the one
 * that is not dismissed first. Locked, so that money that arrives now is recorded before it is decided what to do with
 * them, or after.
 */
export function openOrdersLike(client: PoolClient, draft: PurchaseDraft): Promise<Payment[]> {
  const { userId, planCode, renewsSubscriptionId } = draft;
  return queryRows(client, paymentView, OPEN_LIKE, [userId, planCode, renewsSubscriptionId, purposeOf(draft)]);
}

const OWN = prepared(`${SELECT_PAYMENT} WHERE p.id = $1 AND p.user_id = $2`);

/** An order of this buyer's, in whatever state it is. */
export function ownOrder(client: PoolClient, userId: number, orderId: string): Promise<Payment | undefined> {
  return queryRow(client, paymentView, OWN, [orderId, userId]);
}

/**
 * Moves an order to the screen that the buyer is looking at now. One that they had dismissed is open again: they have
 * confirmed it once more.
 */
export async function takeUp(client: PoolClient, order: Payment, draft: PurchaseDraft): Promise<Payment> {
  await client.query(
    `UPDATE payments SET screen_message_id = coalesce($2, screen_message_id), dismissed_at = NULL,
       chosen_server_code = coalesce($3, chosen_server_code), updated_at = now() WHERE id = $1`,
    [order.id, draft.screenMessageId, draft.serverCode],
  );
  await recordConfirmation(client, order.id, 'confirmed-again', draft);
  return (await ownOrder(client, draft.userId, order.id))!;
}

/** The buyer wants another order instead. Its link can't be closed; what is paid late is decided by `recordPaid`. */
export async function dismissOrder(client: PoolClient, { id }: Pick<Payment, 'id'>): Promise<void> {
  await client.query('UPDATE payments SET dismissed_at = now(), updated_at = now() WHERE id = $1', [id]);
}

/** Records what the confirmation said, word for word: the audit compares it with what was ordered and delivered. */
export function recordConfirmation(
  client: PoolClient,
  orderId: string,
  event: Extract<PaymentEventName, 'confirmed' | 'confirmed-again'>,
  draft: PurchaseDraft,
): Promise<void> {
  const { planCode, locationCode, serverCode, priceKopecks, way, renewsSubscriptionId, promo } = draft;
  return recordEvent(client, orderId, 'buyer', event, {
    plan: planCode,
    location: locationCode ?? GIFT_PLACE,
    server: serverCode ?? 'any',
    ...grantOf(draft),
    priceKopecks,
    currency: way.currency,
    provider: way.provider,
    ...confirmedPromo(promo ?? null),
    ...(renewsSubscriptionId === null ? {} : { renews: renewsSubscriptionId }),
  });
}
