import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { NEWEST } from '../notifications';

const owed = z
  .object({ gift_id: z.string(), giver_id: z.number(), about: z.enum(['claimed', 'returned']) })
  .transform((row) => camelCased(row));

/** What the giver of a gift does not know of it: somebody else has claimed it, or it is their own now. */
export type OwedGiftNotice = z.output<typeof owed>;

/** The `kind` and the `subject` by which `notifications` knows what a giver is told. */
export const GIFT_NOTICE = 'gift';
export const giftNoticeSubject = (giftId: string, about: string): string => `${giftId}:${about}`;

/**
 * What givers who can be written to do not know of their gifts. Nobody is told of their own claim. Whoever was not sent
 * the link before the gift was their own reads that with the link, which they are owed.
 * @param giverId of everybody, unless said
 */
export function owedNotices(db: Queryable, limit: number, giverId?: number): Promise<OwedGiftNotice[]> {
  return queryRows(
    db,
    owed,
    `SELECT v.id AS gift_id, p.user_id AS giver_id,
       CASE WHEN v.status = 'claimed' THEN 'claimed' ELSE 'returned' END AS about
     FROM vouchers v JOIN payments p ON p.id = v.payment_id JOIN users u ON u.telegram_id = p.user_id
     WHERE v.giver_told_at IS NULL AND u.unreachable_at IS NULL AND p.user_id = coalesce($2, p.user_id)
       AND (v.status = 'claimed' OR v.returned_at IS NOT NULL)
       AND ((v.status = 'claimed' AND v.claimed_by <> p.user_id)
         OR (v.status = 'issued' AND p.key_sent_at <= v.returned_at))
     ORDER BY v.id LIMIT $1`,
    [limit, giverId ?? null],
  );
}

/**
 * The giver knows what became of the gift, or Telegram takes the message in no form.
 * @param sent in which message they read it, if it is not recorded yet
 */
export async function giverTold(
  db: Queryable,
  giftId: string,
  sent?: Pick<OwedGiftNotice, 'giverId' | 'about'> & { readonly messageId: number },
): Promise<void> {
  const told = 'UPDATE vouchers SET giver_told_at = now() WHERE id = $1';
  if (sent === undefined) return void (await db.query(told, [giftId]));
  const { giverId, about, messageId } = sent;
  await db.query(
    `WITH told AS (${told})
     INSERT INTO notifications (user_id, kind, subject, status, message_id, sent_at)
     VALUES ($2, '${GIFT_NOTICE}', $3, 'sent', $4, now()) ${NEWEST}`,
    [giftId, giverId, giftNoticeSubject(giftId, about), messageId],
  );
}
