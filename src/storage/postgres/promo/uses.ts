import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { promoUseRow } from '../tables/promo';

/** The use of a promo code that an order holds, or held. */
export async function promoUseOf(db: Queryable, paymentId: string): Promise<string | undefined> {
  const found = await queryRow(db, promoUseRow.pick({ id: true }), 'SELECT id FROM promo_uses WHERE payment_id = $1', [
    paymentId,
  ]);
  return found?.id;
}
