import type { Location, Plan, Server } from '../domain/catalogue';
import { pageOf, type Page } from '../messages/screens/buttons';
import { cachedLocation, cachedServer, type CatalogueRepository } from '../storage/postgres/catalogue';
import {
  cachedSubscription,
  FIRST_SUBSCRIPTIONS,
  type SubscriptionsRepository,
  type SubscriptionView,
} from '../storage/postgres/subscriptions';
import { cachedUser, type User, type UsersRepository } from '../storage/postgres/users';
import { ALL, type ShopCaches } from '../storage/redis/caches';

/** The cached things as JSON gives them back. */
export const cacheSchemas = {
  location: cachedLocation,
  server: cachedServer,
  user: cachedUser,
  subscription: cachedSubscription,
};

export type BotCaches = ShopCaches<Location, Server, User, SubscriptionView>;

export type CachedQueries = ReturnType<typeof createCachedQueries>;

export interface Person {
  readonly telegramId: number;
  readonly firstName: string;
  readonly username: string | null;
  readonly language: User['language'];
  /** By whose link they come now. */
  readonly referralCode?: string | undefined;
}

/** What the bot reads at nearly every tap: from the caches, or from PostgreSQL without Redis. */
export function createCachedQueries(deps: {
  readonly caches: BotCaches;
  readonly users: Pick<UsersRepository, 'upsert'>;
  readonly catalogue: Pick<CatalogueRepository, 'activeLocations' | 'activeServers' | 'activePlans'>;
  readonly subscriptions: Pick<SubscriptionsRepository, 'ofUser' | 'byId'>;
}) {
  const { caches, users, catalogue, subscriptions } = deps;
  const firstOf = async (userId: number): Promise<SubscriptionView[]> =>
    (await caches.userSubscriptions.get(userId, () => subscriptions.ofUser(userId))) ?? [];

  return {
    locations: async (): Promise<Location[]> =>
      (await caches.activeLocations.get(ALL, () => catalogue.activeLocations())) ?? [],
    servers: async (locationCode: string): Promise<Server[]> =>
      (await caches.activeServers.get(locationCode, () => catalogue.activeServers(locationCode))) ?? [],
    plans: (): Promise<Plan[]> => catalogue.activePlans(),
    /** Their first ones: the living ones, then the newest. */
    subscriptionsOf: firstOf,

    /** A page of all of theirs; of a page that is not there any more, the first one. */
    async subscriptionsPage(userId: number, page: number, size: number): Promise<Page<SubscriptionView>> {
      const first = await firstOf(userId);
      const offset = page * size;
      // One more than is shown says whether there is a next page.
      if (first.length < FIRST_SUBSCRIPTIONS || offset + size < FIRST_SUBSCRIPTIONS) return pageOf(first, page, size);
      const found = await subscriptions.ofUser(userId, offset, size + 1);
      if (found.length === 0) return pageOf(first, 0, size);
      return { items: found.slice(0, size), page, hasNext: found.length > size };
    },

    /** One of their own that was not revoked; somebody else's is not found. */
    async ownSubscription(userId: number, id: string): Promise<SubscriptionView | undefined> {
      const first = await firstOf(userId);
      const own = first.find((one) => one.id === id);
      if (own || first.length < FIRST_SUBSCRIPTIONS) return own;
      const other = await subscriptions.byId(id);
      return other?.userId === userId && other.status !== 'revoked' ? other : undefined;
    },

    /**
     * Registers a new user. A known one is written only when their name changed or they could not be reached before.
     */
    async upsertUser(person: Person): Promise<User> {
      const known = await caches.user.get(person.telegramId, () => users.upsert(person));
      if (
        known &&
        known.firstName === person.firstName &&
        known.username === person.username &&
        known.unreachableAt === null
      )
        return known;
      const updated = await users.upsert(person);
      await caches.user.invalidate(person.telegramId);
      return updated;
    },

    invalidateUser: (userId: number) => caches.user.invalidate(userId),
    /** For when a place on a server was taken or became free. */
    invalidateServers: (locationCode: string) => caches.activeServers.invalidate(locationCode),
    /** For when a server is sold from or not any more: its location may have no other one. */
    async invalidateSale(locationCode: string): Promise<void> {
      await Promise.all([caches.activeServers.invalidate(locationCode), caches.activeLocations.invalidate(ALL)]);
    },
  };
}
