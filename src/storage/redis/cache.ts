import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { isRedisUnavailable, isWrongType, reach, unlessAway } from './errors';
import { createInvalidations } from './invalidations';
import { createLoadQueue } from './loadQueue';
import { defineScript } from './scripts';
import { parseStored, type OnUnreadable } from './stored';

/** Told what happens, for metrics; `name` is the name of the cached thing. */
export interface CacheHooks {
  onHit?(name: string): void;
  onMiss?(name: string): void;
  /** After each load that was made for the cache. `superseded`: the value changed meanwhile, so the loaded one was not stored. */
  onLoad?(name: string, load: { ms: number; outcome: 'stored' | 'superseded' | 'failed' }): void;
  /** A read that went to the loader because Redis is away or a load elsewhere took too long. */
  onBypass?(name: string): void;
  onUnreadable?: OnUnreadable;
}

export interface CacheOptions {
  readonly redis: Redis;
  /** Milliseconds, for load times. */
  readonly now: () => number;
  readonly hooks?: CacheHooks;
  /** Loads that may run at once in this process while Redis is away. Default 8: less than half of the PostgreSQL pool. */
  readonly maxBypassLoads?: number;
  /** A load that takes longer than this may no longer store its value. Default 10 s. */
  readonly loadTtlMs?: number;
  /** How long to wait for a load that another replica makes before loading ourselves. Default 3 s. */
  readonly waitMs?: number;
}

export interface CachedSpec<T> {
  /** Part of the key and label of the metrics. */
  readonly name: string;
  readonly ttlSeconds: number;
  /** Each entry lives up to this share shorter than `ttlSeconds`, so that they don't all end at once. Default 0.1. */
  readonly jitter?: number;
  /** How long "there is none" is remembered. Default 0: not at all. */
  readonly negativeTtlSeconds?: number;
  /** Reads what JSON made of the value: dates are strings by then (`z.coerce.date()`). */
  readonly schema: z.ZodType<T>;
}

export interface Cached<T> {
  /**
   * The cached value, or what `load` gives. Never fails because of Redis.
   * @param load reads the truth; `undefined` means there is none. Its errors reach every caller that waited for this load
   */
  get(id: string | number, load: () => Promise<T | undefined>): Promise<T | undefined>;
  /**
   * Forgets the value in every replica. Call it after the write has been committed. A load that began before cannot store its value any
   * more. Without Redis it is repeated until it succeeds, and this process bypasses the entry until then.
   */
  invalidate(id: string | number): Promise<void>;
  /**
   * Forgets every entry, in every replica, for a change that may show in any of them. Goes through the database in small steps.
   * @throws RedisUnavailableError; the entries then end by their expiry
   */
  invalidateAll(): Promise<void>;
}

export interface Cache {
  define<T>(spec: CachedSpec<T>): Cached<T>;
}

/** ARGV: token, ttl, a value to disregard because it can't be read. Gives the value, or whose load is running. */
const CLAIM = `
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'string' and value ~= ARGV[3] then return {'value', value} end
if value then redis.call('UNLINK', KEYS[1]) end
local kind = redis.call('TYPE', KEYS[2]).ok
if (kind ~= 'string' and kind ~= 'none') or redis.call('PTTL', KEYS[2]) == -1 then redis.call('UNLINK', KEYS[2]) end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'mine'} end
return {'theirs', redis.call('GET', KEYS[2])}`;

/** ARGV: token, value ('' for nothing to store), ttl. Whoever invalidates takes the lock away, and with it the right to store. */
const FILL = `
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('UNLINK', KEYS[2])
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

const POLL_MS = 15;
const SCAN_COUNT = 500;

/** SCAN gives every key that is there from its beginning to its end, and never blocks Redis for long. */
async function removeMatching(redis: Redis, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await reach('cache scan', () => redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
    cursor = next;
    if (keys.length > 0) await reach('cache invalidate', () => redis.unlink(...keys));
  } while (cursor !== '0');
}

/** The value that a load gave, or "look again": the load elsewhere ended without one. */
type Outcome<T> =
  | { readonly found: true; readonly value: T | undefined }
  | { readonly found: false; readonly why: 'look-again' | 'too-long' };

/**
 * Values read through Redis, one load for each key at a time in all replicas.
 *
 * The lock of a load is also its right to store: `invalidate` removes value and lock together, so a load that read the old
 * truth finds its lock gone, and a reader that comes after starts a load of its own instead of joining it.
 */
export function createCache(options: CacheOptions): Cache {
  const { redis, now, hooks = {}, loadTtlMs = 10_000, waitMs = 3_000 } = options;
  const claim = defineScript(redis, 'cache claim', 2, CLAIM);
  const fill = defineScript(redis, 'cache fill', 2, FILL);
  const bypass = createLoadQueue(options.maxBypassLoads ?? 8);
  const invalidations = createInvalidations(redis);

  return {
    define<T>(spec: CachedSpec<T>): Cached<T> {
      const { name, jitter = 0.1, negativeTtlSeconds = 0 } = spec;
      const envelope: z.ZodType<{ value?: T | undefined }> = z.object({ value: spec.schema.optional() });
      // Loads that callers of this process wait for, by the token of their lock: ours, and those of other replicas that we watch.
      const running = new Map<string, Promise<Outcome<T>>>();
      const keysOf = (id: string | number): [string, string] => [`cache:{${name}:${id}}`, `cache:{${name}:${id}}:load`];

      function read(raw: string): Outcome<T> | undefined {
        const parsed = parseStored(raw, envelope);
        if (parsed.ok) return { found: true, value: parsed.value.value };
        hooks.onUnreadable?.({ store: `cache ${name}`, reason: parsed.reason });
        return undefined;
      }

      async function peek(key: string): Promise<string | null> {
        try {
          return await reach('cache read', () => redis.get(key));
        } catch (error) {
          if (!isWrongType(error)) throw error;
          hooks.onUnreadable?.({ store: `cache ${name}`, reason: 'type' });
          return null; // the claim that follows removes it
        }
      }

      async function loadAndStore(
        keys: [string, string],
        token: string,
        load: () => Promise<T | undefined>,
      ): Promise<Outcome<T>> {
        const start = now();
        try {
          const value = await load();
          const ttlMs =
            (value === undefined ? negativeTtlSeconds : spec.ttlSeconds) * 1_000 * (1 - jitter * Math.random());
          const text = ttlMs >= 1 ? JSON.stringify({ value }) : '';
          const stored = await unlessAway(fill(keys, [token, text, Math.max(1, Math.floor(ttlMs))]), 0);
          hooks.onLoad?.(name, { ms: now() - start, outcome: stored === 1 ? 'stored' : 'superseded' });
          return { found: true, value };
        } catch (error) {
          hooks.onLoad?.(name, { ms: now() - start, outcome: 'failed' });
          await unlessAway(fill(keys, [token, '', 1]), 0);
          throw error;
        }
      }

      /** Watches a load that another replica makes, once for all callers of this process. */
      async function watch(keys: [string, string], token: string): Promise<Outcome<T>> {
        const deadline = performance.now() + waitMs;
        while (performance.now() < deadline) {
          await pause(POLL_MS * (0.75 + Math.random() / 2));
          const [raw, holder] = await reach('cache watch', () => redis.mget(...keys));
          const outcome = raw ? read(raw) : undefined;
          if (outcome) return outcome;
          if (raw || holder !== token) return { found: false, why: 'look-again' };
        }
        return { found: false, why: 'too-long' };
      }

      function share(token: string, begin: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
        const shared = running.get(token) ?? begin().finally(() => running.delete(token));
        running.set(token, shared);
        return shared;
      }

      async function throughRedis(id: string | number, load: () => Promise<T | undefined>): Promise<Outcome<T>> {
        const keys = keysOf(id);
        const deadline = performance.now() + waitMs;
        let raw = await peek(keys[0]);
        for (let looks = 1; performance.now() < deadline; looks += 1) {
          const hit = raw ? read(raw) : undefined;
          if (hit) {
            if (looks === 1) hooks.onHit?.(name);
            return hit;
          }
          if (looks === 1) hooks.onMiss?.(name);
          const token = randomUUID();
          const [answer, detail] = (await claim(keys, [token, loadTtlMs, raw ?? ''])) as [string, string];
          if (answer === 'value') {
            raw = detail;
            continue;
          }
          const outcome = await share(answer === 'mine' ? token : detail, () =>
            answer === 'mine' ? loadAndStore(keys, token, load) : watch(keys, detail),
          );
          if (outcome.found || outcome.why === 'too-long') return outcome;
          raw = null;
        }
        return { found: false, why: 'too-long' };
      }

      return {
        async get(id, load) {
          const [key] = keysOf(id);
          if (!invalidations.isPending(key)) {
            try {
              const outcome = await throughRedis(id, load);
              if (outcome.found) return outcome.value;
            } catch (error) {
              if (!isRedisUnavailable(error)) throw error;
            }
          }
          hooks.onBypass?.(name);
          return bypass.run(key, load);
        },
        invalidate: (id) => invalidations.remove(keysOf(id)),
        async invalidateAll() {
          // Twice: a load that had begun before may have stored its value behind the back of the first pass, but not of the second.
          for (const _ of ['the first pass', 'the second']) await removeMatching(redis, `cache:{${name}:*`);
        },
      };
    },
  };
}
