import type { Redis } from 'ioredis';
import { reach, isRedisUnavailable } from './errors';

/** Removes cache entries, retrying until it succeeds: an entry that stayed would be out of date. */
export interface Invalidations {
  /** Removes the keys now, or in the background once Redis is back. The first key identifies the removal. */
  remove(keys: readonly [string, ...string[]]): Promise<void>;
  /** Whether the removal with this first key is still to be done. */
  isPending(firstKey: string): boolean;
}

const RETRY_MS = 250;
/** Beyond this the oldest removals are given up; their entries end by their own expiry, after ten minutes at most. */
const MAX_PENDING = 20_000;

export function createInvalidations(redis: Redis): Invalidations {
  const pending = new Map<string, readonly string[]>();
  let timer: NodeJS.Timeout | undefined;

  function retryLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void retry();
    }, RETRY_MS).unref();
  }

  async function retry(): Promise<void> {
    for (const [firstKey, keys] of pending) {
      if (redis.status === 'end') return;
      try {
        await reach('cache invalidate', () => redis.unlink(...keys));
        // A removal that was asked for meanwhile has its own array here and is still to be done.
        if (pending.get(firstKey) === keys) pending.delete(firstKey);
      } catch {
        return retryLater();
      }
    }
  }

  return {
    isPending: (firstKey) => pending.has(firstKey),
    async remove(keys) {
      try {
        await reach('cache invalidate', () => redis.unlink(...keys));
      } catch (error) {
        if (!isRedisUnavailable(error)) throw error;
        pending.delete(keys[0]);
        pending.set(keys[0], [...keys]);
        if (pending.size > MAX_PENDING) pending.delete(pending.keys().next().value!);
        retryLater();
      }
    },
  };
}
