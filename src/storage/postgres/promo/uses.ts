import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { promoUseRow } from '../tables/promo';
import { uuidMadeOf } from '../uuidMadeOf';

/** Of a use `u` that was given back to its person: they have not used it once more. */
export const IS_UNUSED_AGAIN =
  'u.usable_until IS NOT NULL AND NOT EXISTS (SELECT 1 FROM promo_uses n WHERE n.again = u.id)';

/** A use of a code that is added, by who holds the code's lock. */
export interface NewPromoUse {
  readonly id: string;
  readonly promoId: string;
  readonly userId: number;
}

/**
 * The use that was given back to this person and is used once more by a new one: the one whose days end first. Asked
 * for while the code's lock is held, so that it is used once.
 */
export async function givenBackUse(
  db: Queryable,
  { promoId, userId }: Omit<NewPromoUse, 'id'>,
  now: Date,
): Promise<string | null> {
  const found = await queryRow(
    db,
    promoUseRow.pick({ id: true }),
    `SELECT u.id FROM promo_uses u WHERE u.user_id = $1 AND u.promo_id = $2 AND u.usable_until > $3 AND ${IS_UNUSED_AGAIN}
     ORDER BY u.usable_until, u.id LIMIT 1`,
    [userId, promoId, now],
  );
  return found?.id ?? null;
}

/** Until when a use that was given back may be used once more; `undefined`: it may not. */
export async function usableUntil(db: Queryable, useId: string): Promise<Date | undefined> {
  const found = await queryRow(
    db,
    promoUseRow.pick({ usable_until: true }),
    `SELECT u.usable_until FROM promo_uses u WHERE u.id = $1 AND ${IS_UNUSED_AGAIN}`,
    [useId],
  );
  return found?.usable_until ?? undefined;
}

/** The use of a promo code that an order holds, or held. */
export async function promoUseOf(db: Queryable, paymentId: string): Promise<string | undefined> {
  const found = await queryRow(db, promoUseRow.pick({ id: true }), 'SELECT id FROM promo_uses WHERE payment_id = $1', [
    paymentId,
  ]);
  return found?.id;
}

/**
 * The id of the use by which a code gives something to a person for nothing: always the same, so that however often it
 * is asked for, it is given once.
 * @param givenBack how many such uses of theirs were given back, because nothing could be made of them
 */
export function freeUseId(promoId: string, userId: number, givenBack = 0): string {
  const again = givenBack === 0 ? '' : `:${givenBack}`;
  return uuidMadeOf(`${promoId}:${userId}${again}`);
}
