import type { Location, Server } from '../../domain/catalogue';
import { fitsPanels } from '../../domain/grant';
import type { RefusedPromo } from '../../domain/promo/offer';
import { withPromoDays } from '../../domain/promo/terms';
import { TRIAL_PLAN, trialPlan, type TrialOffer } from '../../domain/trial';
import type { AcceptedContact, ReceiptContact } from '../../domain/receiptContact';
import type { ChosenPlace } from '../../messages/screens/buy';
import type { SubscriptionView } from '../../storage/postgres/subscriptions';
import type { PricedPlan } from '../../messages/screens/promoPrice';
import type { CachedQueries } from '../cachedQueries';
import { nextServer } from './locationsWithRoom';
import type { Promos } from './promo';

/** What the last step shows, and the id that the order gets when it is confirmed. */
export interface Confirmation extends PricedPlan {
  /** `null`: a gift. */
  readonly place: ChosenPlace | null;
  readonly paymentId: string;
  /** Where the receipt goes; `undefined` where the shop makes none. */
  readonly receiptContact?: ReceiptContact | undefined;
  /** The price with the promo code is another one than the buyer has confirmed. */
  readonly promoChanged?: boolean;
}

/** What the purchase dialog shows next. */
export type PurchaseStep =
  | { readonly step: 'locations'; readonly locations: readonly Location[]; readonly page: number }
  | {
      readonly step: 'servers';
      readonly location: Location;
      readonly servers: readonly Server[];
      readonly page: number;
    }
  | { readonly step: 'plans'; readonly place: ChosenPlace | null; readonly plans: readonly PricedPlan[] }
  | ({ readonly step: 'confirm' } & Confirmation)
  /** Where the receipt goes is not known, or is to be changed: the next text says it. */
  | {
      readonly step: 'contact';
      readonly accepted: AcceptedContact;
      readonly isWrong: boolean;
      readonly inPurchase: boolean;
    }
  /** It is stored, and no purchase goes on with it. */
  | { readonly step: 'contact-saved' }
  | { readonly step: 'server-full' }
  /** No plan prolongs this subscription any more: panels count no further. */
  | { readonly step: 'limit-reached' }
  /** The chosen location, server or plan is not sold any more. */
  | { readonly step: 'unavailable' }
  /** Gifts for somebody else can't be ordered in this shop. */
  | { readonly step: 'no-gifts' }
  /** The dialog has expired, or is at a step where the pressed button does not apply. */
  | { readonly step: 'expired' };

/** Where a subscription is bought: the part of a dialog's state that `choosing-plan` and `confirming` share. */
export interface PlaceState {
  /** `null`: a gift, whose place is chosen when it is claimed. */
  readonly locationCode: string | null;
  /** `null`: "choose for me". */
  readonly serverCode: string | null;
  readonly renewsSubscriptionId: string | null;
}

/** The place of a gift. */
export const NO_PLACE: PlaceState = { locationCode: null, serverCode: null, renewsSubscriptionId: null };

export const EXPIRED: PurchaseStep = { step: 'expired' };
export const NO_GIFTS: PurchaseStep = { step: 'no-gifts' };
export const UNAVAILABLE: PurchaseStep = { step: 'unavailable' };

export type PurchaseSteps = ReturnType<typeof createPurchaseSteps>;

/**
 * The steps of the purchase dialog as today's catalogue makes them. They read only; the dialog's state is kept
 * elsewhere.
 */
export function createPurchaseSteps({
  cachedQueries,
  promos,
  trialOfferFor,
  now = () => new Date(),
}: {
  cachedQueries: Pick<CachedQueries, 'locations' | 'servers' | 'plans' | 'ownSubscription'>;
  promos: Pick<Promos, 'pricesOf'>;
  trialOfferFor: (userId: number) => Promise<TrialOffer | undefined>;
  now?: () => Date;
}) {
  const locationOf = async (code: string): Promise<Location | undefined> =>
    (await cachedQueries.locations()).find((location) => location.code === code);

  const serverOf = async (locationCode: string, serverCode: string): Promise<Server | undefined> =>
    (await cachedQueries.servers(locationCode)).find(({ code }) => code === serverCode);

  const renewedBy = async ({ renewsSubscriptionId }: PlaceState, userId: number) =>
    renewsSubscriptionId === null ? undefined : cachedQueries.ownSubscription(userId, renewsSubscriptionId);

  const promoFor = ({ locationCode, renewsSubscriptionId }: PlaceState) => ({
    renewsSubscriptionId,
    isGift: locationCode === null,
  });

  /**
   * Location and server with their present names, `null` for a gift; `undefined` when they are not sold any more.
   * @param serverCodes those among which the shop chooses where the buyer has not; `null`: any
   */
  async function placeOf(
    state: PlaceState,
    userId: number,
    serverCodes: readonly string[] | null = null,
  ): Promise<ChosenPlace | null | undefined> {
    if (state.locationCode === null) return null;
    if (state.renewsSubscriptionId !== null) {
      const own = await renewedBy(state, userId);
      return (
        own && {
          location: { code: own.locationCode, name: own.locationName, flag: own.locationFlag },
          server: { name: own.serverName },
          renewal: true,
          traffic: trafficOf(own),
          endsTrial: own.endsWithPurchase && own.status === 'active',
          trouble: (await serverOf(own.locationCode, own.serverCode))?.trouble ?? null,
        }
      );
    }
    const location = await locationOf(state.locationCode);
    if (!location) return undefined;
    if (state.serverCode === null) {
      const taken = await nextServer(cachedQueries, location.code, serverCodes);
      return { location, server: undefined, renewal: false, trouble: taken?.trouble ?? null };
    }
    const server = await serverOf(location.code, state.serverCode);
    return server && { location, server, renewal: false, trouble: server.trouble };
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

    /** Of a renewal only the plans that panels can be told of. */
    async plans(state: PlaceState, userId: number): Promise<PurchaseStep> {
      const place = await placeOf(state, userId);
      if (place === undefined) return UNAVAILABLE;
      const all = await cachedQueries.plans();
      const own = await renewedBy(state, userId);
      const priced = await promos.pricesOf(userId, all, promoFor(state));
      const plans =
        own === undefined
          ? priced
          : priced.filter(({ plan, promo }) => fitsPanels(own, [withPromoDays(plan, promo)], now()));
      if (plans.length === 0 && all.length > 0) return { step: 'limit-reached' };
      return { step: 'plans', place, plans };
    },

    /**
     * @param paymentId the id that the order gets when it is confirmed
     * @param refusal a promo code that was refused for it when it was to be made
     */
    async confirm(state: PlaceState, planCode: string, userId: number, paymentId: string, refusal?: RefusedPromo) {
      if (planCode === TRIAL_PLAN) {
        const offer = await trialOfferFor(userId);
        const trial = offer && trialPlan(offer);
        const place = offer && (await placeOf(state, userId, offer.serverCodes));
        return place && trial && ({ step: 'confirm', place, plan: trial, promo: null, paymentId } as const);
      }
      const place = await placeOf(state, userId);
      const plan = (await cachedQueries.plans()).find(({ code }) => code === planCode);
      if (place === undefined || !plan) return undefined;
      const [priced] = await promos.pricesOf(userId, [plan], promoFor(state), refusal);
      return { step: 'confirm', place, ...priced!, paymentId } as const;
    },
  };
}

function trafficOf({ status, unlimitedUntil }: SubscriptionView): ChosenPlace['traffic'] {
  if (status === 'expired') return undefined;
  return unlimitedUntil === null ? 'limited' : 'unlimited';
}

/** Of a state with more in it. */
export function pickPlace({ locationCode, serverCode, renewsSubscriptionId }: PlaceState): PlaceState {
  return { locationCode, serverCode, renewsSubscriptionId };
}
