import { z } from 'zod';
import { SERVER_TROUBLES, type Location, type Plan, type Server } from '../../domain/catalogue';
import { PanelGoneError } from '../../domain/panelGone';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { createServerSales } from './serverSales';
import { locationRow, planRow, serverRow } from './tables/catalogue';
import { camelCased, localizedText, selectedColumns } from './tables/columns';
import { IS_OPEN_REVOCATION } from './tables/refunds';

/** What it takes to talk to a server's panel. Secret: stays between storage and the panel gateway. */
export interface PanelAccess {
  readonly serverCode: string;
  readonly adminUrl: string;
  readonly apiKey: string;
  readonly clientUrl: string;
  /** Whether a customer's link under these addresses has been opened as an app does, and led to a subscription. */
  readonly isLinkChecked: boolean;
}

const location = locationRow
  .pick({ code: true, name_ru: true, name_en: true, flag: true })
  .transform(({ name_ru, name_en, ...row }): Location => ({ ...row, name: { ru: name_ru, en: name_en } }));

/** A server with its taken places (`SERVERS`). */
export const serverWithPlaces = serverRow
  .pick({ code: true, location_code: true, name: true, capacity: true })
  .extend({ taken: z.number(), trouble: z.enum(SERVER_TROUBLES).nullable() })
  .transform(({ capacity, taken, ...row }): Server => ({
    ...camelCased(row),
    freePlaces: capacity === null ? null : Math.max(0, capacity - taken),
  }));

const plan = planRow
  .omit({ position: true, active: true, updated_at: true })
  .transform(({ name_ru, name_en, ...row }): Plan => ({ ...camelCased(row), name: { ru: name_ru, en: name_en } }));

const accessColumns = serverRow.pick({
  code: true,
  panel_admin_url: true,
  panel_api_key: true,
  panel_client_url: true,
  link_checked_for: true,
});
/** The columns of `panelAccess`, of server `s`. */
export const PANEL_ACCESS = selectedColumns(accessColumns, 's');
/** A row of `servers` as the panel gateway needs it. */
export const panelAccess = accessColumns.transform((row): PanelAccess => {
  const addresses = { adminUrl: row.panel_admin_url, clientUrl: row.panel_client_url };
  return {
    serverCode: row.code,
    apiKey: row.panel_api_key,
    ...addresses,
    isLinkChecked: row.link_checked_for === checkedFor(addresses),
  };
});

const panelAccessUnlessGone = serverRow.transform((row) => ({
  isGone: row.gone_at !== null,
  access: panelAccess.parse(row),
}));

const checkedFor = ({ adminUrl, clientUrl }: Pick<PanelAccess, 'adminUrl' | 'clientUrl'>) => `${adminUrl} ${clientUrl}`;

/** A location and a server as JSON gives them back, for caches. */
export const cachedLocation = z.object({
  code: z.string(),
  name: localizedText,
  flag: z.string(),
}) satisfies z.ZodType<Location>;
export const cachedServer = z.object({
  code: z.string(),
  locationCode: z.string(),
  name: z.string(),
  freePlaces: z.number().nullable(),
  trouble: z.enum(SERVER_TROUBLES).nullable(),
}) satisfies z.ZodType<Server>;

/**
 * Of a row of `servers`: which administrator of its panel the shop is, as `adminOf` of the panel's gateway names them.
 * A digest, because the key itself is a secret that is kept in one place.
 */
export const PANEL_ADMIN = `encode(sha256(convert_to(lower(panel_api_key), 'UTF8')), 'hex')`;

/**
 * Taken places of server `s`: subscriptions, and links that can still be paid. A link that renews a living subscription
 * takes no second place; one that would bring an expired one back does.
 */
export const TAKEN_PLACES = `(SELECT count(*) FROM subscriptions u WHERE u.server_code = s.code AND u.status IN ('pending', 'active'))
    + (SELECT count(*) FROM payments p WHERE p.server_code = s.code AND p.status IN ('created', 'pending', 'guarding')
       AND NOT EXISTS (SELECT 1 FROM subscriptions r WHERE r.id = p.renews_subscription_id AND r.status IN ('pending', 'active')))`;

/**
 * Of server `s`: it is sold from, or somebody's access is on its panel, or is still to be revoked there. Not one whose
 * panel is gone for good.
 */
export const IS_IN_USE = `(s.gone_at IS NULL AND (s.active
    OR EXISTS (SELECT 1 FROM subscriptions u WHERE u.server_code = s.code AND u.status IN ('pending', 'active'))
    OR EXISTS (SELECT 1 FROM access_revocations w WHERE w.server_code = s.code AND ${IS_OPEN_REVOCATION})))`;

/** Of server `s`: why its panel made no key when it was last asked (`ServerTrouble`). */
export const TROUBLE = `(SELECT o.kind FROM outages o WHERE o.service = 'hiddify' AND o.server_code = s.code
    AND o.ended_at IS NULL AND o.good_since IS NULL)`;

/** Of server `s`: buyers may choose it. */
export const IS_SOLD = 's.active AND s.sale_stopped_at IS NULL AND s.gone_at IS NULL';

/**
 * Servers that are sold from, with their taken places. The columns are named: the bot's role may not read the panels'
 * keys.
 */
export const SERVERS = `
  SELECT s.code, s.location_code, s.name, s.capacity, ${TAKEN_PLACES} AS taken, ${TROUBLE} AS trouble
  FROM servers s JOIN locations l ON l.code = s.location_code AND l.active WHERE ${IS_SOLD}`;

export type CatalogueRepository = ReturnType<typeof createCatalogueRepository>;

export function createCatalogueRepository(db: Queryable) {
  return {
    /** Locations that have at least one server that is sold from, in the owner's order. */
    activeLocations: (): Promise<Location[]> =>
      queryRows(
        db,
        location,
        `SELECT * FROM locations l WHERE active AND EXISTS (SELECT 1 FROM servers s WHERE s.location_code = l.code AND ${IS_SOLD})
         ORDER BY position, code`,
      ),

    /**
     * Servers that are sold from in a location, with their free places, in the owner's order. Full ones are included,
     * marked by 0.
     */
    activeServers: (locationCode: string): Promise<Server[]> =>
      queryRows(db, serverWithPlaces, `${SERVERS} AND s.location_code = $1 ORDER BY s.position, s.code`, [
        locationCode,
      ]),

    activePlans: (): Promise<Plan[]> => queryRows(db, plan, 'SELECT * FROM plans WHERE active ORDER BY position, code'),

    /**
     * What it takes to talk to a server's panel.
     * @throws PanelGoneError when an operator has said that the panel is gone for good
     * @throws Error when there is no such server: servers are retired, never deleted
     */
    async panelAccess(serverCode: string): Promise<PanelAccess> {
      const found = await queryRow(db, panelAccessUnlessGone, 'SELECT * FROM servers WHERE code = $1', [serverCode]);
      if (found === undefined) throw new Error(`server ${serverCode} is not in the catalogue`);
      if (found.isGone) throw new PanelGoneError(serverCode);
      return found.access;
    },

    /**
     * Records whether a customer's link under these addresses led to a subscription. The first delivery after one that
     * did not looks again.
     */
    async recordLinkCheck(access: PanelAccess, leadsToSubscription: boolean): Promise<void> {
      await db.query('UPDATE servers SET link_checked_for = $2 WHERE code = $1', [
        access.serverCode,
        leadsToSubscription ? checkedFor(access) : null,
      ]);
    },

    /** What stands before the uuid in customers' links, of every server that ever had some. */
    clientUrls: async (): Promise<string[]> =>
      (await queryRows(db, serverRow.pick({ panel_client_url: true }), 'SELECT panel_client_url FROM servers')).map(
        (row) => row.panel_client_url.replace(/\/+$/, ''),
      ),

    /** The panel of every active server that is not gone for good, for the sync and the doctor. */
    activePanels: (): Promise<PanelAccess[]> =>
      queryRows(db, panelAccess, 'SELECT * FROM servers WHERE active AND gone_at IS NULL ORDER BY code'),

    ...createServerSales(db),
  };
}
