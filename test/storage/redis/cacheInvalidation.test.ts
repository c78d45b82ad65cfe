import { describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { z } from 'zod';
import { createCache } from '../../../src/storage/redis/cache';
import { ALL, createShopCaches } from '../../../src/storage/redis/caches';
import { createPaymentData } from '../../../src/storage/redis/paymentData';
import { createCacheInvalidation } from '../../../src/storage/redis/cacheInvalidation';
import { useRedis } from './support';

const KEYS = [
  'cache:{activeLocations:all}',
  'cache:{activeServers:de}',
  'cache:{activeServers:nl}',
  'cache:{userSubscriptions:5}',
  'cache:{userSubscriptions:6}',
  'cache:{user:5}',
  'cache:{user:6}',
];

describe('what a writer tells the bots', () => {
  const redis = useRedis();
  const invalidation = () => createCacheInvalidation(redis.connections.cache, pino({ level: 'silent' }));

  /** A bot has everything in its caches. @returns what is gone after `change` */
  async function goneAfter(change: () => Promise<void>): Promise<string[]> {
    const { cache } = redis.connections;
    const shapes = { location: z.string(), server: z.string(), user: z.string(), subscription: z.string() };
    const caches = createShopCaches(createCache({ redis: cache, now: Date.now }), shapes);
    await caches.activeLocations.get(ALL, async () => ['x']);
    for (const code of ['nl', 'de']) await caches.activeServers.get(code, async () => ['x']);
    for (const id of [5, 6]) {
      await caches.user.get(id, async () => 'x');
      await caches.userSubscriptions.get(id, async () => ['x']);
    }
    expect((await cache.keys('*')).toSorted()).toEqual(KEYS.toSorted());
    await change();
    const left = await cache.keys('*');
    return KEYS.filter((key) => !left.includes(key));
  }

  it.each<[string, (told: ReturnType<typeof invalidation>) => Promise<void>, string[]]>([
    [
      'a purchase',
      (told) => told.invalidatePurchase({ userId: 5, locationCode: 'nl' }),
      ['cache:{activeServers:nl}', 'cache:{userSubscriptions:5}'],
    ],
    ['a delivery', (told) => told.invalidateSubscriptions(5), ['cache:{userSubscriptions:5}']],
    ['a server that was switched off', (told) => told.invalidateServers('de'), ['cache:{activeServers:de}']],
    ['that somebody blocked the bot', (told) => told.invalidateUser(5), ['cache:{user:5}']],
    [
      'a catalogue in which nothing changed',
      (told) => told.invalidateCatalogue({ locationCodes: [], shownInSubscriptions: false }),
      [],
    ],
    [
      'a new server',
      (told) => told.invalidateCatalogue({ locationCodes: ['de'], shownInSubscriptions: false }),
      ['cache:{activeLocations:all}', 'cache:{activeServers:de}'],
    ],
    [
      'a panel that moved to another address',
      (told) => told.invalidateCatalogue({ locationCodes: ['nl'], shownInSubscriptions: true }),
      [
        'cache:{activeLocations:all}',
        'cache:{activeServers:nl}',
        'cache:{userSubscriptions:5}',
        'cache:{userSubscriptions:6}',
      ],
    ],
  ])('of %s: exactly what it changed is invalidated', async (_, change, gone) => {
    expect(await goneAfter(() => change(invalidation()))).toEqual(gone);
  });

  it('a link that was made leads the bot to its workflow by either id, without PostgreSQL, for half an hour; a new server replaces the old', async () => {
    const asked = (): never => {
      throw new Error('PostgreSQL was asked');
    };
    const bots = createPaymentData({
      redis: redis.connections.cache,
      rebuild: { byPaymentId: asked, byProviderRef: asked },
    });
    const made = { id: 'p-1', provider: 'yookassa', providerRef: 'y-1', userId: 5, serverCode: 'nl-1' };
    await invalidation().putPaymentData(made);
    const known = { paymentId: 'p-1', provider: 'yookassa', providerRef: 'y-1', userId: 5, serverCode: 'nl-1' };
    expect(await bots.byPaymentId('p-1')).toEqual(known);
    expect(await bots.byProviderRef('yookassa', 'y-1')).toEqual(known);
    await invalidation().putPaymentData({ ...made, serverCode: 'nl-2' });
    expect(await bots.byProviderRef('yookassa', 'y-1')).toEqual({ ...known, serverCode: 'nl-2' });
    for (const key of await redis.connections.cache.keys('*'))
      expect(await redis.connections.cache.ttl(key)).toBeGreaterThan(29 * 60);
  });

  it('never fails because Redis is away', async () => {
    await redis.server.kill();
    await redis.noticed('degraded');
    const told = invalidation();
    await told.invalidatePurchase({ userId: 5, locationCode: 'nl' });
    await told.invalidateUser(5);
    await told.invalidateCatalogue({ locationCodes: ['nl'], shownInSubscriptions: true });
    await told.putPaymentData({ id: 'p', provider: 'yookassa', providerRef: 'y', userId: 5, serverCode: null });
    // What is owed is made up for when it is back; the next test would find it.
    await redis.server.restart();
    await redis.noticed('ready');
  });
});
