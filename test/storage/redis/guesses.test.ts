import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createGuesses, GUESS_RULE } from '../../../src/storage/redis/guesses';
import { isRedisUnavailable } from '../../../src/storage/redis/errors';
import { useRedis } from './support';

const redis = useRedis();
const guesses = (rule = GUESS_RULE) => createGuesses(redis.connections.limits, 'promo', rule);

describe('wrong promo codes', () => {
  it('five within ten minutes lock out for fifteen, whoever counts; others are not', async () => {
    const [one, other] = [guesses(), createGuesses((await redis.replica()).limits, 'promo')];
    for (let n = 0; n < 4; n += 1) expect(await (n % 2 === 0 ? one : other).wrong(7)).toBe(0);
    expect(await one.lockedForMs(7)).toBe(0);
    expect(await other.wrong(7)).toBe(15 * 60_000);
    expect(await one.lockedForMs(7)).toBeGreaterThan(14 * 60_000);
    expect(await one.lockedForMs(8)).toBe(0);
  });

  it('many at once lock out, too', async () => {
    const told = await Promise.all(Array.from({ length: 20 }, () => guesses().wrong(9)));
    expect(told.filter((ms) => ms > 0)).toHaveLength(4);
    expect(await guesses().lockedForMs(9)).toBeGreaterThan(0);
  });

  it('older ones do not count, and a lock ends', async () => {
    const short = guesses({ limit: 2, windowMs: 1, lockMs: 1 });
    await short.wrong(7);
    await pause(5);
    expect(await short.wrong(7)).toBe(0);
    const locks = guesses({ limit: 1, windowMs: 60_000, lockMs: 20 });
    expect(await locks.wrong(7)).toBe(20);
    await pause(40);
    expect(await locks.lockedForMs(7)).toBe(0);
  });

  it('another value in the way is dropped', async () => {
    await redis.connections.limits.set('promo:{7}:wrong', 'x', 'PX', 1_000);
    expect(await guesses().wrong(7)).toBe(0);
  });

  it('nobody can say while Redis is away', async () => {
    await redis.server.stop();
    await redis.noticed('degraded');
    const error = await guesses()
      .lockedForMs(7)
      .catch((thrown: unknown) => thrown);
    expect(isRedisUnavailable(error)).toBe(true);
  });
});
