import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { paymentRow } from '../tables/payments';

const found = paymentRow.pick({ id: true });

/** More orders nobody has open; older ones show what they said. */
const MOST = 20;

/**
 * The payments whose message a buyer who couldn't be written to has not seen change: what happened since then, and what
 * showed first that they can't. Without those whose key is owed, which come with it. Oldest first.
 */
export async function unseenScreens(db: Queryable, userId: number): Promise<string[]> {
  const rows = await queryRows(
    db,
    found,
    `SELECT p.id FROM payments p JOIN users u ON u.telegram_id = p.user_id
     WHERE p.user_id = $1 AND p.screen_message_id IS NOT NULL AND NOT (p.status = 'issued' AND p.key_sent_at IS NULL)
       AND (p.updated_at >= u.unseen_since OR EXISTS (
         SELECT 1 FROM payment_events e
         WHERE e.payment_id = p.id AND e.event = 'buyer-unreachable' AND e.at >= u.unseen_since))
     ORDER BY p.created_at LIMIT ${MOST}`,
    [userId],
  );
  return rows.map(({ id }) => id);
}
