import type { Redis } from 'ioredis';
import { MINUTE_MS } from '../../domain/duration';
import { defineScript } from './scripts';

/** So many wrong codes within a window lock a person out for a while. */
export interface GuessRule {
  readonly limit: number;
  readonly windowMs: number;
  readonly lockMs: number;
}
export const GUESS_RULE: GuessRule = { limit: 5, windowMs: 10 * MINUTE_MS, lockMs: 15 * MINUTE_MS };

export type Guesses = ReturnType<typeof createGuesses>;

/**
 * Adds the time of a wrong guess to the last ones; when all of them are within the window, the lock is set.
 *
 * KEYS: times, lock. Returns for how many ms it is locked, or 0.
 */
const wrongScript = ({ limit, windowMs, lockMs }: GuessRule): string => `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then redis.call('UNLINK', KEYS[1]) end
redis.call('RPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], -${limit}, -1)
redis.call('PEXPIRE', KEYS[1], ${windowMs})
if redis.call('LLEN', KEYS[1]) < ${limit} then return 0 end
local first = tonumber(redis.call('LINDEX', KEYS[1], 0)) or 0
if now - first >= ${windowMs} then return 0 end
redis.call('SET', KEYS[2], '1', 'PX', ${lockMs})
redis.call('UNLINK', KEYS[1])
return ${lockMs}`;

/**
 * Guessing of codes, per user. Nobody who is locked out is told whether a code exists.
 * @param codes each kind has counts of its own
 */
export function createGuesses(redis: Redis, codes: 'promo' | 'vouchers', rule: GuessRule = GUESS_RULE) {
  const { limit, windowMs, lockMs } = rule;
  const keysOf = (userId: number) => [`${codes}:{${userId}}:wrong`, `${codes}:{${userId}}:lock`];
  const wrong = defineScript(redis, `wrong guess ${limit} ${windowMs} ${lockMs}`, 2, wrongScript(rule));
  const left = defineScript(redis, 'guess lock', 1, `return math.max(redis.call('PTTL', KEYS[1]), 0)`);

  return {
    /** For how many ms this person may try no code; 0: they may. @throws RedisUnavailableError */
    lockedForMs: async (userId: number): Promise<number> => Number(await left([keysOf(userId)[1]!], [])),
    /** Counts a wrong guess. @returns for how many ms they are locked out by it; 0: not yet */
    wrong: async (userId: number): Promise<number> => Number(await wrong(keysOf(userId), [])),
  };
}
