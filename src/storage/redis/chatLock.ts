import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { unlessAway } from './errors';
import { createKeyedQueue, QueueTimeoutError } from './keyedQueue';
import { defineScript } from './scripts';

/** What the work under the lock may look at. */
export interface HeldLock {
  /** Aborted when the lock was lost while the work ran (this process stood still for longer than `ttlMs`). */
  readonly signal: AbortSignal;
}

export interface ChatLock {
  /**
   * Runs `fn` while no other work for this chat runs, in this process or in another replica. First come, first served.
   * Without Redis only this process is kept in order; writes that must not be lost still have `FsmStore.update`.
   * @throws ChatBusyError when the turn has not come within `waitMs`; `fn` was not run
   */
  withLock<T>(chatKey: string | number, fn: (lock: HeldLock) => Promise<T>): Promise<T>;
}

/** The chat stayed busy with earlier updates for too long. */
export class ChatBusyError extends Error {
  override readonly name = 'ChatBusyError';
}

export interface ChatLockOptions {
  readonly redis: Redis;
  /** How long the lock outlives a process that dies holding it. Default 10 s; extended while the work runs. */
  readonly ttlMs?: number;
  /** Longest wait for a turn. Default 8 s: a webhook must be answered within 10 (grammY docs, deployment types). */
  readonly waitMs?: number;
  /** Pause between two looks at a lock that another replica holds. Default 20 ms. */
  readonly pollMs?: number;
  /** After how long a waiting replica that does not look any more loses its place in the line. Default 1 s. */
  readonly waiterIsDeadAfterMs?: number;
  /** Told when the lock was lost while the work ran. */
  readonly onLost?: () => void;
}

/**
 * KEYS: lock, line. ARGV: token, ttl, ms after which a waiter who no longer asks is taken for dead.
 * The line is a hash token -> "arrived:lastSeen"; a process has at most one place in it, so it is as short as there are replicas.
 * A lock without an expiry or of another type is not ours and would hold the chat for ever: it goes.
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
    if not firstAt or arrived < firstAt or (arrived == firstAt and line[i] < first) then first, firstAt = line[i], arrived end
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

/** Keeps the updates of one chat in order, across replicas. */
export function createChatLock(options: ChatLockOptions): ChatLock {
  const { redis, ttlMs = 10_000, waitMs = 8_000, pollMs = 20, waiterIsDeadAfterMs = 1_000, onLost } = options;
  const acquire = defineScript(redis, 'chat lock acquire', 2, ACQUIRE);
  const extend = defineScript(redis, 'chat lock extend', 1, EXTEND);
  const release = defineScript(redis, 'chat lock release', 2, RELEASE);
  const queue = createKeyedQueue();

  /** @returns whether Redis gave us the lock; `false`: Redis is away, go on without */
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
