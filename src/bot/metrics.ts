import { Counter, Histogram, type Registry } from 'prom-client';
import type { HttpObserver } from '../gateways/http';
import { createCallMetrics } from '../http/callMetrics';
import type { CacheHooks } from '../storage/redis/cache';
import type { OnUnreadable } from '../storage/redis/stored';

export type UpdateOutcome = 'handled' | 'duplicate' | 'limited' | 'failed' | 'postponed';

export interface BotMetrics {
  /**
   * After each update.
   * @param kind `message`, `callback_query`, ...
   * @param ms from its arrival to the end of its handling
   */
  update(kind: string, outcome: UpdateOutcome, ms: number): void;
  /** After each call to Telegram. */
  readonly observeCall: HttpObserver;
}

export function createBotMetrics(registry: Registry): BotMetrics {
  const updates = new Counter({
    name: 'gigabridge_bot_updates_total',
    help: 'Telegram updates by kind and outcome',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'gigabridge_bot_update_seconds',
    help: 'Time to handle one update, calls to Telegram included',
    labelNames: ['kind'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    observeCall: createCallMetrics(registry),
    update(kind, outcome, ms) {
      updates.inc({ kind, outcome });
      duration.observe({ kind }, ms / 1000);
    },
  };
}

/** The hooks of the stores in Redis. */
export interface StorageMetrics {
  readonly cache: CacheHooks;
  readonly unreadable: OnUnreadable;
}

/** @param warn called for every value that was dropped, to log it */
export function createStorageMetrics(registry: Registry, warn: OnUnreadable = () => undefined): StorageMetrics {
  const registers = [registry];
  const reads = new Counter({
    name: 'gigabridge_cache_reads_total',
    help: 'Cache reads by cache and result',
    labelNames: ['cache', 'result'],
    registers,
  });
  const loads = new Histogram({
    name: 'gigabridge_cache_load_seconds',
    help: 'Loads made for the cache',
    labelNames: ['cache', 'outcome'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2],
    registers,
  });
  const unreadable = new Counter({
    name: 'gigabridge_redis_unreadable_total',
    help: 'Values in Redis that were dropped as unusable',
    labelNames: ['store', 'reason'],
    registers,
  });
  const count: OnUnreadable = (what) => {
    unreadable.inc({ store: what.store, reason: what.reason });
    warn(what);
  };
  return {
    cache: {
      onHit: (cache) => reads.inc({ cache, result: 'hit' }),
      onMiss: (cache) => reads.inc({ cache, result: 'miss' }),
      onBypass: (cache) => reads.inc({ cache, result: 'bypass' }),
      onLoad: (cache, { ms, outcome }) => loads.observe({ cache, outcome }, ms / 1000),
      onUnreadable: count,
    },
    unreadable: count,
  };
}
