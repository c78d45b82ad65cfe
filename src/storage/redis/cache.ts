import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { createCachedValue } from './cachedValue';
import { createInvalidations } from './invalidations';
import { createLoadQueue } from './loadQueue';
import { defineScript } from './scripts';
import type { OnUnreadable } from './stored';

/** Called by the cache, for metrics; `name` is the name of the cached thing. */
export interface CacheHooks {
  onHit?(name: string): void;
  onMiss?(name: string): void;
  /**
   * After each load that was made for the cache. `superseded`: invalidated while it ran, so the loaded value was not
   * stored.
   */
  onLoad?(name: string, load: { ms: number; outcome: 'stored' | 'superseded' | 'failed' }): void;
  /** A read that went to the loader because Redis is away or another replica's load took too long. */
  onBypass?(name: string): void;
  onUnreadable?: OnUnreadable;
}

export interface CacheOptions {
  readonly redis: Redis;
  /** Milliseconds, for load times. */
  readonly now: () => number;
  readonly hooks?: CacheHooks;
  /**
   * Loads that may run at once in this process while Redis is away. Default 8: less than half of the PostgreSQL pool.
   */
  readonly maxBypassLoads?: number;
  /** A load that takes longer than this may no longer store its value, in ms. Default 10 s. */
  readonly loadTtlMs?: number;
  /** How long to wait for another replica's load before loading here, in ms. Default 3 s. */
  readonly waitMs?: number;
}

export interface CachedSpec<T> {
  /** Part of the key and label of the metrics. */
  readonly name: string;
  readonly ttlSeconds: number;
  /**
   * Each entry lives up to this share shorter than `ttlSeconds`, so that entries don't all expire at once. Default 0.1.
   */
  readonly jitter?: number;
  /** How long "there is none" is cached. Default 0: not at all. */
  readonly negativeTtlSeconds?: number;
  /** Validates the value as it comes back from JSON: dates are strings by then (`z.coerce.date()`). */
  readonly schema: z.ZodType<T>;
}

export interface Cached<T> {
  /**
   * The cached value, or the result of `load`. Never fails because of Redis.
   * @param load reads PostgreSQL; `undefined` means there is none. Its errors reach every caller that waited for this
   *   load
   */
  get(id: string | number, load: () => Promise<T | undefined>): Promise<T | undefined>;
  /**
   * Removes the value for every replica. Call it after the write has been committed. A load that began before can't
   * store its value any more. Without Redis the removal is repeated until it succeeds, and this process bypasses the
   * entry until then.
   */
  invalidate(id: string | number): Promise<void>;
  /**
   * Removes every entry, for every replica: for a change that any of them may show. Goes through the database in small
   * steps.
   * @throws RedisUnavailableError; the entries then end by their expiry
   */
  invalidateAll(): Promise<void>;
}

export interface Cache {
  define<T>(spec: CachedSpec<T>): Cached<T>;
}

/** ARGV: token, ttl in ms, a value to ignore because it can't be read. Gives the value, or whose load is running. */
const CLAIM = `
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'string' and value ~= ARGV[3] then return {'value', value} end
if value then redis.call('UNLINK', KEYS[1]) end
local kind = redis.call('TYPE', KEYS[2]).ok
if (kind ~= 'string' and kind ~= 'none') or redis.call('PTTL', KEYS[2]) == -1 then redis.call('UNLINK', KEYS[2]) end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'mine'} end
return {'theirs', redis.call('GET', KEYS[2])}`;

/**
 * ARGV: token, value ('' for nothing to store), ttl in ms. Stores only while the lock is still the token's:
 * invalidation removes it.
 */
const FILL = `
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[2])
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/**
 * Values read through Redis, with one load for each key at a time in all replicas.
 *
 * The lock of a load is also its permission to store: `invalidate` removes value and lock together. A load that read
 * the old value then finds its lock gone, and a later reader starts a load of its own instead of waiting for that one.
 */
export function createCache(options: CacheOptions): Cache {
  const { redis, now, hooks = {}, loadTtlMs = 10_000, waitMs = 3_000 } = options;
  const parts = {
    redis,
    now,
    hooks,
    loadTtlMs,
    waitMs,
    claim: defineScript(redis, 'cache claim', 2, CLAIM),
    fill: defineScript(redis, 'cache fill', 2, FILL),
    bypass: createLoadQueue(options.maxBypassLoads ?? 8),
    invalidations: createInvalidations(redis),
  };
  return { define: (spec) => createCachedValue(spec, parts) };
}
