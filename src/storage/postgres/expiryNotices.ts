import { z } from 'zod';
import type { Language, LocalizedText } from '../../domain/language';
import { TRIAL_PLAN } from '../../domain/trial';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { locationRow } from './tables/catalogue';
import { camelCased, instant } from './tables/columns';
import { notificationRow } from './tables/messages';
import { AWAITS_DELIVERY } from './tables/deliveries';
import { subscriptionRow } from './tables/subscriptions';
import { userRow } from './tables/users';

/**
 * Where a list of subscriptions ordered by their end was left. The moment is PostgreSQL's own text: JavaScript would
 * round it.
 */
export interface EndCursor {
  readonly at: string;
  readonly id: string;
}

/** A subscription whose buyer may have to be told that it ends or has ended. */
export interface ExpiringSubscription {
  readonly id: string;
  readonly userId: number;
  readonly language: Language;
  readonly timeZone: string;
  /** The bot cannot write to this person. */
  readonly unreachable: boolean;
  readonly locationName: LocalizedText;
  readonly locationFlag: string;
  /** When its term began or was last prolonged. */
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly cursor: EndCursor;
}

/** A row of `EXPIRING_COLUMNS` with its `position`. */
export const expiringSubscription = subscriptionRow
  .pick({ id: true, user_id: true, expires_at: true })
  .extend(userRow.pick({ language: true, time_zone: true }).shape)
  .extend(locationRow.pick({ name_ru: true, name_en: true, flag: true }).shape)
  .extend({ unreachable: z.boolean(), started_at: instant, position: z.string() })
  .transform(({ name_ru, name_en, flag, position, ...row }): ExpiringSubscription => ({
    ...camelCased(row),
    locationName: { ru: name_ru, en: name_en },
    locationFlag: flag,
    cursor: { at: position, id: row.id },
  }));
const counted = z.object({ count: z.number() });

/** Of subscription `s` of user `u` in location `l`. */
export const EXPIRING_COLUMNS = `s.id, s.user_id, u.language, u.time_zone, u.unreachable_at IS NOT NULL AS unreachable,
    l.name_ru, l.name_en, l.flag, s.prolonged_at AS started_at, s.expires_at`;

/** People are told of their trials in other words, at other times (`trialNotices.ts`). */
const NO_TRIAL = `plan_code <> '${TRIAL_PLAN}'`;

/** @param position the column of `subscriptions` that orders the list */
const selectBy = (position: 'expires_at' | 'marked_expired_at'): string => `
  SELECT ${EXPIRING_COLUMNS}, s.${position}::text AS position
  FROM subscriptions s JOIN users u ON u.telegram_id = s.user_id JOIN locations l ON l.code = s.location_code`;

export type MessageKey = { readonly userId: number; readonly kind: string; readonly subject: string };

export type ExpiryNoticesRepository = ReturnType<typeof createExpiryNoticesRepository>;

/** Whose subscriptions end or have ended, and the right to tell each of them once. */
export function createExpiryNoticesRepository(db: Queryable) {
  const count = async (where: string, values: readonly unknown[]): Promise<number> =>
    (await queryRow(db, counted, `SELECT count(*) FROM subscriptions WHERE ${where}`, values))!.count;

  return {
    /**
     * Active subscriptions that end in (`from`, `until`), soonest first, after the cursor. Not one whose renewal is
     * paid and not delivered yet: its end is about to change. Nor one whose panel is gone for good: it can't be
     * renewed.
     */
    expiring: (from: Date, until: Date, after: EndCursor | null, limit: number): Promise<ExpiringSubscription[]> =>
      queryRows(
        db,
        expiringSubscription,
        `${selectBy('expires_at')} WHERE s.status = 'active' AND s.expires_at > $1 AND s.expires_at < $2 AND s.${NO_TRIAL}
           AND NOT ${AWAITS_DELIVERY}
           AND NOT EXISTS (SELECT 1 FROM servers v WHERE v.code = s.server_code AND v.gone_at IS NOT NULL)
           ${after ? 'AND (s.expires_at, s.id) > ($4::timestamptz, $5::uuid)' : ''}
         ORDER BY s.expires_at, s.id LIMIT $3`,
        [from, until, limit, ...(after ? [after.at, after.id] : [])],
      ),

    countExpiring: (from: Date, until: Date): Promise<number> =>
      count(`status = 'active' AND expires_at > $1 AND expires_at < $2 AND ${NO_TRIAL}`, [from, until]),

    /** Subscriptions marked as expired since `since`, in the order in which they were. */
    expired: (since: Date, after: EndCursor | null, limit: number): Promise<ExpiringSubscription[]> =>
      queryRows(
        db,
        expiringSubscription,
        `${selectBy('marked_expired_at')} WHERE s.status = 'expired' AND s.marked_expired_at > $1 AND s.${NO_TRIAL}
           ${after ? 'AND (s.marked_expired_at, s.id) > ($3::timestamptz, $4::uuid)' : ''}
         ORDER BY s.marked_expired_at, s.id LIMIT $2`,
        [since, limit, ...(after ? [after.at, after.id] : [])],
      ),

    countExpired: (since: Date): Promise<number> =>
      count(`status = 'expired' AND marked_expired_at > $1 AND ${NO_TRIAL}`, [since]),

    /** Which of these messages were begun before, as `kind subject`. */
    async begun(keys: readonly MessageKey[]): Promise<Set<string>> {
      const rows = await queryRows(
        db,
        notificationRow.pick({ kind: true, subject: true }),
        `SELECT n.kind, n.subject FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k(user_id, kind, subject)
         JOIN notifications n USING (user_id, kind, subject)`,
        [keys.map((k) => k.userId), keys.map((k) => k.kind), keys.map((k) => k.subject)],
      );
      return new Set(rows.map(({ kind, subject }) => `${kind} ${subject}`));
    },

    /**
     * Takes the right to send a message about this end, if it still is this subscription's end: a renewal since the
     * list was read makes the message wrong.
     * @returns false when somebody took it before, or when there is nothing to say any more
     */
    async claim(
      { userId, kind, subject }: MessageKey,
      about: { subscriptionId: string; status: 'active' | 'expired'; expiresAt: Date },
    ): Promise<boolean> {
      const { rowCount } = await db.query(
        `INSERT INTO notifications (user_id, kind, subject, status) SELECT $1, $2, $3, 'claimed' FROM subscriptions
         WHERE id = $4 AND status = $5 AND date_trunc('milliseconds', expires_at) = $6 ON CONFLICT DO NOTHING`,
        [userId, kind, subject, about.subscriptionId, about.status, about.expiresAt],
      );
      return rowCount === 1;
    },

    /** Gives a claim back: the message certainly did not go out. */
    async release({ userId, kind, subject }: MessageKey): Promise<void> {
      await db.query(
        `DELETE FROM notifications WHERE user_id = $1 AND kind = $2 AND subject = $3 AND status = 'claimed'`,
        [userId, kind, subject],
      );
    },
  };
}
