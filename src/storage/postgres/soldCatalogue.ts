import type { CataloguePart } from '../../domain/catalogueQuestions';
import { grantOf } from '../../domain/grant';
import type { TrialOffer } from '../../domain/trial';
import type { Catalogue } from './applyCatalogue';
import { trialOffer } from './freeGrants/trial';
// With its parser of bigint, for whoever brings a connection of their own.
import './pool';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { locationRow, planRow, serverRow } from './tables/catalogue';
import { camelCased } from './tables/columns';

type Whole<Part> = Part extends { readonly takeOverAfterMs?: unknown }
  ? Part & { readonly takeOverAfterMs: number | null }
  : Part extends { readonly priceStars?: unknown }
    ? Part & { readonly priceStars: number | null }
    : Part;
/** A catalogue in which nothing is left out. */
export type SoldCatalogue = { readonly [Part in CataloguePart]: Whole<Catalogue[Part][number]>[] } & {
  readonly trial: (Omit<TrialOffer, 'serverCodes'> & { readonly serverCodes: string[] | null }) | null;
};

/** What the shop sells, and what it has sold and keeps for its subscriptions: the catalogue that would make it so. */
export async function soldCatalogue(db: Queryable): Promise<SoldCatalogue> {
  const order = 'ORDER BY position, active DESC, code';
  const [locations, servers, plans] = [
    await queryRows(db, locationRow, `SELECT * FROM locations ${order}`),
    await queryRows(db, serverRow, `SELECT * FROM servers ${order}`),
    await queryRows(db, planRow, `SELECT * FROM plans ${order}`),
  ];
  const trial = await trialOffer(db);
  return {
    locations: locations.map((row) => ({
      code: row.code,
      name: { ru: row.name_ru, en: row.name_en },
      flag: row.flag,
      active: row.active,
      takeOverAfterMs: row.take_over_after_ms,
    })),
    servers: servers.map((row) => ({
      code: row.code,
      location: row.location_code,
      name: row.name,
      panel: { adminUrl: row.panel_admin_url, apiKey: row.panel_api_key, clientUrl: row.panel_client_url },
      capacity: row.capacity,
      active: row.active,
    })),
    plans: plans.map((row) => ({
      code: row.code,
      name: { ru: row.name_ru, en: row.name_en },
      ...grantOf(camelCased(row)),
      priceKopecks: row.price_kopecks,
      priceStars: row.price_stars,
      active: row.active,
    })),
    trial: trial ? { ...trial, serverCodes: trial.serverCodes && [...trial.serverCodes] } : null,
  };
}
