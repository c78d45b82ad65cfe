import { z } from 'zod';
import { IS_IN_USE } from './catalogue';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased, localizedText } from './tables/columns';
import { outageRow } from './tables/operations';

const outage = outageRow
  .extend({ server_name: z.string().nullable(), location_name: localizedText.nullable() })
  .transform(camelCased);

/** An outage of an outside service, with the server's name for people. */
export type Outage = z.output<typeof outage>;

/** Which service: of a panel its server, of the others `null`. */
export type OutageSubject = Pick<Outage, 'service' | 'serverCode'>;

const waiting = z
  .object({ deliveries: z.number(), kopecks: z.number(), revocations: z.number(), switch_offs: z.number() })
  .transform(camelCased);

/** What waits for a panel. */
export type WaitingForPanel = z.output<typeof waiting>;

const SELECT = `
  SELECT o.*, s.name AS server_name,
    CASE WHEN l.code IS NOT NULL THEN jsonb_build_object('ru', l.name_ru, 'en', l.name_en) END AS location_name
  FROM outages o LEFT JOIN servers s ON s.code = o.server_code LEFT JOIN locations l ON l.code = s.location_code`;

const SAME = `service = $1 AND coalesce(server_code, '') = coalesce($2, '') AND ended_at IS NULL`;

export type OutagesRepository = ReturnType<typeof createOutagesRepository>;

/** Outages of panels and payment services, as the shop met them. At most one of each goes on. */
export function createOutagesRepository(db: Queryable) {
  return {
    /** It did not answer, or refused: begins an outage or goes on with the one there is. */
    async failed(
      { service, serverCode }: OutageSubject,
      failure: Pick<Outage, 'kind' | 'reason'>,
      at: Date,
    ): Promise<void> {
      await db.query(
        `INSERT INTO outages AS o (service, server_code, kind, reason, began_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (service, coalesce(server_code, '')) WHERE ended_at IS NULL
         DO UPDATE SET kind = excluded.kind, reason = excluded.reason, good_since = NULL`,
        [service, serverCode, failure.kind, failure.reason, at],
      );
    },

    /**
     * It answered. An outage ends when that has lasted for `forMs`; one that nobody was told of ends at once.
     * Without an outage nothing is written.
     */
    async answered({ service, serverCode }: OutageSubject, at: Date, forMs: number): Promise<void> {
      await db.query(
        `UPDATE outages SET good_since = coalesce(good_since, $3),
           ended_at = CASE WHEN told_at IS NULL OR coalesce(good_since, $3) <= $3::timestamptz - $4 * interval '1 millisecond'
                           THEN coalesce(good_since, $3) END
         WHERE ${SAME}`,
        [service, serverCode, at, forMs],
      );
    },

    /** Ends what nobody looks at any more: panels that were retired and that nobody is on. */
    async endOthers(watchedServers: readonly string[], at: Date): Promise<void> {
      await db.query(
        `UPDATE outages SET ended_at = $2, end_told_at = $2
         WHERE ended_at IS NULL AND service = 'hiddify' AND NOT server_code = ANY($1)`,
        [watchedServers, at],
      );
    },

    /** Those that go on, oldest first. */
    open: (): Promise<Outage[]> => queryRows(db, outage, `${SELECT} WHERE o.ended_at IS NULL ORDER BY o.id`),

    openOf: (serverCode: string): Promise<Outage | undefined> =>
      queryRow(db, outage, `${SELECT} WHERE o.ended_at IS NULL AND o.server_code = $1`, [serverCode]),

    /** Ended ones of which the owner was told the beginning, but not the end. */
    endUntold: (): Promise<Outage[]> =>
      queryRows(
        db,
        outage,
        `${SELECT} WHERE o.ended_at IS NOT NULL AND o.told_at IS NOT NULL AND o.end_told_at IS NULL ORDER BY o.id`,
      ),

    async markTold(id: number, what: 'beginning' | 'end', at: Date): Promise<void> {
      const column = what === 'end' ? 'end_told_at' : 'told_at';
      await db.query(`UPDATE outages SET ${column} = coalesce(${column}, $2) WHERE id = $1`, [id, at]);
    },

    /** Paid purchases without a key, access to be revoked and ended accounts to be switched off, on one server. */
    async waitingFor(serverCode: string): Promise<WaitingForPanel> {
      const counted = await queryRow(
        db,
        waiting,
        `SELECT p.deliveries, p.kopecks,
           (SELECT count(*) FROM access_revocations WHERE server_code = $1 AND done_at IS NULL) AS revocations,
           (SELECT count(*) FROM subscriptions WHERE server_code = $1 AND status = 'expired'
              AND panel_deactivated_for IS DISTINCT FROM expires_at) AS switch_offs
         FROM (SELECT count(*) AS deliveries, coalesce(sum(p.price_kopecks), 0) AS kopecks
               FROM payments p JOIN subscriptions u ON u.id = p.subscription_id
               WHERE p.status IN ('paid', 'delayed') AND u.server_code = $1) p`,
        [serverCode],
      );
      return counted!;
    },

    /** Panels to be looked at: those of servers that are sold from, or that somebody's access or money depends on. */
    async watchedServers(): Promise<string[]> {
      const rows = await queryRows(
        db,
        z.object({ code: z.string() }),
        `SELECT code FROM servers s WHERE ${IS_IN_USE} ORDER BY code`,
      );
      return rows.map(({ code }) => code);
    },
  };
}
