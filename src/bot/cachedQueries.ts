import { z } from 'zod';
import type { Location, Plan, Server } from '../domain/catalogue';
import { LANGUAGES } from '../domain/language';
import type { CatalogueRepository } from '../storage/postgres/catalogue';
import type { SubscriptionsRepository, SubscriptionView } from '../storage/postgres/subscriptions';
import type { User, UsersRepository } from '../storage/postgres/users';
import { ALL, type ShopCaches } from '../storage/redis/caches';

const names = z.object({ ru: z.string(), en: z.string() });

/** The cached things as JSON gives them back; also for whoever else opens the same caches. */
export const cacheSchemas = {
  location: z.object({ code: z.string(), name: names, flag: z.string() }) satisfies z.ZodType<Location>,
  server: z.object({
    code: z.string(),
    locationCode: z.string(),
    name: z.string(),
    freePlaces: z.number().nullable(),
  }) satisfies z.ZodType<Server>,
  user: z.object({
    telegramId: z.number(),
    firstName: z.string(),
    username: z.string().nullable(),
    language: z.enum(LANGUAGES),
    timeZone: z.string(),
    unreachableAt: z.coerce.date().nullable(),
    createdAt: z.coerce.date(),
  }) satisfies z.ZodType<User>,
  subscription: z.object({
    id: z.string(),
    userId: z.number(),
    locationCode: z.string(),
    serverCode: z.string(),
    planCode: z.string(),
    panelUserId: z.string(),
    startsAt: z.coerce.date(),
    expiresAt: z.coerce.date(),
    trafficGb: z.number().nullable(),
    status: z.enum(['pending', 'active', 'expired', 'revoked']),
    locationName: names,
    locationFlag: z.string(),
    serverName: z.string(),
    panelClientUrl: z.string(),
  }) satisfies z.ZodType<SubscriptionView>,
};

export type BotCaches = ShopCaches<Location, Server, User, SubscriptionView>;

export type CachedQueries = ReturnType<typeof createCachedQueries>;

export interface Person {
  readonly telegramId: number;
  readonly firstName: string;
  readonly username: string | null;
  readonly language: User['language'];
}

/** What the bot reads at nearly every tap, through the caches; without Redis straight from PostgreSQL. */
export function createCachedQueries(deps: {
  readonly caches: BotCaches;
  readonly users: Pick<UsersRepository, 'upsert'>;
  readonly catalogue: Pick<CatalogueRepository, 'activeLocations' | 'activeServers' | 'activePlans'>;
  readonly subscriptions: Pick<SubscriptionsRepository, 'ofUser'>;
}) {
  const { caches, users, catalogue, subscriptions } = deps;

  return {
    locations: async (): Promise<Location[]> =>
      (await caches.activeLocations.get(ALL, () => catalogue.activeLocations())) ?? [],
    servers: async (locationCode: string): Promise<Server[]> =>
      (await caches.activeServers.get(locationCode, () => catalogue.activeServers(locationCode))) ?? [],
    plans: (): Promise<Plan[]> => catalogue.activePlans(),
    subscriptionsOf: async (userId: number): Promise<SubscriptionView[]> =>
      (await caches.userSubscriptions.get(userId, () => subscriptions.ofUser(userId))) ?? [],

    /** Registers somebody new; writes again only when he has another name or could not be reached before. */
    async upsertUser(person: Person): Promise<User> {
      const known = await caches.user.get(person.telegramId, () => users.upsert(person));
      if (
        known &&
        known.firstName === person.firstName &&
        known.username === person.username &&
        known.unreachableAt === null
      )
        return known;
      const met = await users.upsert(person);
      await caches.user.invalidate(person.telegramId);
      return met;
    },

    invalidateUser: (userId: number) => caches.user.invalidate(userId),
    /** A place was taken or is free again. */
    invalidateServers: (locationCode: string) => caches.activeServers.invalidate(locationCode),
  };
}
