import { createHash } from 'node:crypto';
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

/**
 * The id of the use by which a code gives something to a person for nothing: always the same, so that however often it
 * is asked for, it is given once.
 * @param givenBack how many such uses of theirs were given back, because nothing could be made of them
 */
export function freeUseId(promoId: string, userId: number, givenBack = 0): string {
  const again = givenBack === 0 ? '' : `:${givenBack}`;
  const digest = createHash('sha256').update(`${promoId}:${userId}${again}`).digest('hex');
  // A uuid of version 8: its owner says what it is made of (RFC 9562).
  const [a, b, c, d, e] = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(13, 16),
    digest.slice(17, 20),
    digest.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-a${d}-${e}`;
}
