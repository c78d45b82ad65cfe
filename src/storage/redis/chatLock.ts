import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { unlessAway } from './errors';
import { createKeyedQueue, QueueTimeoutError } from './keyedQueue';
import { defineScript } from './scripts';

/** Passed to the work that runs under the lock. */
export interface HeldLock {
  /** Aborted when the lock was lost while the work ran: this process was suspended for longer than `ttlMs`. */
  readonly signal: AbortSignal;
}

export interface ChatLock {
  /**
   * Runs `fn` while no other work for this chat runs, in this process or in another replica, in the order of the calls.
   * Without Redis the order holds within this process only; `FsmStore.update` still protects writes that must not be
   * lost.
   * @throws ChatBusyError when `fn` could not be started within `waitMs`; it was not run
   */
  withLock<T>(chatKey: string | number, fn: (lock: HeldLock) => Promise<T>): Promise<T>;
}

/** Earlier updates of the chat took longer than `waitMs`. */
export class ChatBusyError extends Error {
  override readonly name = 'ChatBusyError';
}

export interface ChatLockOptions {
  readonly redis: Redis;
  /** How long the lock stays after its holder has died, in ms. Default 10 s; extended while the work runs. */
  readonly ttlMs?: number;
  /**
   * Longest wait for the lock, in ms. Default 8 s: a webhook must be answered within 10 s (grammY docs, deployment
   * types).
   */
  readonly waitMs?: number;
  /** Pause between two attempts to take a lock that another replica holds, in ms. Default 20 ms. */
  readonly pollMs?: number;
  /**
   * A waiting replica that has not asked for this long counts as dead and loses its place in the queue, in ms. Default
   * 1 s.
   */
  readonly waiterIsDeadAfterMs?: number;
  /** Told when the lock was lost while the work ran. */
  readonly onLost?: () => void;
}

/**
 * KEYS: lock, queue of replicas. ARGV: token, ttl in ms, ms after which a waiting replica that no longer asks counts as
 * dead. The queue is a hash token -> "arrived:lastSeen". A process has at most one entry, so it has at most as many as
 * there are replicas. A lock without an expiry or of another type was not written by this code and would block the chat
 * for ever: it is removed.
 */
const ACQUIRE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local kind = redis.call('TYPE', KEYS[1]).ok
if (kind ~= 'string' and kind ~= 'none') or redis.call('PTTL', KEYS[1]) == -1 then redis.call('UNLINK', KEYS[1]) end
kind = redis.call('TYPE', KEYS[2]).ok
if kind ~= 'none' and kind ~= 'hash' then redis.call('UNLINK', KEYS[2]) end
local mine, first, firstAt = nil, nil, nil
local line = redis.call('HGETALL', KEYS[2])
for i = 1, #line, 2 do
  local arrived, seen = string.match(line[i + 1], '^(%d+):(%d+)$')
  if not arrived or now - tonumber(seen) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[2], line[i])
  else
    arrived = tonumber(arrived)
    if line[i] == ARGV[1] then mine = arrived end
    if not firstAt or arrived < firstAt or (arrived == firstAt and line[i] < first) then
      first, firstAt = line[i], arrived
    end
  end
end
if (not first or first == ARGV[1]) and redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 1
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f:%.0f', mine or now, now))
redis.call('PEXPIRE', KEYS[2], tonumber(ARGV[3]) * 5)
return 0`;

const EXTEND = `
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const RELEASE = `
redis.pcall('HDEL', KEYS[2], ARGV[1])
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end`;

/** Handles the updates of one chat in order, across replicas. */
export function createChatLock(options: ChatLockOptions): ChatLock {
  const { redis, ttlMs = 10_000, waitMs = 8_000, pollMs = 20, waiterIsDeadAfterMs = 1_000, onLost } = options;
  const acquire = defineScript(redis, 'chat lock acquire', 2, ACQUIRE);
  const extend = defineScript(redis, 'chat lock extend', 1, EXTEND);
  const release = defineScript(redis, 'chat lock release', 2, RELEASE);
  const queue = createKeyedQueue();

  /** @returns whether this process holds the lock in Redis; `false`: Redis is away, the work runs without it */
  async function take(keys: readonly [string, string], token: string, deadline: number): Promise<boolean> {
    for (;;) {
      const answer = await unlessAway(acquire(keys, [token, ttlMs, waiterIsDeadAfterMs]), 'away');
      if (answer === 'away') return false;
      if (answer === 1) return true;
      if (performance.now() >= deadline) {
        await unlessAway(release(keys, [token]), undefined);
        throw new ChatBusyError(`another replica has held this chat for ${waitMs} ms`);
      }
      await pause(pollMs * (0.75 + Math.random() / 2));
    }
  }

  return {
    async withLock(chatKey, fn) {
      const deadline = performance.now() + waitMs;
      const lock = `lock:{chat:${chatKey}}`;
      const keys = [lock, `${lock}:line`] as const;
      const leave = await queue.enter(lock, waitMs).catch((error: unknown) => {
        throw error instanceof QueueTimeoutError
          ? new ChatBusyError(`earlier updates of this chat took over ${waitMs} ms`, { cause: error })
          : error;
      });
      try {
        const token = randomUUID();
        const held = await take(keys, token, deadline);
        const lost = new AbortController();
        const renew = async (): Promise<void> => {
          if (!held || lost.signal.aborted) return;
          const extended = await unlessAway(extend([lock], [token, ttlMs]), 1).catch(() => 0);
          // A slow Redis may still have been answering the renewal before this one.
          if (extended === 1 || lost.signal.aborted) return;
          lost.abort();
          onLost?.();
        };
        const renewal = setInterval(() => void renew(), ttlMs / 3);
        try {
          return await fn({ signal: lost.signal });
        } finally {
          clearInterval(renewal);
          if (held) await unlessAway(release(keys, [token]), undefined);
        }
      } finally {
        leave();
      }
    },
  };
}
