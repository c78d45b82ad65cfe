import type { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { deskAuditRow } from './tables/staff';

type Fields = Readonly<Record<string, unknown>>;

/** What somebody did at the desk, or was refused. */
export interface DeskRecord {
  /** `operator:<Telegram id or name>`. */
  readonly actor: string;
  readonly act: string;
  /** What it was done to: an id of ours, a person's Telegram id, a server's code. `null`: nothing in particular. */
  readonly subject: string | null;
  readonly before?: Fields | null;
  readonly after?: Fields | null;
  /** In their own words. */
  readonly reason?: string | null;
  /** Why it was not done; absent, it was. */
  readonly refused?: string | null;
}

const entry = deskAuditRow.transform((row) => camelCased(row));
export type DeskEntry = z.output<typeof entry>;

/**
 * Writes one line of the audit log. For an act this is called with the connection of the act's own transaction, so that
 * there is no act without its line, and no line of an act that was not done.
 */
export async function recordDesk(
  db: Queryable,
  { actor, act, subject, before = null, after = null, reason = null, refused = null }: DeskRecord,
): Promise<void> {
  await db.query(
    'INSERT INTO desk_audit (actor, act, subject, before, after, reason, refused) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [actor, act, subject, before && JSON.stringify(before), after && JSON.stringify(after), reason, refused],
  );
}

export type DeskAuditRepository = ReturnType<typeof createDeskAuditRepository>;

export function createDeskAuditRepository(db: Queryable) {
  return {
    record: (record: DeskRecord) => recordDesk(db, record),

    /**
     * Writes a refusal of somebody who has no role; of the same one for the same act at most one within an hour, so
     * that whoever sends forged buttons all day does not fill the database.
     */
    async recordStranger(actor: string, act: string, subject: string | null, refused: string): Promise<void> {
      await db.query(
        `INSERT INTO desk_audit (actor, act, subject, refused) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (
           SELECT FROM desk_audit WHERE actor = $1 AND act = $2 AND refused = $4 AND at > now() - interval '1 hour')`,
        [actor, act, subject, refused],
      );
    },

    /** Newest first. @param before the id of the last line that was read */
    page: (limit: number, before: number | null = null): Promise<DeskEntry[]> =>
      queryRows(db, entry, `SELECT * FROM desk_audit WHERE $2::bigint IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`, [
        limit,
        before,
      ]),

    /** What became of a request about this subject, if it is among its newest lines. */
    async ofRequest(subject: string, request: string): Promise<{ readonly refused: string | null } | undefined> {
      return queryRow(
        db,
        deskAuditRow.pick({ refused: true }),
        `SELECT refused FROM (SELECT * FROM desk_audit WHERE subject = $1 ORDER BY id DESC LIMIT 20) newest
         WHERE coalesce(after, before)->>'request' = $2 LIMIT 1`,
        [subject, request],
      );
    },

    /** The newest lines about one thing. */
    of: (subject: string, limit: number): Promise<DeskEntry[]> =>
      queryRows(db, entry, 'SELECT * FROM desk_audit WHERE subject = $1 ORDER BY id DESC LIMIT $2', [subject, limit]),
  };
}
