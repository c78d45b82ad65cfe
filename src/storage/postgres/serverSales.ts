import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { SERVER_TROUBLES, type ServerTrouble } from '../../domain/catalogue';
import { serverRow } from './tables/catalogue';
import { camelCased } from './tables/columns';

const saleChange = serverRow
  .pick({ location_code: true })
  .extend({ changed: z.boolean() })
  .transform((row) => camelCased(row));
type SaleChange = z.output<typeof saleChange>;

const serverInTrouble = serverRow
  .pick({ code: true, name: true })
  .extend({ is_stopped: z.boolean() })
  .transform((row) => camelCased(row));
export type ServerInTrouble = z.output<typeof serverInTrouble>;

const troubled = z.object({ server_code: z.string(), kind: z.enum(SERVER_TROUBLES) });

/** What the owner decides about selling on one server while its panel is in trouble. */
export function createServerSales(db: Queryable) {
  return {
    /**
     * The owner stops selling on a server, or sells there again; who has paid is served all the same, and applying the
     * catalogue does not change it. Its line of the audit log is written by the same statement.
     * @returns its location, and whether anything was changed by this; `undefined`: there is no such server
     */
    setSaleStopped: (serverCode: string, stopped: boolean, actor: string): Promise<SaleChange | undefined> =>
      queryRow(
        db,
        saleChange,
        `WITH change AS (
           UPDATE servers s SET sale_stopped_at = CASE WHEN $2 THEN coalesce(s.sale_stopped_at, now()) END
           FROM (SELECT code, sale_stopped_at FROM servers WHERE code = $1 FOR UPDATE) before
           WHERE s.code = before.code
           RETURNING s.location_code, (before.sale_stopped_at IS NOT NULL) <> $2 AS changed),
         audit AS (
           INSERT INTO desk_audit (actor, act, subject, before, after)
           SELECT $3, 'sale', $1, jsonb_build_object('stopped', NOT $2), jsonb_build_object('stopped', $2)
           FROM change WHERE changed)
         SELECT location_code, changed FROM change`,
        [serverCode, stopped, actor],
      ),

    /** Why the panels of servers make no keys now, by the server's code; also of servers that are not sold from. */
    async troubles(): Promise<ReadonlyMap<string, ServerTrouble>> {
      const rows = await queryRows(
        db,
        troubled,
        `SELECT server_code, kind FROM outages
         WHERE service = 'hiddify' AND ended_at IS NULL AND good_since IS NULL`,
      );
      return new Map(rows.map(({ server_code, kind }) => [server_code, kind]));
    },

    /** Servers in an outage, and those on which the owner has stopped selling; none whose panel is gone for good. */
    serversInTrouble: (): Promise<ServerInTrouble[]> =>
      queryRows(
        db,
        serverInTrouble,
        `SELECT s.code, s.name, s.sale_stopped_at IS NOT NULL AS is_stopped FROM servers s
         WHERE s.gone_at IS NULL AND (s.sale_stopped_at IS NOT NULL
           OR EXISTS (SELECT 1 FROM outages o WHERE o.server_code = s.code AND o.ended_at IS NULL))
         ORDER BY s.position, s.code`,
      ),
  };
}
