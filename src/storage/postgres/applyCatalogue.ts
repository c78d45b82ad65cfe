import type { Pool } from 'pg';
import { z } from 'zod';
import type { Location, Plan } from '../../domain/catalogue';
import { inTransaction, type Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { grantRow } from './tables/grants';
import { serverRow, type locationRow, type planRow } from './tables/catalogue';

/** The catalogue as the owner writes it, already checked (`config/catalogueFile.ts` reads the file). */
export interface Catalogue {
  readonly locations: readonly (Location & {
    readonly active: boolean;
    /**
     * Milliseconds after which another server of the location makes the key of one that is away; absent or `null`: only
     * if the buyer asks for it.
     */
    readonly takeOverAfterMs?: number | null;
  })[];
  readonly servers: readonly {
    readonly code: string;
    readonly location: string;
    readonly name: string;
    readonly panel: { readonly adminUrl: string; readonly apiKey: string; readonly clientUrl: string };
    readonly capacity: number | null;
    readonly active: boolean;
  }[];
  readonly plans: readonly (Omit<Plan, 'currency'> & { readonly active: boolean })[];
}

export interface CatalogueChanges {
  readonly added: number;
  readonly changed: number;
  readonly retired: number;
  readonly touched: CatalogueTouch;
}

/** Where the changes show, for caches. */
export interface CatalogueTouch {
  /** Locations that changed, or whose servers did. */
  readonly locationCodes: readonly string[];
  /**
   * Something that subscriptions show of their location or server changed: a name, a flag, the address of the panel.
   */
  readonly shownInSubscriptions: boolean;
}

/** The columns of a table that the file decides; the others are its order in the file, and the time. */
type Written<Row extends z.ZodType> = Omit<z.infer<Row>, 'position' | 'updated_at'>;

const locationColumns = (l: Catalogue['locations'][number]): Written<typeof locationRow> => ({
  code: l.code,
  name_ru: l.name.ru,
  name_en: l.name.en,
  flag: l.flag,
  active: l.active,
  take_over_after_ms: l.takeOverAfterMs ?? null,
});

const serverColumns = (s: Catalogue['servers'][number]): Omit<Written<typeof serverRow>, 'link_checked_for'> => ({
  code: s.code,
  location_code: s.location,
  name: s.name,
  panel_admin_url: s.panel.adminUrl,
  panel_api_key: s.panel.apiKey,
  panel_client_url: s.panel.clientUrl,
  capacity: s.capacity,
  active: s.active,
});

const planColumns = (p: Catalogue['plans'][number]): Omit<Written<typeof planRow>, 'currency'> => ({
  code: p.code,
  name_ru: p.name.ru,
  name_en: p.name.en,
  ...grantRow(p),
  price_kopecks: p.priceKopecks,
  active: p.active,
});

type Table = 'locations' | 'servers' | 'plans';

/**
 * Makes the shop sell exactly what the catalogue says. Idempotent; what vanished from it is retired, not deleted,
 * because subscriptions still point to it.
 */
export async function applyCatalogue(pool: Pool, catalogue: Catalogue): Promise<CatalogueChanges> {
  return inTransaction(pool, async (client) => {
    const totals = { added: 0, changed: 0, retired: 0 };
    let shownInSubscriptions = false;
    /** @returns the codes of what changed in any way */
    const apply = async (table: Table, rows: readonly { readonly code: string }[]): Promise<string[]> => {
      const touched: string[] = [];
      for (const [position, values] of rows.entries()) {
        const outcome = await upsert(client, table, { ...values, position });
        if (outcome === 'same') continue;
        totals[outcome] += 1;
        if (outcome === 'changed' && table !== 'plans') shownInSubscriptions = true;
        touched.push(values.code);
      }
      const retired = await queryRows(
        client,
        z.object({ code: z.string() }),
        `UPDATE ${table} SET active = false, updated_at = now() WHERE active AND NOT (code = ANY($1)) RETURNING code`,
        [rows.map(({ code }) => code)],
      );
      totals.retired += retired.length;
      return [...touched, ...retired.map(({ code }) => code)];
    };

    const before = await locationOfServers(client);
    const locations = await apply('locations', catalogue.locations.map(locationColumns));
    const servers = await apply('servers', catalogue.servers.map(serverColumns));
    await apply('plans', catalogue.plans.map(planColumns));
    // A server that moved to another location has left the one it was in.
    const after = await locationOfServers(client);
    const locationCodes = [...locations, ...servers.flatMap((code) => [before.get(code), after.get(code)])].filter(
      (code) => code !== undefined,
    );
    return { ...totals, touched: { locationCodes: [...new Set(locationCodes)], shownInSubscriptions } };
  });
}

/** The location of each server, by their codes. */
async function locationOfServers(client: Queryable): Promise<Map<string, string>> {
  const row = serverRow.pick({ code: true, location_code: true });
  const servers = await queryRows(client, row, 'SELECT code, location_code FROM servers');
  return new Map(servers.map(({ code, location_code }) => [code, location_code]));
}

/** @param values by column; their names come from the functions above, never from the file */
async function upsert(
  client: Queryable,
  table: Table,
  values: Readonly<Record<string, unknown>>,
): Promise<'added' | 'changed' | 'same'> {
  const columns = Object.keys(values);
  const others = columns.filter((column) => column !== 'code');
  const upserted = await queryRow(
    client,
    z.object({ added: z.boolean() }),
    `INSERT INTO ${table} AS t (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})
     ON CONFLICT (code) DO UPDATE SET ${others.map((c) => `${c} = excluded.${c}`).join(', ')}, updated_at = now()
       WHERE (${others.map((c) => `t.${c}`).join(', ')}) IS DISTINCT FROM (${others.map((c) => `excluded.${c}`).join(', ')})
     RETURNING (xmax = 0) AS added`,
    columns.map((column) => values[column]),
  );
  if (upserted === undefined) return 'same';
  return upserted.added ? 'added' : 'changed';
}
