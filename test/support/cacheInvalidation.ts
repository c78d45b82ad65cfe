import type { CacheInvalidation } from '../../src/storage/redis/cacheInvalidation';

/** Of a worker without readers. */
export const NO_CACHE_INVALIDATION: CacheInvalidation = {
  invalidateUser: async () => undefined,
  invalidateSubscriptions: async () => undefined,
  invalidateServers: async () => undefined,
  invalidatePurchase: async () => undefined,
  invalidateCatalogue: async () => undefined,
  putPaymentData: async () => undefined,
};
