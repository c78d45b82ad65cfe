import type { Location, Plan, Server } from '../../domain/catalogue';
import type { ChosenPlace } from '../../messages/screens/buy';
import type { CachedQueries } from '../cachedQueries';

/** What the purchase dialog shows next. */
export type PurchaseStep =
  | { readonly step: 'locations'; readonly locations: readonly Location[]; readonly page: number }
  | {
      readonly step: 'servers';
      readonly location: Location;
      readonly servers: readonly Server[];
      readonly page: number;
    }
  | { readonly step: 'plans'; readonly place: ChosenPlace; readonly plans: readonly Plan[] }
  | { readonly step: 'confirm'; readonly place: ChosenPlace; readonly plan: Plan; readonly paymentId: string }
  | { readonly step: 'server-full' }
  /** The chosen location, server or plan is not sold any more. */
  | { readonly step: 'unavailable' }
  /** The dialog has expired, or is at a step where the pressed button does not apply. */
  | { readonly step: 'expired' };

/** Where a subscription is bought: the part of a dialog's state that `choosing-plan` and `confirming` share. */
export interface PlaceState {
  readonly locationCode: string;
  /** `null`: "choose for me". */
  readonly serverCode: string | null;
  readonly renewsSubscriptionId: string | null;
}

export const EXPIRED: PurchaseStep = { step: 'expired' };
export const UNAVAILABLE: PurchaseStep = { step: 'unavailable' };

/**
 * The steps of the purchase dialog as today's catalogue makes them. They read only; the dialog's state is kept
 * elsewhere.
 */
export function createPurchaseSteps(
  cachedQueries: Pick<CachedQueries, 'locations' | 'servers' | 'plans' | 'subscriptionsOf'>,
) {
  const locationOf = async (code: string): Promise<Location | undefined> =>
    (await cachedQueries.locations()).find((location) => location.code === code);

  /** Location and server with their present names; `undefined` when they are not sold any more. */
  async function placeOf(state: PlaceState, userId: number): Promise<ChosenPlace | undefined> {
    if (state.renewsSubscriptionId !== null) {
      const own = (await cachedQueries.subscriptionsOf(userId)).find(({ id }) => id === state.renewsSubscriptionId);
      return (
        own && {
          location: { code: own.locationCode, name: own.locationName, flag: own.locationFlag },
          server: { name: own.serverName },
          renewal: true,
        }
      );
    }
    const location = await locationOf(state.locationCode);
    if (!location) return undefined;
    if (state.serverCode === null) return { location, server: undefined, renewal: false };
    const server = (await cachedQueries.servers(location.code)).find(({ code }) => code === state.serverCode);
    return server && { location, server, renewal: false };
  }

  return {
    async locations(page: number): Promise<PurchaseStep> {
      return { step: 'locations', locations: await cachedQueries.locations(), page };
    },

    async servers(locationCode: string, page: number): Promise<PurchaseStep> {
      const location = await locationOf(locationCode);
      if (!location) return UNAVAILABLE;
      return { step: 'servers', location, servers: await cachedQueries.servers(locationCode), page };
    },

    async plans(state: PlaceState, userId: number): Promise<PurchaseStep> {
      const place = await placeOf(state, userId);
      return place ? { step: 'plans', place, plans: await cachedQueries.plans() } : UNAVAILABLE;
    },

    /** @param paymentId the id that the order gets when it is confirmed */
    async confirm(state: PlaceState, planCode: string, userId: number, paymentId: string) {
      const place = await placeOf(state, userId);
      const plan = (await cachedQueries.plans()).find(({ code }) => code === planCode);
      return place && plan ? ({ step: 'confirm', place, plan, paymentId } as const) : undefined;
    },
  };
}
