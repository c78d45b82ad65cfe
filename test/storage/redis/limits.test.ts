import { describe, expect, it, jest } from '@jest/globals';
import { MINUTE_MS } from '../../../src/domain/duration';
import { createLimiter, createLimits, LIMITS, type LimiterOptions } from '../../../src/storage/redis/limits';
import { useRedis } from './support';

const START = Date.parse('2026-11-24T12:00:00Z');

describe('a limit', () => {
  const redis = useRedis();
  let time = START;
  const limiter = (options: Partial<LimiterOptions> = {}) =>
    createLimiter({
      redis: redis.connections.limits,
      name: 'test',
      limit: 3,
      windowMs: MINUTE_MS,
      now: () => time,
      onUnavailable: 'allow',
      ...options,
    });
  const at = (ms: number): void => {
    time = START + ms;
  };

  it('allows exactly so many, counting down, and refuses the next', async () => {
    at(0);
    const one = limiter();
    expect(await one.hit(5)).toEqual({
      allowed: true,
      remaining: 2,
      retryAfterMs: 0,
      notify: false,
      unavailable: false,
    });
    expect(await one.hit(5)).toMatchObject({ allowed: true, remaining: 1 });
    expect(await one.hit(5)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await one.hit(5)).toEqual({
      allowed: false,
      remaining: 0,
      retryAfterMs: MINUTE_MS,
      notify: true,
      unavailable: false,
    });
    expect(await one.hit(6)).toMatchObject({ allowed: true, remaining: 2 });
    expect(await limiter({ name: 'another' }).hit(5)).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('slides: each attempt comes free exactly one window after it was made, not a millisecond before', async () => {
    const one = limiter();
    for (const ms of [0, 10_000, 20_000]) {
      at(ms);
      expect((await one.hit(5)).allowed).toBe(true);
    }
    at(MINUTE_MS - 1);
    expect(await one.hit(5)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    at(MINUTE_MS);
    expect(await one.hit(5)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await one.hit(5)).toMatchObject({ allowed: false, retryAfterMs: 10_000 });
    at(MINUTE_MS + 9_999);
    expect((await one.hit(5)).allowed).toBe(false);
    at(MINUTE_MS + 10_000);
    expect((await one.hit(5)).allowed).toBe(true);
  });

  it('never lets more than its number through in any window, also across a fixed window edge', async () => {
    const one = limiter({ limit: 10 });
    const allowed: number[] = [];
    for (let ms = 0; ms < 5 * MINUTE_MS; ms += 777) {
      at(ms);
      if ((await one.hit(5)).allowed) allowed.push(ms);
    }
    expect(allowed.length).toBeGreaterThan(45);
    for (const from of allowed)
      expect(allowed.filter((ms) => ms >= from && ms < from + MINUTE_MS).length).toBeLessThanOrEqual(10);
  });

  it('does not punish refused attempts', async () => {
    const one = limiter();
    at(0);
    for (let n = 0; n < 50; n += 1) await one.hit(5);
    at(MINUTE_MS);
    expect(await one.hit(5)).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('notifies once in a blocking episode, and again in the next one', async () => {
    const one = limiter();
    const notes: number[] = [];
    const hit = async (ms: number): Promise<void> => {
      at(ms);
      if ((await one.hit(5)).notify) notes.push(ms);
    };
    for (let n = 0; n < 8; n += 1) await hit(n);
    expect(notes).toEqual([3]);
    for (let n = 0; n < 8; n += 1) await hit(MINUTE_MS + 10 + n);
    expect(notes).toEqual([3, MINUTE_MS + 13]);
  });

  it('notifies only once when somebody stays at the limit', async () => {
    const one = limiter();
    let notes = 0;
    for (let ms = 0; ms < 10 * MINUTE_MS; ms += 1_000) {
      at(ms);
      if ((await one.hit(5)).notify) notes += 1;
    }
    expect(notes).toBe(1);
  });

  it('of one attempt notifies again after each pause', async () => {
    const onUnreadable = jest.fn();
    const one = limiter({ limit: 1, onUnreadable });
    const verdicts = [];
    for (const ms of [0, 1, 2, MINUTE_MS, MINUTE_MS + 1, MINUTE_MS + 2]) {
      at(ms);
      const { allowed, notify } = await one.hit(5);
      verdicts.push([allowed, notify]);
    }
    expect(verdicts).toEqual([
      [true, false],
      [false, true],
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(onUnreadable).not.toHaveBeenCalled();
  });

  it('lets no more through when replicas ask at the same moment, and only one of them tells', async () => {
    at(0);
    const replicas = [limiter({ limit: 10 }), limiter({ limit: 10, redis: (await redis.replica()).limits })];
    const verdicts = await Promise.all(Array.from({ length: 100 }, (_, n) => replicas[n % 2]!.hit(5)));
    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(10);
    expect(verdicts.filter((verdict) => verdict.notify)).toHaveLength(1);
  });

  it('takes one round trip', async () => {
    at(0);
    const { limits } = await redis.replica();
    const one = limiter({ redis: limits });
    await one.hit(5);
    const send = jest.spyOn(limits, 'sendCommand');
    await one.hit(5);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('leaves nothing behind after a window, whether it refused or not', async () => {
    at(0);
    const { limits } = redis.connections;
    for (let n = 0; n < 5; n += 1) await limiter().hit(5);
    expect(await limits.dbsize()).toBe(1);
    for (const key of await limits.keys('*')) {
      expect(await limits.pttl(key)).toBeGreaterThan(MINUTE_MS - 5_000);
      expect(await limits.pttl(key)).toBeLessThanOrEqual(MINUTE_MS);
    }
  });

  it('goes by the clock of Redis unless told otherwise', async () => {
    const { now: _, ...options }: LimiterOptions = {
      redis: redis.connections.limits,
      name: 'real',
      limit: 1,
      windowMs: MINUTE_MS,
      now: () => 0,
      onUnavailable: 'allow',
    };
    const one = createLimiter(options);
    expect((await one.hit(5)).allowed).toBe(true);
    const { allowed, retryAfterMs } = await one.hit(5);
    expect(allowed).toBe(false);
    expect(retryAfterMs).toBeGreaterThan(MINUTE_MS - 5_000);
    expect(retryAfterMs).toBeLessThanOrEqual(MINUTE_MS);
  });

  it('takes a lowered number at once, with the right time to wait', async () => {
    for (const ms of [0, 1_000, 2_000]) {
      at(ms);
      await limiter().hit(5);
    }
    expect(await limiter({ limit: 1 }).hit(5)).toMatchObject({ allowed: false, retryAfterMs: MINUTE_MS });
  });

  it.each<[string, (limits: typeof redis.connections.limits) => Promise<unknown>]>([
    ['a key of another type', (limits) => limits.set('limit:{test:5}', 'x')],
    ['a time that is none', (limits) => limits.lpush('limit:{test:5}', 'x')],
    ['a time far in the future', (limits) => limits.lpush('limit:{test:5}', String(START + 100 * MINUTE_MS))],
  ])('starts anew over %s, which is counted', async (_, spoil) => {
    at(0);
    const onUnreadable = jest.fn();
    await spoil(redis.connections.limits);
    expect(await limiter({ onUnreadable }).hit(5)).toMatchObject({ allowed: true, remaining: 2 });
    expect(onUnreadable.mock.calls).toEqual([[{ store: 'limit test', reason: 'type' }]]);
  });

  it('starts anew over a newest time that is none', async () => {
    at(0);
    await limiter().hit(5);
    await limiter().hit(5);
    await redis.connections.limits.rpush('limit:{test:5}', 'x');
    expect(await limiter().hit(5)).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('is forgotten when Redis is emptied', async () => {
    at(0);
    for (let n = 0; n < 4; n += 1) await limiter().hit(5);
    await redis.connections.limits.flushall();
    expect((await limiter().hit(5)).allowed).toBe(true);
  });

  it('does what its rule says while Redis is away, and counts again after', async () => {
    at(0);
    await redis.server.kill();
    await redis.noticed('degraded');
    expect(await limiter().hit(5)).toMatchObject({ allowed: true, notify: false, unavailable: true });
    expect(await limiter({ onUnavailable: 'refuse' }).hit(5)).toMatchObject({
      allowed: false,
      notify: true,
      unavailable: true,
    });
    await redis.server.restart();
    await redis.noticed('ready');
    expect(await limiter().hit(5)).toMatchObject({ allowed: true, remaining: 2, unavailable: false });
  });

  it('cannot be nonsense', () => {
    for (const bad of [{ limit: 0 }, { limit: 1.5 }, { windowMs: 0 }, { windowMs: Number.NaN }])
      expect(() => limiter(bad)).toThrow(RangeError);
  });

  it('is, in the shop, 10 messages a minute, 3 payment attempts per 5 minutes and 100 requests a minute', async () => {
    expect(LIMITS).toMatchObject({
      messages: { limit: 10, windowMs: MINUTE_MS, onUnavailable: 'allow' },
      paymentAttempts: { limit: 3, windowMs: 5 * MINUTE_MS, onUnavailable: 'refuse' },
      apiRequests: { limit: 100, windowMs: MINUTE_MS, onUnavailable: 'allow' },
    });
    at(0);
    const limits = createLimits({ redis: redis.connections.limits, now: () => time });
    for (const [name, limit] of [
      ['messages', 10],
      ['paymentAttempts', 3],
      ['apiRequests', 100],
    ] as const) {
      for (let n = 0; n < limit; n += 1) expect((await limits[name].hit(5)).allowed).toBe(true);
      expect((await limits[name].hit(5)).allowed).toBe(false);
    }
  });
});
