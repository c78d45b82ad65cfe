import { z } from 'zod';
import { LANGUAGES, type Language, type LocalizedText } from '../../domain/language';
import type { Queryable } from './pool';

/** Where a list of subscriptions ordered by their end was left. The moment is PostgreSQL's own text: JavaScript would round it. */
export interface EndCursor {
  readonly at: string;
  readonly id: string;
}

/** A subscription somebody may have to be written to about its end. */
export interface ExpiringSubscription {
  readonly id: string;
  readonly userId: number;
  readonly language: Language;
  readonly timeZone: string;
  /** The bot cannot write to this person. */
  readonly unreachable: boolean;
  readonly locationName: LocalizedText;
  readonly locationFlag: string;
  /** When it was bought or last renewed. */
  readonly startedAt: Date;
  readonly expiresAt: Date;
  readonly cursor: EndCursor;
}

const row = z
  .object({
    id: z.string(),
    user_id: z.number(),
    language: z.enum(LANGUAGES),
    time_zone: z.string(),
    unreachable: z.boolean(),
    name_ru: z.string(),
    name_en: z.string(),
    flag: z.string(),
    started_at: z.date(),
    expires_at: z.date(),
    position: z.string(),
  })
  .transform((r): ExpiringSubscription => ({
    id: r.id,
    userId: r.user_id,
    language: r.language,
    timeZone: r.time_zone,
    unreachable: r.unreachable,
    locationName: { ru: r.name_ru, en: r.name_en },
    locationFlag: r.flag,
    startedAt: r.started_at,
    expiresAt: r.expires_at,
    cursor: { at: r.position, id: r.id },
  }));

const PEOPLE_AND_PLACES = `
  JOIN users u ON u.telegram_id = s.user_id JOIN locations l ON l.code = s.location_code
  LEFT JOIN LATERAL (SELECT max(p.paid_at) AS at FROM payments p WHERE p.subscription_id = s.id AND p.status IN ('paid', 'delayed', 'issued')) paid ON true`;
const COLUMNS = `s.id, s.user_id, u.language, u.time_zone, u.unreachable_at IS NOT NULL AS unreachable, l.name_ru, l.name_en, l.flag,
  greatest(s.starts_at, paid.at) AS started_at, s.expires_at`;

export type MessageKey = { readonly userId: number; readonly kind: string; readonly subject: string };

export type ExpiryNoticesRepository = ReturnType<typeof createExpiryNoticesRepository>;

/** Who has to be told of an end, and the right to tell each of them once. */
export function createExpiryNoticesRepository(db: Queryable) {
  const page = async (sql: string, values: unknown[]): Promise<ExpiringSubscription[]> =>
    (await db.query(sql, values)).rows.map((r) => row.parse(r));

  return {
    /** Active subscriptions that end in (`from`, `until`), soonest first, after the cursor. */
    expiring(from: Date, until: Date, after: EndCursor | null, limit: number): Promise<ExpiringSubscription[]> {
      return page(
        `SELECT ${COLUMNS}, s.expires_at::text AS position FROM subscriptions s ${PEOPLE_AND_PLACES}
         WHERE s.status = 'active' AND s.expires_at > $1 AND s.expires_at < $2 ${after ? 'AND (s.expires_at, s.id) > ($4::timestamptz, $5::uuid)' : ''}
         ORDER BY s.expires_at, s.id LIMIT $3`,
        [from, until, limit, ...(after ? [after.at, after.id] : [])],
      );
    },

    async countExpiring(from: Date, until: Date): Promise<number> {
      const { rows } = await db.query<{ count: number }>(
        `SELECT count(*) FROM subscriptions WHERE status = 'active' AND expires_at > $1 AND expires_at < $2`,
        [from, until],
      );
      return rows[0]!.count;
    },

    async countExpired(since: Date): Promise<number> {
      const { rows } = await db.query<{ count: number }>(
        `SELECT count(*) FROM subscriptions WHERE status = 'expired' AND marked_expired_at > $1`,
        [since],
      );
      return rows[0]!.count;
    },

    /** Subscriptions closed since `since`, in the order of their closing. */
    expired(since: Date, after: EndCursor | null, limit: number): Promise<ExpiringSubscription[]> {
      return page(
        `SELECT ${COLUMNS}, s.marked_expired_at::text AS position FROM subscriptions s ${PEOPLE_AND_PLACES}
         WHERE s.status = 'expired' AND s.marked_expired_at > $1 ${after ? 'AND (s.marked_expired_at, s.id) > ($3::timestamptz, $4::uuid)' : ''}
         ORDER BY s.marked_expired_at, s.id LIMIT $2`,
        [since, limit, ...(after ? [after.at, after.id] : [])],
      );
    },

    /** Which of these messages were begun before, as `kind subject`. */
    async begun(keys: readonly MessageKey[]): Promise<Set<string>> {
      const { rows } = await db.query<{ kind: string; subject: string }>(
        `SELECT n.kind, n.subject FROM unnest($1::bigint[], $2::text[], $3::text[]) AS k(user_id, kind, subject) JOIN notifications n USING (user_id, kind, subject)`,
        [keys.map((k) => k.userId), keys.map((k) => k.kind), keys.map((k) => k.subject)],
      );
      return new Set(rows.map(({ kind, subject }) => `${kind} ${subject}`));
    },

    /**
     * Takes the right to send a message about this end, if it still is this subscription's end: a renewal since the list was
     * read makes the message wrong.
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
