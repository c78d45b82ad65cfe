import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { createCache, type CachedSpec, type CacheOptions } from '../../../src/storage/redis/cache';
import { ALL, createShopCaches } from '../../../src/storage/redis/caches';
import { waitUntil } from '../../support/wait';
import { startChild, useRedis } from './support';

const KEY = 'cache:{thing:one}';
const LOCK = `${KEY}:load`;

describe('the cache', () => {
  const redis = useRedis();
  /** Waits long for a load elsewhere: nobody loads alone because a process stood still. */
  const cacheOf = (options: Partial<CacheOptions> = {}) =>
    createCache({ redis: redis.connections.cache, now: () => performance.now(), waitMs: 15_000, ...options });
  const thing = (options: Partial<CacheOptions> = {}, spec: Partial<CachedSpec<string>> = {}) =>
    cacheOf(options).define({ name: 'thing', ttlSeconds: 60, schema: z.string(), ...spec });

  /** A load that ends when the test says so. */
  function slowLoad(): {
    load: () => Promise<string>;
    begun: () => Promise<unknown>;
    end(value: string): void;
    fail(error: Error): void;
    calls(): number;
  } {
    let calls = 0;
    let end!: (value: string) => void;
    let fail!: (error: Error) => void;
    const load = () => {
      calls += 1;
      return new Promise<string>((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
    };
    return {
      load,
      begun: () => waitUntil(() => calls > 0),
      end: (value) => end(value),
      fail: (error) => fail(error),
      calls: () => calls,
    };
  }

  it('loads once and answers from Redis afterwards, in every replica', async () => {
    const load = jest.fn(async () => 'loaded');
    const hooks = { onHit: jest.fn(), onMiss: jest.fn(), onLoad: jest.fn() };
    const one = thing({ hooks });
    const elsewhere = thing({ redis: (await redis.replica()).cache });
    expect(await one.get('one', load)).toBe('loaded');
    expect(await one.get('one', load)).toBe('loaded');
    expect(await elsewhere.get('one', load)).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
    expect(hooks.onMiss.mock.calls).toEqual([['thing']]);
    expect(hooks.onHit.mock.calls).toEqual([['thing']]);
    expect(hooks.onLoad.mock.calls).toEqual([['thing', { ms: expect.any(Number), outcome: 'stored' }]]);
  });

  it('makes one load of 500 concurrent misses', async () => {
    const one = thing();
    const load = jest.fn(async () => {
      await pause(50);
      return 'loaded';
    });
    const answers = await Promise.all(Array.from({ length: 500 }, () => one.get('one', load)));
    expect(answers.every((answer) => answer === 'loaded')).toBe(true);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('makes one load of 500 concurrent misses in two connections and of 500 in two processes', async () => {
    const caches = [thing(), thing({ redis: (await redis.replica()).cache })];
    const load = jest.fn(async () => {
      await pause(50);
      return 'loaded';
    });
    await Promise.all(Array.from({ length: 500 }, (_, n) => caches[n % 2]!.get('one', load)));
    expect(load).toHaveBeenCalledTimes(1);

    await thing().invalidate('one');
    const children = [
      startChild('cache-reader', redis.server.url, 250, 2),
      startChild('cache-reader', redis.server.url, 250, 2),
    ];
    await Promise.all(children.map((child) => child.end()));
    expect(children.map((child) => child.lines)).toEqual([['answers 250'], ['answers 250']]);
    expect(await redis.connections.limits.get('loads')).toBe('1');
  });

  it('lets entries end up to a tenth earlier than said, so that they do not all end at once', async () => {
    const one = thing();
    const ttls: number[] = [];
    const begun = performance.now();
    for (let n = 0; n < 30; n += 1) {
      await one.get(n, async () => 'x');
      ttls.push(await redis.connections.cache.pttl(`cache:{thing:${n}}`));
    }
    expect(Math.max(...ttls)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...ttls)).toBeGreaterThan(53_000 - (performance.now() - begun));
    expect(new Set(ttls).size).toBeGreaterThan(10);
  });

  it('keeps briefly that there is none, where asked to', async () => {
    const load = jest.fn(async () => undefined);
    const one = thing({}, { negativeTtlSeconds: 30 });
    expect(await one.get('one', load)).toBeUndefined();
    expect(await one.get('one', load)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    expect(await redis.connections.cache.pttl(KEY)).toBeLessThanOrEqual(30_000);

    await thing().get('two', load);
    await thing().get('two', load);
    expect(load).toHaveBeenCalledTimes(3);
  });

  it('shows a change at once after it was invalidated', async () => {
    const one = thing();
    await one.get('one', async () => 'before');
    await one.invalidate('one');
    expect(await one.get('one', async () => 'after')).toBe('after');
  });

  it('invalidates all entries of one cache at once, also those that are just being loaded, and no others', async () => {
    const one = thing();
    const other = thing({}, { name: 'thingElse' });
    for (let n = 0; n < 1_200; n += 1) await one.get(n, async () => 'before');
    await other.get(1, async () => 'before');
    const slow = slowLoad();
    const early = one.get('one', slow.load);
    await slow.begun();
    await thing({ redis: (await redis.replica()).cache }).invalidateAll();
    slow.end('before');
    await early;
    const load = jest.fn(async () => 'after');
    for (const id of ['one', 0, 600, 1_199]) expect(await one.get(id, load)).toBe('after');
    expect(await other.get(1, load)).toBe('before');
    expect(await redis.connections.cache.keys('cache:{thing:*')).toHaveLength(4);
  });

  it.each(['this replica', 'another replica'])(
    'never stores what was read before a change that %s made',
    async (who) => {
      const hooks = { onLoad: jest.fn() };
      const one = thing({ hooks });
      const writer = who === 'this replica' ? one : thing({ redis: (await redis.replica()).cache });
      const slow = slowLoad();
      const early = one.get('one', slow.load);
      await slow.begun();
      await writer.invalidate('one');
      // Who asks after the change does not join the load from before it.
      expect(await one.get('one', async () => 'after')).toBe('after');
      slow.end('before');
      expect(await early).toBe('before');
      expect(await one.get('one', async () => 'again')).toBe('after');
      expect(hooks.onLoad.mock.calls.map(([, load]) => (load as { outcome: string }).outcome)).toEqual([
        'stored',
        'superseded',
      ]);
    },
  );

  it('stores nothing after Redis was emptied under a load', async () => {
    const one = thing();
    const slow = slowLoad();
    const early = one.get('one', slow.load);
    await slow.begun();
    await redis.connections.cache.flushall();
    slow.end('before');
    await early;
    expect(await redis.connections.cache.exists(KEY)).toBe(0);
  });

  it('passes a failed load on to those who waited for it, and the next one loads again', async () => {
    const one = thing();
    const slow = slowLoad();
    const waiting = [one.get('one', slow.load), one.get('one', slow.load)];
    await slow.begun();
    await waitUntil(() => redis.connections.cache.exists(LOCK));
    slow.fail(new Error('PostgreSQL is away'));
    // The second may have asked after the first had failed; then it loads by itself.
    await expect(waiting[0]).rejects.toThrow('PostgreSQL is away');
    if (slow.calls() === 2) slow.end('late');
    await waiting[1]!.catch(() => undefined);
    expect(await one.get('two', async () => 'ok')).toBe('ok');
    expect(await redis.connections.cache.exists(LOCK)).toBe(0);
  });

  it('does not wait for ever for a load elsewhere', async () => {
    const hooks = { onBypass: jest.fn() };
    await redis.connections.cache.set(LOCK, 'a replica that hangs', 'PX', 60_000);
    expect(await thing({ waitMs: 100, hooks }).get('one', async () => 'own')).toBe('own');
    expect(hooks.onBypass).toHaveBeenCalledTimes(1);
    expect(await redis.connections.cache.exists(KEY)).toBe(0);
  });

  it('loads itself when the replica that was loading died', async () => {
    await redis.connections.cache.set(LOCK, 'a replica that died', 'PX', 100);
    expect(await thing().get('one', async () => 'own')).toBe('own');
    expect(await redis.connections.cache.exists(KEY)).toBe(1);
  });

  it.each<[string, string, (cache: typeof redis.connections.cache) => Promise<unknown>]>([
    ['corrupt JSON', 'json', (cache) => cache.set(KEY, '{"value":')],
    ['a value of another shape', 'schema', (cache) => cache.set(KEY, '{"value":{"old":"format"}}')],
    ['a value that is no envelope', 'schema', (cache) => cache.set(KEY, '"text"')],
    ['a key of another type', 'type', (cache) => cache.hset(KEY, 'a', 'b')],
  ])('drops %s, counts it and loads', async (_, reason, spoil) => {
    const hooks = { onUnreadable: jest.fn() };
    await spoil(redis.connections.cache);
    const load = jest.fn(async () => 'loaded');
    const one = thing({ hooks });
    expect(await one.get('one', load)).toBe('loaded');
    expect(hooks.onUnreadable.mock.calls).toEqual([[{ store: 'cache thing', reason }]]);
    expect(await one.get('one', load)).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (cache: typeof redis.connections.cache) => Promise<unknown>]>([
    ['has no end', (cache) => cache.set(LOCK, 'forever')],
    ['is of another type', (cache) => cache.multi().lpush(LOCK, 'x').expire(LOCK, 60).exec()],
  ])('is not stopped by a load lock that %s', async (_, spoil) => {
    await spoil(redis.connections.cache);
    expect(await thing().get('one', async () => 'own')).toBe('own');
    expect(await redis.connections.cache.exists(KEY)).toBe(1);
  });

  describe('while Redis is away', () => {
    const away = async () => {
      await redis.server.kill();
      await redis.noticed('degraded');
    };

    it('reads the truth with a bounded number of loads at once', async () => {
      const hooks = { onBypass: jest.fn() };
      const one = thing({ maxBypassLoads: 3, hooks });
      await away();
      let running = 0;
      let most = 0;
      const load = async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(5);
        running -= 1;
        return 'loaded';
      };
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => one.get(n, load)));
      expect(answers.every((answer) => answer === 'loaded')).toBe(true);
      expect(most).toBe(3);
      expect(hooks.onBypass).toHaveBeenCalledTimes(30);
    });

    it('joins only loads that have not begun, so that nobody gets what was read before their own change', async () => {
      const one = thing({ maxBypassLoads: 1 });
      await away();
      const slow = slowLoad();
      const early = one.get('one', slow.load);
      await slow.begun();
      const load = jest.fn(async () => 'after');
      const late = Promise.all(Array.from({ length: 20 }, () => one.get('one', load)));
      slow.end('before');
      expect(await early).toBe('before');
      expect(new Set(await late)).toEqual(new Set(['after']));
      expect(load).toHaveBeenCalledTimes(1);
    });

    it('goes on after a failed load', async () => {
      const one = thing({ maxBypassLoads: 1 });
      await away();
      await expect(one.get('one', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(await one.get('one', async () => 'yes')).toBe('yes');
    });

    it('keeps a load whose Redis went away in its middle', async () => {
      const one = thing();
      const slow = slowLoad();
      const answer = one.get('one', slow.load);
      await slow.begun();
      await away();
      slow.end('loaded');
      expect(await answer).toBe('loaded');
    });
  });

  it('makes up for an invalidation that Redis missed, and does not show the old value until then', async () => {
    const { cache } = redis.connections;
    const one = thing();
    await one.get('one', async () => 'before');
    // Only this replica has lost its connection; the value is still there for all others.
    const cut = (await redis.replica()).cache;
    const here = thing({ redis: cut });
    cut.disconnect();
    await waitUntil(() => cut.status === 'end');
    await here.invalidate('one');
    // At once: a client that has ended for good is not tried again by itself.
    const [there] = await Promise.all([cache.exists(KEY), cut.connect()]);
    expect(there).toBe(1);
    expect(await here.get('one', async () => 'after')).toBe('after');
    await waitUntil(async () => (await cache.exists(KEY)) === 0 || (await cache.get(KEY))?.includes('after'));
  });

  it('fills itself again after Redis was stopped and started', async () => {
    const one = thing();
    await one.get('one', async () => 'before');
    await redis.server.kill();
    await redis.noticed('degraded');
    expect(await one.get('one', async () => 'direct')).toBe('direct');
    await redis.server.restart();
    await redis.noticed('ready');
    expect(await one.get('one', async () => 'loaded')).toBe('loaded');
    expect(await one.get('one', async () => 'again')).toBe('loaded');
  });
});

describe('the caches of the shop', () => {
  const redis = useRedis();

  it('live for 5, 5, 10 and 2 minutes', async () => {
    const { cache } = redis.connections;
    const item = z.object({ code: z.string(), at: z.coerce.date() });
    const begun = performance.now();
    const shop = createShopCaches(createCache({ redis: cache, now: Date.now }), {
      location: item,
      server: item,
      user: item,
      subscription: item,
    });
    const value = { code: 'nl', at: new Date('2026-11-24T00:00:00Z') };
    await shop.activeLocations.get(ALL, async () => [value]);
    await shop.activeServers.get('nl', async () => [value]);
    await shop.user.get(5, async () => value);
    await shop.userSubscriptions.get(5, async () => [value]);

    const minutes = async (key: string): Promise<number> => (await cache.pttl(key)) / 60_000;
    for (const [key, ttl] of [
      ['activeLocations:all', 5],
      ['activeServers:nl', 5],
      ['user:5', 10],
      ['userSubscriptions:5', 2],
    ] as const) {
      expect(await minutes(`cache:{${key}}`)).toBeLessThanOrEqual(ttl);
      expect(await minutes(`cache:{${key}}`)).toBeGreaterThan(ttl * 0.89 - (performance.now() - begun) / 60_000);
    }
    expect(await shop.userSubscriptions.get(5, async () => [])).toEqual([value]);
  });
});
