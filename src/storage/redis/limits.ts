import type { Redis } from 'ioredis';
import { MINUTE_MS } from '../../domain/duration';
import { isRedisUnavailable } from './errors';
import { defineScript } from './scripts';
import type { OnUnreadable } from './stored';

export interface LimitVerdict {
  readonly allowed: boolean;
  /** How many more would be allowed right now. */
  readonly remaining: number;
  /** 0 when allowed; otherwise the next attempt is allowed after this many ms. */
  readonly retryAfterMs: number;
  /** Whether to tell the user: true for the first refusal of a blocking episode only. Later refusals get no answer. */
  readonly notify: boolean;
  /** Redis is away and `onUnavailable` decided. */
  readonly unavailable: boolean;
}

export interface Limiter {
  /** Counts one attempt. A refused one is not counted, so trying again does not lengthen the wait. */
  hit(id: string | number): Promise<LimitVerdict>;
}

export interface LimitRule {
  readonly name: string;
  /** Attempts allowed in any span of `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** What to do when Redis is away: `allow` what only reads, `refuse` what takes money. */
  readonly onUnavailable: 'allow' | 'refuse';
}

export interface LimiterOptions extends LimitRule {
  readonly redis: Redis;
  /** Epoch ms, for tests. Default: the clock of the Redis server, which all replicas share. */
  readonly now?: () => number;
  readonly onUnreadable?: OnUnreadable;
}

/** The shop's limits: per user, per user, per client. */
export const LIMITS = {
  messages: { name: 'messages', limit: 10, windowMs: MINUTE_MS, onUnavailable: 'allow' },
  paymentAttempts: { name: 'paymentAttempts', limit: 3, windowMs: 300_000, onUnavailable: 'refuse' },
  apiRequests: { name: 'apiRequests', limit: 100, windowMs: MINUTE_MS, onUnavailable: 'allow' },
} as const satisfies Record<string, LimitRule>;

export type Limits = Record<keyof typeof LIMITS, Limiter>;

/**
 * Sliding log: a list of the times of the allowed attempts, oldest first, never longer than the limit. It is one key,
 * so that everything about a user expires together. The newest time is stored as a negative number once the user was
 * told to wait.
 *
 * A blocking episode ends with an allowed attempt after which another would be allowed, or when a whole window passes
 * without attempts. Somebody who stays at the limit, with one attempt allowed and two refused a minute, is in one
 * episode and is told once: the negative sign is carried over to the next time.
 *
 * An impossible time (no number, or more than a window in the future because the clock was set back) makes the log
 * unusable; it is started anew.
 *
 * KEYS: log. ARGV: now, when it is not the server's. Returns how many remain, or {retry after in ms, notify}, or {}
 * when started anew.
 */
const hitScript = (limit: number, windowMs: number): string => `
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
local function start()
  redis.call('UNLINK', KEYS[1])
  redis.call('RPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], ${windowMs})
  return {}
end

local head = redis.pcall('LINDEX', KEYS[1], 0)
while head do
  local at = type(head) == 'string' and tonumber(head)
  at = at and math.abs(at)
  if not at or at > now + ${windowMs} then return start() end
  if at > now - ${windowMs} then break end
  redis.call('LPOP', KEYS[1])
  head = redis.call('LINDEX', KEYS[1], 0)
end

local used = head and redis.call('LLEN', KEYS[1]) or 0
if used < ${limit} - 1 or (used == 0 and ${limit} == 1) then
  redis.call('RPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], ${windowMs})
  return ${limit} - 1 - used
end

local newest = tonumber(redis.call('LINDEX', KEYS[1], -1))
if not newest then return start() end
if used < ${limit} then
  redis.call('RPUSH', KEYS[1], newest < 0 and -now or now)
  redis.call('PEXPIRE', KEYS[1], ${windowMs})
  return 0
end
if newest > 0 then redis.call('LSET', KEYS[1], -1, -newest) end
-- More than the limit only if the limit was lowered.
local frees = used > ${limit} and tonumber(redis.call('LINDEX', KEYS[1], used - ${limit})) or tonumber(head)
return {math.abs(frees) + ${windowMs} - now, newest > 0 and 1 or 0}`;

/** A limit over a sliding window, decided in one round trip to Redis. */
export function createLimiter(options: LimiterOptions): Limiter {
  const { redis, name, limit, windowMs, now, onUnavailable } = options;
  if (!(Number.isInteger(limit) && limit >= 1 && Number.isInteger(windowMs) && windowMs >= 1)) {
    throw new RangeError(`limit ${name}: whole numbers above 0 are needed, got ${limit} in ${windowMs} ms`);
  }
  const hit = defineScript(redis, `limit hit ${name} ${limit} ${windowMs}`, 1, hitScript(limit, windowMs));

  return {
    async hit(id) {
      try {
        const answer = (await hit([`limit:{${name}:${id}}`], now ? [now()] : [])) as number | number[];
        if (typeof answer === 'number') return allowed(answer);
        const [retryAfterMs, notify] = answer;
        if (retryAfterMs !== undefined)
          return { allowed: false, remaining: 0, retryAfterMs, notify: notify === 1, unavailable: false };
        options.onUnreadable?.({ store: `limit ${name}`, reason: 'type' });
        return allowed(limit - 1);
      } catch (error) {
        if (!isRedisUnavailable(error)) throw error;
        const allow = onUnavailable === 'allow';
        return {
          allowed: allow,
          remaining: 0,
          retryAfterMs: allow ? 0 : UNAVAILABLE_RETRY_MS,
          notify: !allow,
          unavailable: true,
        };
      }
    },
  };
}

const allowed = (remaining: number): LimitVerdict => ({
  allowed: true,
  remaining,
  retryAfterMs: 0,
  notify: false,
  unavailable: false,
});

/** Nobody knows when Redis is back; this only keeps a client from asking again at once. */
const UNAVAILABLE_RETRY_MS = 5_000;

/** The three limits of the shop. */
export function createLimits(options: Pick<LimiterOptions, 'redis' | 'now' | 'onUnreadable'>): Limits {
  return {
    messages: createLimiter({ ...options, ...LIMITS.messages }),
    paymentAttempts: createLimiter({ ...options, ...LIMITS.paymentAttempts }),
    apiRequests: createLimiter({ ...options, ...LIMITS.apiRequests }),
  };
}
