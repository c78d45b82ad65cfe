import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { promoCodeRow } from '../tables/promo';

/** For so many days whoever a gift was revoked from can use what they are offered. */
const OFFERED_DAYS = 90;

const made = promoCodeRow.pick({ amount: true, valid_until: true }).transform((row) => camelCased(row));

/**
 * Offers whoever a gift was taken back from something off one purchase of their own: a personal promo code, with the
 * gift's id, so once for each gift. It counts by itself wherever they see prices.
 * @param percent from 1 on
 * @returns the offer that there is now
 */
export async function offerToReceiver(
  db: Queryable,
  { giftId, userId, percent }: { readonly giftId: string; readonly userId: number; readonly percent: number },
  now: Date,
): Promise<{ readonly percent: number; readonly until: Date }> {
  const offer = await queryRow(
    db,
    made,
    `WITH made AS (
       INSERT INTO promo_codes (id, code, kind, amount, valid_until, uses_per_person, audience, user_id, renewals, note)
       VALUES ($1, $2, 'percent', $3, $4::timestamptz + $5 * interval '24 hours', 1, 'person', $6, true, $7)
       ON CONFLICT (id) DO NOTHING RETURNING amount, valid_until)
     SELECT amount, valid_until FROM made
     UNION ALL SELECT amount, valid_until FROM promo_codes WHERE id = $1 LIMIT 1`,
    [
      giftId,
      `GIFT-${giftId.replaceAll('-', '').slice(0, 16).toUpperCase()}`,
      percent,
      now,
      OFFERED_DAYS,
      userId,
      'a gift of theirs was taken back',
    ],
  );
  return { percent: offer!.amount, until: offer!.validUntil! };
}
