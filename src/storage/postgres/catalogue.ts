import type { Pool } from 'pg';
import { z } from 'zod';
import type { Location, Plan, Server } from '../../domain/catalogue';
import { inTransaction, type Queryable } from './pool';

/** What it takes to talk to a server's panel. Secret: stays between storage and the panel gateway. */
export interface PanelAccess {
  readonly serverCode: string;
  readonly adminUrl: string;
  readonly apiKey: string;
  readonly clientUrl: string;
}

/** The catalogue as the owner writes it, already checked (`config/catalogueFile.ts` reads the file). */
export interface Catalogue {
  readonly locations: readonly (Location & {
    readonly active: boolean;
    /** Milliseconds after which another server of the location makes the key of one that is away; absent or `null`: only if the buyer says so. */
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
  /** Something that subscriptions show of their location or server changed: a name, a flag, the address of the panel. */
  readonly shownInSubscriptions: boolean;
}

const text = (r: { name_ru: string; name_en: string }) => ({ ru: r.name_ru, en: r.name_en });

const locationRow = z
  .object({ code: z.string(), name_ru: z.string(), name_en: z.string(), flag: z.string() })
  .transform((r): Location => ({ code: r.code, name: text(r), flag: r.flag }));

export const serverRow = z
  .object({
    code: z.string(),
    location_code: z.string(),
    name: z.string(),
    capacity: z.number().nullable(),
    taken: z.number(),
  })
  .transform((r): Server => ({
    code: r.code,
    locationCode: r.location_code,
    name: r.name,
    freePlaces: r.capacity === null ? null : Math.max(0, r.capacity - r.taken),
  }));

const planRow = z
  .object({
    code: z.string(),
    name_ru: z.string(),
    name_en: z.string(),
    days: z.number(),
    traffic_gb: z.number().nullable(),
    price_kopecks: z.number(),
    currency: z.literal('RUB'),
  })
  .transform((r): Plan => ({
    code: r.code,
    name: text(r),
    days: r.days,
    trafficGb: r.traffic_gb,
    priceKopecks: r.price_kopecks,
    currency: r.currency,
  }));

const accessRow = z
  .object({ code: z.string(), panel_admin_url: z.string(), panel_api_key: z.string(), panel_client_url: z.string() })
  .transform((r): PanelAccess => ({
    serverCode: r.code,
    adminUrl: r.panel_admin_url,
    apiKey: r.panel_api_key,
    clientUrl: r.panel_client_url,
  }));

/**
 * Taken places of server `s`: subscriptions, and links that can still be paid. A link that renews a living subscription takes no
 * second place; one that would bring an ended one back does.
 */
export const TAKEN_PLACES = `(SELECT count(*) FROM subscriptions u WHERE u.server_code = s.code AND u.status IN ('pending', 'active'))
    + (SELECT count(*) FROM payments p WHERE p.server_code = s.code AND p.status IN ('created', 'pending', 'guarding')
       AND NOT EXISTS (SELECT 1 FROM subscriptions r WHERE r.id = p.renews_subscription_id AND r.status IN ('pending', 'active')))`;

/** Active servers with their taken places. */
export const SERVERS = `
  SELECT s.*, ${TAKEN_PLACES} AS taken
  FROM servers s JOIN locations l ON l.code = s.location_code AND l.active WHERE s.active`;

export type CatalogueRepository = ReturnType<typeof createCatalogueRepository>;

export function createCatalogueRepository(db: Queryable) {
  return {
    /** Locations that have at least one active server, in the owner's order. */
    async activeLocations(): Promise<Location[]> {
      const { rows } = await db.query(
        `SELECT * FROM locations l WHERE active AND EXISTS (SELECT 1 FROM servers s WHERE s.location_code = l.code AND s.active)
         ORDER BY position, code`,
      );
      return rows.map((r) => locationRow.parse(r));
    },

    /** Active servers of a location with their free places, in the owner's order. Full ones are included, marked by 0. */
    async activeServers(locationCode: string): Promise<Server[]> {
      const { rows } = await db.query(`${SERVERS} AND s.location_code = $1 ORDER BY s.position, s.code`, [
        locationCode,
      ]);
      return rows.map((r) => serverRow.parse(r));
    },

    async activePlans(): Promise<Plan[]> {
      const { rows } = await db.query('SELECT * FROM plans WHERE active ORDER BY position, code');
      return rows.map((r) => planRow.parse(r));
    },

    /** @throws when there is no such server: servers are retired, never deleted */
    async panelAccess(serverCode: string): Promise<PanelAccess> {
      const { rows } = await db.query('SELECT * FROM servers WHERE code = $1', [serverCode]);
      if (rows[0] === undefined) throw new Error(`server ${serverCode} is not in the catalogue`);
      return accessRow.parse(rows[0]);
    },

    /** Every active server's panel, for the sync and the doctor. */
    async activePanels(): Promise<PanelAccess[]> {
      const { rows } = await db.query('SELECT * FROM servers WHERE active ORDER BY code');
      return rows.map((r) => accessRow.parse(r));
    },
  };
}

/**
 * Makes the shop sell exactly what the catalogue says. Idempotent; what vanished from it is retired, not deleted, because
 * subscriptions still point to it.
 */
export async function applyCatalogue(pool: Pool, catalogue: Catalogue): Promise<CatalogueChanges> {
  return inTransaction(pool, async (client) => {
    const totals = { added: 0, changed: 0, retired: 0 };
    let shownInSubscriptions = false;
    /** @returns the codes of what changed in any way */
    const apply = async (
      table: 'locations' | 'servers' | 'plans',
      rows: readonly Record<string, unknown>[],
    ): Promise<string[]> => {
      const touched: string[] = [];
      for (const [position, values] of rows.entries()) {
        const outcome = await upsert(client, table, { ...values, position });
        if (outcome === 'same') continue;
        totals[outcome] += 1;
        if (outcome === 'changed' && table !== 'plans') shownInSubscriptions = true;
        touched.push(String(values['code']));
      }
      const retired = await client.query<{ code: string }>(
        `UPDATE ${table} SET active = false, updated_at = now() WHERE active AND NOT (code = ANY($1)) RETURNING code`,
        [rows.map((values) => values['code'])],
      );
      totals.retired += retired.rows.length;
      return [...touched, ...retired.rows.map(({ code }) => code)];
    };
    const places = async (): Promise<Map<string, string>> =>
      new Map(
        (
          await client.query<{ code: string; location_code: string }>('SELECT code, location_code FROM servers')
        ).rows.map((r) => [r.code, r.location_code]),
      );
    const before = await places();
    const locations = await apply(
      'locations',
      catalogue.locations.map((l) => ({
        code: l.code,
        name_ru: l.name.ru,
        name_en: l.name.en,
        flag: l.flag,
        active: l.active,
        take_over_after_ms: l.takeOverAfterMs ?? null,
      })),
    );
    const servers = await apply(
      'servers',
      catalogue.servers.map((s) => ({
        code: s.code,
        location_code: s.location,
        name: s.name,
        panel_admin_url: s.panel.adminUrl,
        panel_api_key: s.panel.apiKey,
        panel_client_url: s.panel.clientUrl,
        capacity: s.capacity,
        active: s.active,
      })),
    );
    await apply(
      'plans',
      catalogue.plans.map((p) => ({
        code: p.code,
        name_ru: p.name.ru,
        name_en: p.name.en,
        days: p.days,
        traffic_gb: p.trafficGb,
        price_kopecks: p.priceKopecks,
        active: p.active,
      })),
    );
    // A server that moved to another location has left the one it was in.
    const after = await places();
    const locationCodes = [...locations, ...servers.flatMap((code) => [before.get(code), after.get(code)])].filter(
      (code) => code !== undefined,
    );
    return { ...totals, touched: { locationCodes: [...new Set(locationCodes)], shownInSubscriptions } };
  });
}

/** Column names come from the literals above, never from the file. */
async function upsert(
  client: Queryable,
  table: string,
  values: Record<string, unknown>,
): Promise<'added' | 'changed' | 'same'> {
  const columns = Object.keys(values);
  const others = columns.filter((column) => column !== 'code');
  const { rows } = await client.query(
    `INSERT INTO ${table} AS t (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})
     ON CONFLICT (code) DO UPDATE SET ${others.map((c) => `${c} = excluded.${c}`).join(', ')}, updated_at = now()
       WHERE (${others.map((c) => `t.${c}`).join(', ')}) IS DISTINCT FROM (${others.map((c) => `excluded.${c}`).join(', ')})
     RETURNING (xmax = 0) AS added`,
    columns.map((column) => values[column]),
  );
  if (rows[0] === undefined) return 'same';
  return rows[0].added ? 'added' : 'changed';
}
