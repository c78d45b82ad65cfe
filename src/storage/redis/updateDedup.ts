import { DAY_MS } from '../../domain/duration';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { reach, unlessAway } from './errors';
import { defineScript } from './scripts';

/**
 * - `first`: handle it, then `finish` or `abandon`
 * - `in-progress`: a replica is at it, or died at it. Do not confirm it to Telegram (no 2xx, no higher offset): if the replica died,
 *   the next delivery after `leaseMs` is `first` again
 * - `done`: confirm it and do nothing
 */
export type UpdateStanding = 'first' | 'in-progress' | 'done';

/**
 * Acts on each Telegram update once although Telegram delivers at least once. Two phases, so that an update whose replica died is handled
 * again instead of being lost. What must never happen twice is protected by its own key besides (workflow id, unique index).
 */
export interface UpdateDedup {
  /** Without Redis every delivery is `first`. */
  begin(updateId: number): Promise<UpdateStanding>;
  /** It was handled, or is hopeless and recorded as such. */
  finish(updateId: number): Promise<void>;
  /** It was not handled: let the next delivery have it at once. */
  abandon(updateId: number): Promise<void>;
}

export interface UpdateDedupOptions {
  readonly redis: Redis;
  readonly botId: number;
  /** How long an update stays reserved for a replica that gives no sign of life: what its person waits for at most. Default 10 s. */
  readonly leaseMs?: number;
  /** Longest time that handling may take; after it the reservation runs out though the replica lives. Default 60 s. */
  readonly longestMs?: number;
  /** Telegram keeps undelivered updates for 24 hours (Bot API, "Getting updates"); so do we. */
  readonly doneTtlMs?: number;
}

const BEGIN = `
local kind = redis.call('TYPE', KEYS[1]).ok
if (kind ~= 'string' and kind ~= 'none') or redis.call('PTTL', KEYS[1]) == -1 then redis.call('UNLINK', KEYS[1]) end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 'first' end
return redis.call('GET', KEYS[1]) == 'done' and 'done' or 'in-progress'`;

const RENEW = `if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end`;

const ABANDON = `if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end`;

export function createUpdateDedup(options: UpdateDedupOptions): UpdateDedup {
  const { redis, botId, leaseMs = 10_000, longestMs = 60_000, doneTtlMs = DAY_MS } = options;
  const begin = defineScript(redis, 'update begin', 1, BEGIN);
  const renew = defineScript(redis, 'update renew', 1, RENEW);
  const abandon = defineScript(redis, 'update abandon', 1, ABANDON);
  const claim = `by ${randomUUID()}`;
  const keyOf = (updateId: number): string => `update:{${botId}:${updateId}}`;
  /** What this replica is at. */
  const held = new Map<number, NodeJS.Timeout>();

  const release = (updateId: number): void => {
    clearInterval(held.get(updateId));
    held.delete(updateId);
  };

  const hold = (updateId: number): void => {
    // While Redis is away the same update can be first twice; the renewal of the first time must not go on for ever.
    release(updateId);
    const end = performance.now() + longestMs;
    const timer = setInterval(() => {
      if (performance.now() + leaseMs > end) return release(updateId);
      // Whatever goes wrong here, the worst is that the reservation runs out and the update is handled twice, as without Redis.
      renew([keyOf(updateId)], [claim, leaseMs]).catch(() => undefined);
    }, leaseMs / 3);
    timer.unref();
    held.set(updateId, timer);
  };

  return {
    async begin(updateId) {
      const standing = (await unlessAway(begin([keyOf(updateId)], [claim, leaseMs]), 'first')) as UpdateStanding;
      if (standing === 'first') hold(updateId);
      return standing;
    },
    async finish(updateId) {
      release(updateId);
      await unlessAway(
        reach('update finish', () => redis.set(keyOf(updateId), 'done', 'PX', doneTtlMs)),
        null,
      );
    },
    async abandon(updateId) {
      release(updateId);
      await unlessAway(abandon([keyOf(updateId)], [claim]), null);
    },
  };
}
