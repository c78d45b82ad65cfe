import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';

const owed = z
  .object({ gift_id: z.string(), about: z.enum(['claimed', 'returned']) })
  .transform((row) => camelCased(row));

/** What the giver of a gift does not know of it: somebody else has claimed it, or it is their own now. */
export type OwedGiftNotice = z.output<typeof owed>;

/** The `kind` and the `subject` by which `notifications` knows what a giver is told. */
export const GIFT_NOTICE = 'gift';
export const giftNoticeSubject = (giftId: string, about: string): string => `${giftId}:${about}`;

/**
 * What givers who can be written to do not know of their gifts. Nobody is told of their own claim. Whoever was not sent
 * the link before the gift was their own reads that with the link, which they are owed.
 */
export function owedNotices(db: Queryable, limit: number): Promise<OwedGiftNotice[]> {
  return queryRows(
    db,
    owed,
    `SELECT v.id AS gift_id,
       CASE WHEN v.status = 'claimed' THEN 'claimed' ELSE 'returned' END AS about
     FROM vouchers v JOIN payments p ON p.id = v.payment_id JOIN users u ON u.telegram_id = p.user_id
     WHERE v.giver_told_at IS NULL AND u.unreachable_at IS NULL
       AND (v.status = 'claimed' OR v.returned_at IS NOT NULL)
       AND ((v.status = 'claimed' AND v.claimed_by <> p.user_id)
         OR (v.status = 'issued' AND p.key_sent_at <= v.returned_at))
     ORDER BY v.id LIMIT $1`,
    [limit],
  );
}

/** The giver knows what became of the gift, or Telegram takes the message in no form. */
export async function giverTold(db: Queryable, giftId: string): Promise<void> {
  await db.query('UPDATE vouchers SET giver_told_at = now() WHERE id = $1', [giftId]);
}
