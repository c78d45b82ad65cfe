import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createCache } from '../../../src/storage/redis/cache';
import { createRedisConnections, type RedisConnections } from '../../../src/storage/redis/connections';
import { createLimiter } from '../../../src/storage/redis/limits';
import { startRedis, type TestRedis } from '../../support/redis';
import { countingStore, DIALOG } from './counting';
import { LONG_TIME_LIMIT } from './support';

/** What ops/redis/start.sh sets, as `redis-server` takes it. */
const OURS = [
  ...readFileSync(path.resolve(__dirname, '../../../ops/redis/start.sh'), 'utf8').matchAll(/^(maxmemory-\w+) (\S+)$/gm),
].flatMap(([, name, value]) => [`--${name}`, value!]);
const ENTRY = 'x'.repeat(10_000);
/** Redis measures in seconds when a key was last used. */
const A_TICK_MS = 2_100;

let server: TestRedis | undefined;
let connections: RedisConnections | undefined;
afterEach(async () => {
  await connections?.close();
  await server?.close();
});

async function withMemory(...policy: string[]) {
  server = await startRedis({ settings: ['--maxmemory', '8mb', ...policy] });
  connections = createRedisConnections({ url: server.url, ...LONG_TIME_LIMIT });
  await connections.ready(20_000);
  const cached = createCache({ redis: connections.cache, now: Date.now }).define({
    name: 'thing',
    ttlSeconds: 60,
    schema: z.string(),
  });
  const fill = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n += 1) await cached.get(n, async () => ENTRY);
  };
  return {
    fill,
    dialogs: countingStore(connections.fsm),
    payments: createLimiter({
      redis: connections.limits,
      name: 'pay',
      limit: 3,
      windowMs: 300_000,
      onUnavailable: 'refuse',
    }),
  };
}

describe('a Redis that is full', () => {
  it('as we set it up keeps what is in use, goes on writing, and drops what nobody has looked at', async () => {
    expect(OURS).toContain('volatile-lru');
    const { fill, dialogs, payments } = await withMemory(...OURS);
    await fill(0, 500);
    await pause(A_TICK_MS);
    await dialogs.write(DIALOG, { name: 'counting', n: 7 });
    for (let n = 0; n < 2; n += 1) await payments.hit(5);
    await fill(500, 1_000);
    expect(Number(/evicted_keys:(\d+)/.exec(await connections!.cache.info('stats'))![1])).toBeGreaterThan(100);
    expect(await dialogs.read(DIALOG)).toMatchObject({ state: { n: 7 }, status: 'live' });
    expect(await payments.hit(5)).toMatchObject({ allowed: true, remaining: 0, unavailable: false });
    expect(await payments.hit(5)).toMatchObject({ allowed: false, unavailable: false });
  });

  it('with noeviction takes no money any more: why it is not what we set', async () => {
    const { fill, payments } = await withMemory('--maxmemory-policy', 'noeviction');
    await fill(0, 1_000);
    expect(await payments.hit(5)).toMatchObject({ allowed: false, unavailable: true });
  });
});
