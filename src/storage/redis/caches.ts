import { z } from 'zod';
import type { Cache, Cached } from './cache';

/** The one entry of a cache that holds one list. */
export const ALL = 'all';

export interface ShopCaches<Location, Server, User, Subscription> {
  /** Under `ALL`. 5 minutes. */
  readonly activeLocations: Cached<Location[]>;
  /** By location code. 5 minutes. */
  readonly activeServers: Cached<Server[]>;
  /** By Telegram id. 10 minutes; that somebody is unknown, 30 seconds. */
  readonly user: Cached<User>;
  /** By Telegram id. 2 minutes. */
  readonly userSubscriptions: Cached<Subscription[]>;
}

/**
 * The caches of what nearly every tap reads. Whoever writes to PostgreSQL invalidates what they changed (README, "Who
 * invalidates what").
 * @param schemas of one element each; they must take dates as strings, since the values come back from JSON
 */
export function createShopCaches<Location, Server, User, Subscription>(
  cache: Cache,
  schemas: {
    location: z.ZodType<Location>;
    server: z.ZodType<Server>;
    user: z.ZodType<User>;
    subscription: z.ZodType<Subscription>;
  },
): ShopCaches<Location, Server, User, Subscription> {
  return {
    activeLocations: cache.define({ name: 'activeLocations', ttlSeconds: 300, schema: z.array(schemas.location) }),
    activeServers: cache.define({ name: 'activeServers', ttlSeconds: 300, schema: z.array(schemas.server) }),
    user: cache.define({ name: 'user', ttlSeconds: 600, negativeTtlSeconds: 30, schema: schemas.user }),
    userSubscriptions: cache.define({
      name: 'userSubscriptions',
      ttlSeconds: 120,
      schema: z.array(schemas.subscription),
    }),
  };
}
