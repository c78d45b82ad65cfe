import { eventInsertion } from './payments/events';
import type { Queryable } from './pool';

export type NotificationStatus = 'claimed' | 'sent' | 'unreachable' | 'dropped';

/** How a message that is recorded again stands is what was recorded last. */
const NEWEST =
  'ON CONFLICT (user_id, kind, subject) DO UPDATE SET status = excluded.status, message_id = excluded.message_id, sent_at = excluded.sent_at';

export type NotificationsRepository = ReturnType<typeof createNotificationsRepository>;

/** Messages that must not be sent twice (`claimed` first) or must not be forgotten (`sent` only afterwards). */
export function createNotificationsRepository(db: Queryable) {
  return {
    /** How this message stands; `undefined` when it was never begun. `subject` names what it is about, e.g. a payment's id. */
    async status(userId: number, kind: string, subject: string): Promise<NotificationStatus | undefined> {
      const { rows } = await db.query<{ status: NotificationStatus }>(
        'SELECT status FROM notifications WHERE user_id = $1 AND kind = $2 AND subject = $3',
        [userId, kind, subject],
      );
      return rows[0]?.status;
    },

    /**
     * Takes the right to send a message that must go out at most once.
     * @returns false when somebody took it before, whether or not his message arrived
     */
    async claim(userId: number, kind: string, subject: string): Promise<boolean> {
      const { rowCount } = await db.query(
        `INSERT INTO notifications (user_id, kind, subject, status) VALUES ($1, $2, $3, 'claimed') ON CONFLICT DO NOTHING`,
        [userId, kind, subject],
      );
      return rowCount === 1;
    },

    /** The key of a payment has arrived, in that message: remembered, and a line of the payment's story. */
    async recordKeySent(userId: number, paymentId: string, messageId: number): Promise<void> {
      await db.query(
        `WITH ${eventInsertion(2)}
         INSERT INTO notifications (user_id, kind, subject, status, message_id, sent_at) VALUES ($5, 'key', $1::text, 'sent', $6, now())
         ${NEWEST}`,
        [paymentId, 'telegram', 'key-sent', JSON.stringify({ messageId }), userId, messageId],
      );
    },

    async record(
      userId: number,
      kind: string,
      subject: string,
      status: NotificationStatus,
      messageId?: number,
    ): Promise<void> {
      await db.query(
        `INSERT INTO notifications (user_id, kind, subject, status, message_id, sent_at) VALUES ($1, $2, $3, $4, $5, CASE WHEN $4 = 'sent' THEN now() END)
         ${NEWEST}`,
        [userId, kind, subject, status, messageId ?? null],
      );
    },
  };
}
