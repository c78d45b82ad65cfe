import type { Pool } from 'pg';
import { z } from 'zod';
import type { Location, Plan } from '../../domain/catalogue';
import type { CatalogueChange, CatalogueTable, SoldCounts } from '../../domain/catalogueQuestions';
import { TRIAL_PLAN, type TrialOffer } from '../../domain/trial';
import { inTransaction, type Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { grantRow } from './tables/planGrant';
import { serverRow, type locationRow, type planRow, type trialRow } from './tables/catalogue';

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
  readonly plans: readonly (Omit<Plan, 'priceStars'> &
    Partial<Pick<Plan, 'priceStars'>> & { readonly active: boolean })[];
  /** Absent or `null`: the shop gives none. */
  readonly trial?: TrialOffer | null;
}

export interface CatalogueChanges {
  readonly added: number;
  readonly changed: number;
  readonly retired: number;
  readonly touched: CatalogueTouch;
  /** Every entry that is added, changed or retired. Panels' addresses and keys are among the values: secrets. */
  readonly changes: readonly CatalogueChange[];
  readonly sold: SoldCounts;
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

const serverColumns = (
  s: Catalogue['servers'][number],
): Omit<Written<typeof serverRow>, 'link_checked_for' | 'sale_stopped_at' | 'gone_at'> => ({
  code: s.code,
  location_code: s.location,
  name: s.name,
  panel_admin_url: s.panel.adminUrl,
  panel_api_key: s.panel.apiKey,
  panel_client_url: s.panel.clientUrl,
  capacity: s.capacity,
  active: s.active,
});

const planColumns = (p: Catalogue['plans'][number]): Written<typeof planRow> => ({
  code: p.code,
  name_ru: p.name.ru,
  name_en: p.name.en,
  ...grantRow(p),
  price_kopecks: p.priceKopecks,
  price_stars: p.priceStars ?? null,
  active: p.active,
});

const trialColumns = (t: TrialOffer): Written<typeof trialRow> => ({
  code: TRIAL_PLAN,
  ...grantRow(t),
  per_day: t.perDay,
  per_referrer_per_day: t.perReferrerPerDay,
  keep: t.keep,
  price_kopecks: t.priceKopecks,
  server_codes: t.serverCodes === null ? null : [...t.serverCodes],
  channel: t.channel,
  active: true,
});

/**
 * Makes the shop sell exactly what the catalogue says. Idempotent; what vanished from it is retired, not deleted,
 * because subscriptions still point to it.
 * @param review looks at the changes before they are made; what it throws is thrown, and nothing was changed
 */
export async function applyCatalogue(
  pool: Pool,
  catalogue: Catalogue,
  review: (changes: CatalogueChanges) => void = () => undefined,
): Promise<CatalogueChanges> {
  return inTransaction(pool, async (client) => {
    const before = await locationOfServers(client);
    const locations = await applyPart(client, 'locations', catalogue.locations.map(locationColumns));
    const servers = await applyPart(client, 'servers', catalogue.servers.map(serverColumns));
    const plans = await applyPart(client, 'plans', catalogue.plans.map(planColumns));
    const trials = await applyPart(client, 'trials', catalogue.trial ? [trialColumns(catalogue.trial)] : []);
    const changes = [locations, servers, plans, trials].flatMap((part) => part.changes);
    const count = (kind: CatalogueChange['kind']) => changes.filter((change) => change.kind === kind).length;

    // A server that moved to another location has left the one it was in.
    const after = await locationOfServers(client);
    const locationCodes = [
      ...locations.changes.map(({ code }) => code),
      ...servers.changes.flatMap(({ code }) => [before.get(code), after.get(code)]),
    ].filter((code) => code !== undefined);
    const shownInSubscriptions = changes.some(
      ({ kind, part }) => kind === 'changed' && (part === 'locations' || part === 'servers'),
    );
    const result = {
      added: count('added'),
      changed: count('changed'),
      retired: count('retired'),
      touched: { locationCodes: [...new Set(locationCodes)], shownInSubscriptions },
      changes,
      sold: { locations: locations.sold, servers: servers.sold, plans: plans.sold },
    };
    review(result);
    return result;
  });
}

const anyEntry = z.looseObject({ code: z.string(), active: z.boolean() });

/** @param rows the entries of the file, by column; what else the table holds is retired */
async function applyPart(
  client: Queryable,
  part: CatalogueTable,
  rows: readonly { readonly code: string; readonly active: boolean }[],
): Promise<{ changes: CatalogueChange[]; sold: SoldCounts[keyof SoldCounts] }> {
  const existing = new Map((await queryRows(client, anyEntry, `SELECT * FROM ${part}`)).map((row) => [row.code, row]));
  const changes: CatalogueChange[] = [];
  for (const [position, entry] of rows.entries()) {
    const values: Record<string, unknown> = { ...entry, position };
    if ((await upsert(client, part, values)) === 'same') continue;
    const old = existing.get(entry.code);
    const columns = Object.entries(values)
      .filter(([column, after]) => column !== 'code' && JSON.stringify(old?.[column]) !== JSON.stringify(after))
      .map(([column, after]) => (old === undefined ? { column, after } : { column, before: old[column], after }));
    changes.push({ part, code: entry.code, kind: old === undefined ? 'added' : 'changed', columns });
  }
  const codes = rows.map(({ code }) => code);
  await client.query(`UPDATE ${part} SET active = false, updated_at = now() WHERE active AND NOT (code = ANY($1))`, [
    codes,
  ]);
  const sold = [...existing.values()].filter(({ active }) => active).map(({ code }) => code);
  for (const code of sold) if (!codes.includes(code)) changes.push({ part, code, kind: 'retired', columns: [] });
  const stillSold = new Set(rows.filter(({ active }) => active).map(({ code }) => code));
  return { changes, sold: { before: sold.length, retired: sold.filter((code) => !stillSold.has(code)).length } };
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
  table: CatalogueTable,
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
