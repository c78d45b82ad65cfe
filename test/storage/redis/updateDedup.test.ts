import { describe, expect, it } from '@jest/globals';
import { createUpdateDedup, type UpdateDedupOptions } from '../../../src/storage/redis/updateDedup';
import { waitUntil } from '../../support/wait';
import { untilRenewed, useRedis } from './support';

describe('an update', () => {
  const redis = useRedis();
  const dedup = (options: Partial<UpdateDedupOptions> = {}) =>
    createUpdateDedup({ redis: redis.connections.limits, botId: 1, ...options });
  const KEY = 'update:{1:100}';

  it('delivered twice is acted on once, in this replica and in another', async () => {
    const [one, two] = [dedup(), dedup({ redis: (await redis.replica()).limits })];
    expect(await one.begin(100)).toBe('first');
    expect(await two.begin(100)).toBe('in-progress');
    await one.finish(100);
    expect(await two.begin(100)).toBe('done');
    expect(await one.begin(100)).toBe('done');
    expect(await one.begin(101)).toBe('first');
  });

  it('delivered to many at the same moment is first for one of them', async () => {
    const replicas = [dedup(), dedup()];
    const standings = await Promise.all(Array.from({ length: 50 }, (_, n) => replicas[n % 2]!.begin(100)));
    expect(standings.filter((standing) => standing === 'first')).toHaveLength(1);
  });

  it('of another bot is another update', async () => {
    await dedup().begin(100);
    expect(await dedup({ botId: 2 }).begin(100)).toBe('first');
  });

  it('that could not be handled may be handled at its next delivery', async () => {
    await dedup().begin(100);
    const one = dedup();
    await one.abandon(100);
    expect(await one.begin(100)).toBe('in-progress');
    const two = dedup();
    await two.begin(101);
    await two.abandon(101);
    expect(await one.begin(101)).toBe('first');
  });

  it('whose replica died is not lost', async () => {
    await dedup().begin(100);
    expect(await redis.connections.limits.pttl(KEY)).toBeLessThanOrEqual(10_000);
    await redis.connections.limits.pexpire(KEY, 0);
    expect(await dedup().begin(100)).toBe('first');
  });

  it('stays reserved for a replica that lives, however slow', async () => {
    const slow = dedup({ leaseMs: 9_000 });
    await slow.begin(100);
    await untilRenewed(redis.connections.limits, KEY);
    expect(await dedup().begin(100)).toBe('in-progress');
    await slow.finish(100);
  });

  it('does not stay reserved for longer than anything may take, though its replica lives', async () => {
    await dedup({ leaseMs: 300, longestMs: 1_000 }).begin(100);
    const other = dedup();
    await waitUntil(async () => (await other.begin(100)) === 'first', { what: 'the reservation runs out' });
  });

  it('that has been handled is not reserved any more', async () => {
    const one = dedup();
    await one.begin(100);
    await one.abandon(100);
    const two = dedup();
    expect(await two.begin(100)).toBe('first');
  });

  it('stays done for the day that Telegram may deliver it again', async () => {
    const one = dedup();
    await one.begin(100);
    await one.finish(100);
    await one.abandon(100);
    expect(await one.begin(100)).toBe('done');
    expect(await redis.connections.limits.ttl(KEY)).toBeGreaterThan(86_000);
  });

  it('is not blocked for ever by a key that is not ours', async () => {
    await redis.connections.limits.set(KEY, 'x');
    expect(await dedup().begin(100)).toBe('first');
    await redis.connections.limits.lpush('update:{1:101}', 'x');
    expect(await dedup().begin(101)).toBe('first');
    await redis.connections.limits.multi().lpush('update:{1:102}', 'x').expire('update:{1:102}', 60).exec();
    expect(await dedup().begin(102)).toBe('first');
  });

  it('is handled while Redis is away', async () => {
    await redis.server.kill();
    await redis.noticed('degraded');
    const one = dedup();
    expect(await one.begin(100)).toBe('first');
    await one.finish(100);
    await one.abandon(100);
  });
});
