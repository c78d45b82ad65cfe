import { z } from 'zod';
import type { Redis } from 'ioredis';
import type { Logger } from '../config/logger';
import { createCache } from '../storage/redis/cache';
import { ALL, createShopCaches } from '../storage/redis/caches';

/**
 * Drops what the caches of all replicas say of a buyer, and of a location's free places when that is given. Never throws: a
 * cache that can't be reached is not read either, and the truth is in PostgreSQL.
 */
export type Forget = (userId: number, locationCode?: string) => Promise<void>;

export interface Invalidation {
  readonly forget: Forget;
  /** After a catalogue was applied: every location and its servers. */
  readonly forgetCatalogue: (locationCodes: readonly string[]) => Promise<void>;
}

export function createInvalidation(redis: Redis, logger: Logger): Invalidation {
  // Whoever only invalidates needs none of their shapes.
  const caches = createShopCaches(createCache({ redis, now: Date.now }), { location: z.unknown(), server: z.unknown(), user: z.unknown(), subscription: z.unknown() });
  const dropping = async (drops: readonly Promise<void>[]): Promise<void> => {
    for (const drop of await Promise.allSettled(drops)) {
      if (drop.status === 'rejected') logger.warn({ err: drop.reason }, 'a stale cache entry may live on for a few minutes');
    }
  };
  return {
    forget: (userId, locationCode) =>
      dropping([
        caches.userSubscriptions.invalidate(userId),
        caches.user.invalidate(userId),
        ...(locationCode === undefined ? [] : [caches.activeServers.invalidate(locationCode)]),
      ]),
    forgetCatalogue: (locationCodes) => dropping([caches.activeLocations.invalidate(ALL), ...locationCodes.map((code) => caches.activeServers.invalidate(code))]),
  };
}
