import { z } from 'zod';
import type { Redis } from 'ioredis';
import type { Logger } from '../../config/logger';
import type { Payment } from '../../domain/payment';
import type { CatalogueTouch } from '../postgres/applyCatalogue';
import { createCache } from './cache';
import { ALL, createShopCaches } from './caches';
import { createPaymentData } from './paymentData';

/**
 * Called by whoever writes to PostgreSQL, after the commit: removes from Redis exactly what has changed, for all
 * replicas of the bot. Nothing here throws: a cache that can't be reached is not read either, and the truth is in
 * PostgreSQL.
 */
export interface CacheInvalidation {
  /** A person: name, language, whether the bot can write to them. */
  invalidateUser(userId: number): Promise<void>;
  invalidateSubscriptions(userId: number): Promise<void>;
  /** The servers of a location, with their free places. */
  invalidateServers(locationCode: string): Promise<void>;
  /** What a purchase changes when it moves on: its buyer's subscriptions and its location's servers. */
  invalidatePurchase(purchase: { readonly userId: number; readonly locationCode: string | null }): Promise<void>;
  /** What a catalogue has changed when it was applied. */
  invalidateCatalogue(touched: CatalogueTouch): Promise<void>;
  /** The payment data, after its link was made or its server changed. */
  putPaymentData(payment: Pick<Payment, 'id' | 'provider' | 'providerRef' | 'userId' | 'serverCode'>): Promise<void>;
}

/** @param redis the cache database */
export function createCacheInvalidation(redis: Redis, logger: Logger): CacheInvalidation {
  // Nothing is read here, so the caches need no schemas.
  const caches = createShopCaches(createCache({ redis, now: Date.now }), {
    location: z.unknown(),
    server: z.unknown(),
    user: z.unknown(),
    subscription: z.unknown(),
  });
  const paymentData = createPaymentData({
    redis,
    rebuild: { byPaymentId: async () => undefined, byProviderRef: async () => undefined },
  });
  const all = async (writes: readonly Promise<void>[]): Promise<void> => {
    for (const write of await Promise.allSettled(writes)) {
      if (write.status === 'rejected')
        logger.warn({ err: write.reason }, 'a cache entry could not be invalidated; it is stale until it expires');
    }
  };
  const { activeLocations, activeServers, user, userSubscriptions } = caches;
  return {
    invalidateUser: (userId) => all([user.invalidate(userId)]),
    invalidateSubscriptions: (userId) => all([userSubscriptions.invalidate(userId)]),
    invalidateServers: (locationCode) => all([activeServers.invalidate(locationCode)]),
    invalidatePurchase: ({ userId, locationCode }) =>
      all([
        userSubscriptions.invalidate(userId),
        ...(locationCode === null ? [] : [activeServers.invalidate(locationCode)]),
      ]),
    invalidateCatalogue: ({ locationCodes, shownInSubscriptions }) =>
      all([
        ...(locationCodes.length === 0 ? [] : [activeLocations.invalidate(ALL)]),
        ...locationCodes.map((code) => activeServers.invalidate(code)),
        ...(shownInSubscriptions ? [userSubscriptions.invalidateAll()] : []),
      ]),
    putPaymentData: ({ id, provider, providerRef, userId, serverCode }) =>
      all([paymentData.put({ paymentId: id, provider, providerRef, userId, serverCode })]),
  };
}
