import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { quote, type QuotedOrder, type QuoteRefusal } from '../../../domain/promo/offer';
import { isSamePromo, type AppliedPromo } from '../../../domain/promo/terms';
import { lockCount } from '../locks';
import { offerOf } from './offers';
import { givenBackUse } from './uses';

export type Reserved =
  | 'reserved'
  /** Nothing was reserved: the code can't be used (any more), or gives something else than the buyer has seen. */
  | { readonly refused: QuoteRefusal | 'changed' };

/**
 * Reserves one use of a code for an order, in the transaction that adds it. Exact under any concurrency: whoever counts
 * the uses of a code and adds one, holds the code's lock until their transaction ends. From here on the use belongs to
 * the order, and only its end gives it back (`end_promo_use` in the migration).
 * @param promo what the confirmation said
 */
export async function reservePromo(
  client: PoolClient,
  order: QuotedOrder & { readonly paymentId: string; readonly userId: number },
  promo: AppliedPromo,
  now: Date,
): Promise<Reserved> {
  await lockCount(client, 'promo', promo.code);
  const offer = await offerOf(client, order.userId, promo.code);
  if (!offer) return { refused: 'unknown' };
  const quoted = quote(offer, order, now, true);
  if ('refused' in quoted) return quoted;
  if (!isSamePromo(quoted.promo, promo)) return { refused: 'changed' };
  const again = await givenBackUse(client, { promoId: offer.id, userId: order.userId }, now);
  await client.query('INSERT INTO promo_uses (id, promo_id, user_id, payment_id, again) VALUES ($1, $2, $3, $4, $5)', [
    randomUUID(),
    offer.id,
    order.userId,
    order.paymentId,
    again,
  ]);
  return 'reserved';
}
