import { DAY_MS, MINUTE_MS } from '../../domain/duration';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { reach, unlessAway } from './errors';
import { defineScript } from './scripts';

/**
 * - `first`: handle it, then call `finish` or `abandon`
 * - `in-progress`: a replica is handling it, or died while it did. Do not confirm it to Telegram (no 2xx, no higher
 *   offset): if the replica died, the next delivery after `leaseMs` is `first` again
 * - `done`: it was handled; confirm it and do nothing
 */
export type UpdateStanding = 'first' | 'in-progress' | 'done';

/**
 * Handles each Telegram update once although Telegram delivers at least once. Reserving and finishing are separate, so
 * that an update whose replica died is handled again. Effects that must never happen twice have a key of their own
 * (workflow id, unique index).
 */
export interface UpdateDedup {
  /** Without Redis every delivery is `first`. */
  begin(updateId: number): Promise<UpdateStanding>;
  /** The update was handled, or its failure was logged and repeating it would not help. */
  finish(updateId: number): Promise<void>;
  /** The update was not handled: the next delivery is `first` at once. */
  abandon(updateId: number): Promise<void>;
}

export interface UpdateDedupOptions {
  readonly redis: Redis;
  readonly botId: number;
  /** How long an update stays reserved for a replica that no longer renews it, in ms. Default 10 s. */
  readonly leaseMs?: number;
  /** Longest time that handling may take, in ms; afterwards the reservation is no longer renewed. Default 60 s. */
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
  const { redis, botId, leaseMs = 10_000, longestMs = MINUTE_MS, doneTtlMs = DAY_MS } = options;
  const begin = defineScript(redis, 'update begin', 1, BEGIN);
  const renew = defineScript(redis, 'update renew', 1, RENEW);
  const abandon = defineScript(redis, 'update abandon', 1, ABANDON);
  const claim = `by ${randomUUID()}`;
  const keyOf = (updateId: number): string => `update:{${botId}:${updateId}}`;
  /** The renewal timers of the updates this replica is handling. */
  const held = new Map<number, NodeJS.Timeout>();

  const release = (updateId: number): void => {
    clearInterval(held.get(updateId));
    held.delete(updateId);
  };

  const hold = (updateId: number): void => {
    // While Redis is away the same update can be `first` twice; the renewal timer of the first time must not stay.
    release(updateId);
    const end = performance.now() + longestMs;
    const timer = setInterval(() => {
      if (performance.now() + leaseMs > end) return release(updateId);
      // A failed renewal at worst ends the reservation, and the update is handled twice, as without Redis.
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
