import { z } from 'zod';
import type { OwedKey } from './owedKeys';
import { eventInsertion } from './payments/events';
import type { Queryable } from './pool';
import { prepared, queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { notificationRow } from './tables/messages';

export type NotificationStatus = z.infer<typeof notificationRow>['status'];

/** When a message is recorded again, what was recorded last counts. */
export const NEWEST =
  'ON CONFLICT (user_id, kind, subject) DO UPDATE SET status = excluded.status, message_id = excluded.message_id, sent_at = excluded.sent_at';

const recordKeySent = (table: string, event: string) =>
  prepared(
    `WITH ${event} sent AS (UPDATE ${table} SET key_sent_at = now() WHERE id = $1::uuid)
     INSERT INTO notifications (user_id, kind, subject, status, message_id, sent_at)
     VALUES ($2, 'key', $1::uuid::text, 'sent', $3, now()) ${NEWEST}`,
  );
const RECORD_KEY_SENT = recordKeySent('payments', `${eventInsertion(4)},`);
const RECORD_FREE_KEY_SENT = recordKeySent('free_grants', '');

const sentMessage = notificationRow
  .pick({ user_id: true })
  .extend({ message_id: z.number() })
  .transform((row) => camelCased(row));

/** A message that a person has. */
export type SentMessage = z.output<typeof sentMessage>;

export type NotificationsRepository = ReturnType<typeof createNotificationsRepository>;

/**
 * Messages of which the shop must know whether they were sent. What is recorded as `sent` after it was sent may be sent
 * twice; what is claimed before it is sent (`expiryNotices.claim`) never is.
 */
export function createNotificationsRepository(db: Queryable) {
  return {
    /**
     * What was recorded of this message; `undefined` for nothing. `subject` names what it is about, e.g. a payment's
     * id.
     */
    async status(userId: number, kind: string, subject: string): Promise<NotificationStatus | undefined> {
      const notification = await queryRow(
        db,
        notificationRow.pick({ status: true }),
        'SELECT status FROM notifications WHERE user_id = $1 AND kind = $2 AND subject = $3',
        [userId, kind, subject],
      );
      return notification?.status;
    },

    /** The messages in which people read something: who, and which. */
    messagesOf: (kind: string, subject: string): Promise<SentMessage[]> =>
      queryRows(
        db,
        sentMessage,
        `SELECT user_id, message_id FROM notifications
         WHERE kind = $1 AND subject = $2 AND status = 'sent' AND message_id IS NOT NULL ORDER BY id`,
        [kind, subject],
      ),

    /** The subject of the newest message of this kind, to whomever, whose subject begins so. */
    async newestSubject(kind: string, beginning: string): Promise<string | undefined> {
      const newest = await queryRow(
        db,
        notificationRow.pick({ subject: true }),
        'SELECT subject FROM notifications WHERE kind = $1 AND subject LIKE $2 ORDER BY id DESC LIMIT 1',
        [kind, `${beginning.replaceAll(/[\\%_]/g, '\\$&')}%`],
      );
      return newest?.subject;
    },

    /** A key has arrived, in that message: recorded, and of a payment an event of its timeline. */
    async recordKeySent(
      { id, userId, freeKind }: Pick<OwedKey, 'id' | 'userId' | 'freeKind'>,
      messageId: number,
    ): Promise<void> {
      const event = ['telegram', 'key-sent', JSON.stringify({ messageId })];
      if (freeKind === null) await db.query(RECORD_KEY_SENT, [id, userId, messageId, ...event]);
      else await db.query(RECORD_FREE_KEY_SENT, [id, userId, messageId]);
    },

    /**
     * Subjects of messages of these kinds that did not reach this person, oldest first.
     */
    async missed(userId: number, kinds: readonly string[]): Promise<string[]> {
      const rows = await queryRows(
        db,
        notificationRow.pick({ subject: true }),
        `SELECT subject FROM notifications WHERE user_id = $1 AND kind = ANY($2) AND status = 'unreachable' ORDER BY id`,
        [userId, kinds],
      );
      return rows.map(({ subject }) => subject);
    },

    /** The person was told that they missed these. */
    async recordMissedTold(userId: number, kinds: readonly string[], subjects: readonly string[]): Promise<void> {
      await db.query(
        `UPDATE notifications SET status = 'sent', sent_at = now()
         WHERE user_id = $1 AND kind = ANY($2) AND subject = ANY($3) AND status = 'unreachable'`,
        [userId, kinds, subjects],
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
