import type { Redis } from 'ioredis';
import { reach, isRedisUnavailable } from './errors';

/** Removal of cache entries that does not give up: an entry that stayed would show what is no longer true. */
export interface Invalidations {
  /** Removes the keys now, or keeps trying in the background while Redis is away. The first key stands for all of them. */
  remove(keys: readonly [string, ...string[]]): Promise<void>;
  /** Whether a removal under this first key is still owed. */
  isPending(firstKey: string): boolean;
}

const RETRY_MS = 250;
/** Beyond this the oldest are let go; their entries end by their expiry, ten minutes at most. */
const MAX_PENDING = 20_000;

export function createInvalidations(redis: Redis): Invalidations {
  const pending = new Map<string, readonly string[]>();
  let timer: NodeJS.Timeout | undefined;

  function later(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void settle();
    }, RETRY_MS).unref();
  }

  async function settle(): Promise<void> {
    for (const [firstKey, keys] of pending) {
      if (redis.status === 'end') return;
      try {
        await reach('cache invalidate', () => redis.unlink(...keys));
        // A removal asked for meanwhile has put its own entry there; that one is done separately.
        if (pending.get(firstKey) === keys) pending.delete(firstKey);
      } catch {
        return later();
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
        later();
      }
    },
  };
}
