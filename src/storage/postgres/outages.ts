import { z } from 'zod';
import { IS_IN_USE } from './catalogue';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { serverRow } from './tables/catalogue';
import { camelCased, localizedText } from './tables/columns';
import { waitingOn } from './tables/deliveries';
import { outageRow } from './tables/operations';
import { subscriptionRow } from './tables/subscriptions';

const outage = outageRow
  .omit({ telling_until: true })
  .extend({ server_name: z.string().nullable(), location_name: localizedText.nullable() })
  .transform(camelCased);

const changed = z.object({ location_code: serverRow.shape.location_code.nullable() });

/** An outage of an outside service, with the server's name for people. */
export type Outage = z.output<typeof outage>;

/** Which service: of a panel its server, of the others `null`. */
export type OutageSubject = Pick<Outage, 'service' | 'serverCode'>;

const SELECT = `
  SELECT o.*, s.name AS server_name,
    CASE WHEN l.code IS NOT NULL THEN jsonb_build_object('ru', l.name_ru, 'en', l.name_en) END AS location_name
  FROM outages o LEFT JOIN servers s ON s.code = o.server_code LEFT JOIN locations l ON l.code = s.location_code`;

const SAME = `service = $1 AND coalesce(server_code, '') = coalesce($2, '') AND ended_at IS NULL`;

/** Of outage `o`. */
const LOCATION = '(SELECT s.location_code FROM servers s WHERE s.code = o.server_code)';

/** Delayed deliveries, paid or free, on the panel of a server. */
const DELAYED_ON = (server: string) => `SELECT 1 FROM ${waitingOn(server)} AND d.status = 'delayed'`;

export type OutagesRepository = ReturnType<typeof createOutagesRepository>;

/** Outages of panels and payment services, as the shop met them. At most one of each goes on. */
export function createOutagesRepository(db: Queryable) {
  const changedLocation = async (sql: string, values: unknown[]): Promise<string | undefined> =>
    (await queryRow(db, changed, sql, values))?.location_code ?? undefined;
  const one = (where: string, values: unknown[]) => queryRow(db, outage, `${SELECT} WHERE ${where}`, values);
  return {
    /**
     * It did not answer, refused or made no key: begins an outage or goes on with the one there is.
     * @returns the location in which buyers see a server otherwise from now on; `undefined`: none
     */
    async failed(
      { service, serverCode }: OutageSubject,
      { kind, reason, code }: Pick<Outage, 'kind' | 'reason' | 'code'>,
      at: Date,
    ): Promise<string | undefined> {
      return changedLocation(
        `WITH before AS (SELECT kind FROM outages WHERE ${SAME} AND good_since IS NULL)
         INSERT INTO outages AS o (service, server_code, kind, reason, code, began_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (service, coalesce(server_code, '')) WHERE ended_at IS NULL
         DO UPDATE SET kind = excluded.kind, reason = excluded.reason, code = excluded.code, good_since = NULL
         RETURNING CASE WHEN NOT EXISTS (SELECT 1 FROM before WHERE kind = o.kind) THEN ${LOCATION} END AS location_code`,
        [service, serverCode, kind, reason, code, at],
      );
    },

    /**
     * It answered. An outage ends when that has lasted for `forMs`; one that nobody was told of ends at once. That a
     * panel answers does not end one in which it makes no keys while somebody waits for one. Without an outage nothing
     * is written.
     * @returns as `failed`
     */
    async answered({ service, serverCode }: OutageSubject, at: Date, forMs: number): Promise<string | undefined> {
      return changedLocation(
        `UPDATE outages o SET good_since = coalesce(good_since, $3),
           ended_at = CASE WHEN told_at IS NULL OR kind = 'no-keys'
                             OR coalesce(good_since, $3) <= $3::timestamptz - $4 * interval '1 millisecond'
                           THEN coalesce(good_since, $3) END
         FROM (SELECT id AS outage_id, good_since AS good_before FROM outages WHERE ${SAME}) was
         WHERE o.id = was.outage_id AND (kind <> 'no-keys' OR NOT EXISTS (${DELAYED_ON('o.server_code')}))
         RETURNING CASE WHEN was.good_before IS NULL THEN ${LOCATION} END AS location_code`,
        [service, serverCode, at, forMs],
      );
    },

    /**
     * Servers whose panels answer, and where somebody has waited for a key since `before` all the same. Nobody has told
     * of these: they came from another server, or what was told is over.
     * @param overSince an outage that ended after this explains the wait: what waited is tried again in a moment
     */
    async serversWithoutKeys(answering: readonly string[], before: Date, overSince: Date): Promise<string[]> {
      const rows = await queryRows(
        db,
        subscriptionRow.pick({ server_code: true }),
        `SELECT DISTINCT u.server_code FROM deliveries d JOIN subscriptions u ON u.id = d.subscription_id
         WHERE d.status = 'delayed' AND split_part(d.reason, ':', 1) IN ('panel-unavailable', 'panel-full', 'server-changed') AND d.due_at <= $2
           AND u.server_code = ANY($1) AND NOT EXISTS (
             SELECT 1 FROM outages o WHERE o.server_code = u.server_code AND (o.ended_at IS NULL OR o.ended_at > $3))`,
        [answering, before, overSince],
      );
      return rows.map((row) => row.server_code);
    },

    /**
     * Ends what nobody looks at any more: panels that were retired and that nobody is on, or that are gone for good.
     */
    async endOthers(watchedServers: readonly string[], at: Date): Promise<void> {
      await db.query(
        `UPDATE outages SET ended_at = $2, end_told_at = $2
         WHERE ended_at IS NULL AND service = 'hiddify' AND NOT server_code = ANY($1)`,
        [watchedServers, at],
      );
    },

    byId: (id: number): Promise<Outage | undefined> => one('o.id = $1', [id]),

    /** The one that goes on, or the last one. */
    newestOf: ({ service, serverCode }: OutageSubject): Promise<Outage | undefined> =>
      one(`o.service = $1 AND coalesce(o.server_code, '') = coalesce($2, '') ORDER BY o.id DESC LIMIT 1`, [
        service,
        serverCode,
      ]),

    /** Those that go on, oldest first. */
    open: (): Promise<Outage[]> => queryRows(db, outage, `${SELECT} WHERE o.ended_at IS NULL ORDER BY o.id`),

    /** Ended ones of which the owner was told the beginning, but not the end. */
    endUntold: (): Promise<Outage[]> =>
      queryRows(
        db,
        outage,
        `${SELECT} WHERE o.ended_at IS NOT NULL AND o.told_at IS NOT NULL AND o.end_told_at IS NULL ORDER BY o.id`,
      ),

    /**
     * Takes the owners' messages of an outage for this worker. Two that told at once would send everything twice.
     * @param forMs what a worker that dies has taken is free again after this
     * @returns `false`: another one has them
     */
    async beginTelling(id: number, forMs: number): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE outages SET telling_until = now() + $2 * interval '1 millisecond'
         WHERE id = $1 AND (telling_until IS NULL OR telling_until < now())`,
        [id, forMs],
      );
      return rowCount === 1;
    },

    async endTelling(id: number): Promise<void> {
      await db.query('UPDATE outages SET telling_until = NULL WHERE id = $1', [id]);
    },

    /** @param shown a digest of what the owners read now */
    async markTold(id: number, what: 'beginning' | 'end', at: Date, shown: string): Promise<void> {
      const column = what === 'end' ? 'end_told_at' : 'told_at';
      await db.query(`UPDATE outages SET ${column} = coalesce(${column}, $2), shown = $3 WHERE id = $1`, [
        id,
        at,
        shown,
      ]);
    },

    /** Panels to be looked at: those of servers that are sold from, or that somebody's access or money depends on. */
    async watchedServers(): Promise<string[]> {
      const rows = await queryRows(
        db,
        serverRow.pick({ code: true }),
        `SELECT code FROM servers s WHERE ${IS_IN_USE} ORDER BY code`,
      );
      return rows.map(({ code }) => code);
    },
  };
}
