import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Cached, CachedSpec, CacheHooks } from './cache';
import { isRedisUnavailable, isWrongType, reach, unlessAway } from './errors';
import type { Invalidations } from './invalidations';
import type { LoadQueue } from './loadQueue';
import type { RunScript } from './scripts';
import { parseStored } from './stored';

/** What all cached values of one cache share; see `CacheOptions` for the options among them. */
export interface CacheParts {
  readonly redis: Redis;
  readonly now: () => number;
  readonly hooks: CacheHooks;
  readonly loadTtlMs: number;
  readonly waitMs: number;
  readonly claim: RunScript;
  readonly fill: RunScript;
  readonly bypass: LoadQueue;
  readonly invalidations: Invalidations;
}

type Keys = readonly [value: string, lock: string];

/**
 * The value that a load gave, or why there is none: `look-again` when another replica's load ended without storing one.
 */
type Outcome<T> =
  | { readonly found: true; readonly value: T | undefined }
  | { readonly found: false; readonly why: 'look-again' | 'too-long' };

const POLL_MS = 15;
const SCAN_COUNT = 500;

/** Reads, loads and stores the entries of one cached thing. The rules are at `createCache`. */
export function createCachedValue<T>(spec: CachedSpec<T>, parts: CacheParts): Cached<T> {
  const { redis, now, hooks, loadTtlMs, waitMs, claim, fill, bypass, invalidations } = parts;
  const { name, jitter = 0.1, negativeTtlSeconds = 0 } = spec;
  const envelope: z.ZodType<{ value?: T | undefined }> = z.object({ value: spec.schema.optional() });
  /**
   * Loads that callers of this process wait for, by the token of their lock: those of this process and those of other
   * replicas.
   */
  const running = new Map<string, Promise<Outcome<T>>>();
  const keysOf = (id: string | number): Keys => [`cache:{${name}:${id}}`, `cache:{${name}:${id}}:load`];

  function parse(raw: string): Outcome<T> | undefined {
    const parsed = parseStored(raw, envelope);
    if (parsed.ok) return { found: true, value: parsed.value.value };
    hooks.onUnreadable?.({ store: `cache ${name}`, reason: parsed.reason });
    return undefined;
  }

  async function readRaw(key: string): Promise<string | null> {
    try {
      return await reach('cache read', () => redis.get(key));
    } catch (error) {
      if (!isWrongType(error)) throw error;
      hooks.onUnreadable?.({ store: `cache ${name}`, reason: 'type' });
      return null; // the claim that follows removes it
    }
  }

  async function loadAndStore(keys: Keys, token: string, load: () => Promise<T | undefined>): Promise<Outcome<T>> {
    const start = now();
    try {
      const value = await load();
      const ttlMs = (value === undefined ? negativeTtlSeconds : spec.ttlSeconds) * 1_000 * (1 - jitter * Math.random());
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

  /** Polls for the result of another replica's load, once for all callers of this process. */
  async function awaitOtherLoad(keys: Keys, token: string): Promise<Outcome<T>> {
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      await pause(POLL_MS * (0.75 + Math.random() / 2));
      const [raw, holder] = await reach('cache watch', () => redis.mget(...keys));
      const outcome = raw ? parse(raw) : undefined;
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
    let raw = await readRaw(keys[0]);
    for (let looks = 1; performance.now() < deadline; looks += 1) {
      const hit = raw ? parse(raw) : undefined;
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
        answer === 'mine' ? loadAndStore(keys, token, load) : awaitOtherLoad(keys, detail),
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
      // Twice: a load that began earlier may store its value while the first pass runs, but not after the locks are
      // gone.
      for (const _ of ['the first pass', 'the second']) await removeMatching(redis, `cache:{${name}:*`);
    },
  };
}

/** SCAN gives every key that is there from its beginning to its end, and does not block Redis for long. */
async function removeMatching(redis: Redis, pattern: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await reach('cache scan', () => redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT));
    cursor = next;
    if (keys.length > 0) await reach('cache invalidate', () => redis.unlink(...keys));
  } while (cursor !== '0');
}
