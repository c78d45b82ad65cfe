import { z } from 'zod';
import type { Redis } from 'ioredis';
import type { Logger } from '../config/logger';
import type { Payment } from '../domain/payment';
import type { CatalogueTouch } from '../storage/postgres/catalogue';
import { createCache } from '../storage/redis/cache';
import { ALL, createShopCaches } from '../storage/redis/caches';
import { createPaymentData } from '../storage/redis/paymentData';

/**
 * What whoever writes to PostgreSQL tells the bot's replicas through Redis: exactly what he changed, after it was committed.
 * Nothing here throws: a cache that can't be reached is not read either, and the truth is in PostgreSQL.
 */
export interface SharedMemory {
  /** A buyer's subscriptions, and the free places of a location when that is given. */
  forget(userId: number, locationCode?: string): Promise<void>;
  /** What is known of a person: name, language, whether he can be written to. */
  forgetUser(userId: number): Promise<void>;
  /** After a catalogue was applied. */
  forgetCatalogue(touched: CatalogueTouch): Promise<void>;
  /** The link of a payment was made, or its server changed. */
  remember(payment: Pick<Payment, 'id' | 'yookassaId' | 'userId' | 'serverCode'>): Promise<void>;
}

/** For tests and benches of a worker that nobody reads behind. */
export const NO_MEMORY: SharedMemory = {
  forget: async () => undefined,
  forgetUser: async () => undefined,
  forgetCatalogue: async () => undefined,
  remember: async () => undefined,
};

export function createSharedMemory(redis: Redis, logger: Logger): SharedMemory {
  // Whoever only invalidates needs none of their shapes.
  const caches = createShopCaches(createCache({ redis, now: Date.now }), {
    location: z.unknown(),
    server: z.unknown(),
    user: z.unknown(),
    subscription: z.unknown(),
  });
  const paymentData = createPaymentData({
    redis,
    rebuild: { byPaymentId: async () => undefined, byYookassaId: async () => undefined },
  });
  const settling = async (writes: readonly Promise<void>[]): Promise<void> => {
    for (const write of await Promise.allSettled(writes)) {
      if (write.status === 'rejected')
        logger.warn({ err: write.reason }, 'a stale cache entry may live on for a few minutes');
    }
  };
  return {
    forget: (userId, locationCode) =>
      settling([
        caches.userSubscriptions.invalidate(userId),
        ...(locationCode === undefined ? [] : [caches.activeServers.invalidate(locationCode)]),
      ]),
    forgetUser: (userId) => settling([caches.user.invalidate(userId)]),
    forgetCatalogue: ({ locationCodes, shownInSubscriptions }) =>
      settling([
        ...(locationCodes.length === 0 ? [] : [caches.activeLocations.invalidate(ALL)]),
        ...locationCodes.map((code) => caches.activeServers.invalidate(code)),
        ...(shownInSubscriptions ? [caches.userSubscriptions.invalidateAll()] : []),
      ]),
    remember: ({ id, yookassaId, userId, serverCode }) =>
      settling([paymentData.put({ paymentId: id, yookassaId, userId, serverCode })]),
  };
}
