import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { RedisUnavailableError } from '../../../src/storage/redis/errors';
import { createFsmStore } from '../../../src/storage/redis/fsm';
import { countingStore, DIALOG } from './counting';
import { startChild, useRedis } from './support';

const KEY = 'fsm:{1:5:5}';
const plusOne = (state: { n: number }) => ({ name: 'counting' as const, n: state.n + 1 });

describe('a dialog', () => {
  const redis = useRedis();
  const store = (options: Parameters<typeof countingStore>[1] = {}) => countingStore(redis.connections.fsm, options);

  it('begins with nothing', async () => {
    expect(await store().read(DIALOG)).toEqual({ state: { name: 'idle', n: 0 }, status: 'none', expired: false });
  });

  it('goes on in another replica, and after a restart of the bot', async () => {
    await store().write(DIALOG, { name: 'counting', n: 7 });
    const elsewhere = countingStore((await redis.replica()).fsm);
    expect(await elsewhere.read(DIALOG)).toEqual({ state: { name: 'counting', n: 7 }, status: 'live', expired: false });
  });

  it('belongs to one bot, one chat and one user', async () => {
    await store().write(DIALOG, { name: 'counting', n: 7 });
    for (const other of [
      { chatId: 6, userId: 5 },
      { chatId: 5, userId: 6 },
    ])
      expect((await store().read(other)).status).toBe('none');
    expect((await store({ botId: 2 }).read(DIALOG)).status).toBe('none');
  });

  it('loses none of ten updates made at once', async () => {
    const one = store();
    const finals = await Promise.all(Array.from({ length: 10 }, () => one.update(DIALOG, plusOne)));
    expect(finals.map((state) => state.n).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await one.read(DIALOG)).state.n).toBe(10);
  });

  it('loses none of the updates that two processes make at once', async () => {
    const children = [
      startChild('fsm-adder', redis.server.url, 40, 2),
      startChild('fsm-adder', redis.server.url, 40, 2),
    ];
    await Promise.all(children.map((child) => child.end()));
    expect((await store().read(DIALOG)).state.n).toBe(80);
  });

  it('decides again when another replica wrote between reading and writing', async () => {
    const elsewhere = store();
    const seen: number[] = [];
    let interfere: Promise<void> | undefined;
    await store().update(DIALOG, (state) => {
      seen.push(state.n);
      // One connection keeps its order: this write reaches Redis before ours.
      interfere ??= elsewhere.write(DIALOG, { name: 'counting', n: 100 });
      return plusOne(state);
    });
    await interfere;
    expect(seen).toEqual([0, 100]);
    expect((await store().read(DIALOG)).state.n).toBe(101);
  });

  it('is not overwritten by somebody who read it before it was cleared and begun anew', async () => {
    const { fsm } = redis.connections;
    await store().write(DIALOG, { name: 'counting', n: 1 });
    const before = await fsm.hget(KEY, 'rev');
    await store().clear(DIALOG);
    await store().write(DIALOG, { name: 'counting', n: 1 });
    expect(await fsm.hget(KEY, 'rev')).not.toBe(before);
  });

  it('may be looked at without changing it', async () => {
    await store().write(DIALOG, { name: 'counting', n: 3 });
    const rev = await redis.connections.fsm.hget(KEY, 'rev');
    expect(await store().update(DIALOG, () => undefined)).toEqual({ name: 'counting', n: 3 });
    expect(await redis.connections.fsm.hget(KEY, 'rev')).toBe(rev);
  });

  it('lives for an hour after its last use', async () => {
    const { fsm } = redis.connections;
    await store().write(DIALOG, { name: 'counting', n: 1 });
    expect(await fsm.pttl(KEY)).toBeGreaterThan(3_590_000);
    expect(await fsm.pttl(KEY)).toBeLessThanOrEqual(3_600_000);
    await fsm.pexpire(KEY, 60_000);
    await store().read(DIALOG);
    expect(await fsm.pttl(KEY)).toBeGreaterThan(3_590_000);
  });

  it('is known as expired when its time is over, until that was said', async () => {
    const { fsm } = redis.connections;
    await store().write(DIALOG, { name: 'counting', n: 1 });
    await fsm.pexpire(KEY, 0);
    expect(await store().read(DIALOG)).toEqual({ state: { name: 'idle', n: 0 }, status: 'none', expired: true });
    expect(await fsm.ttl(`${KEY}:was`)).toBeGreaterThan(86_000);
    await store().clear(DIALOG);
    expect((await store().read(DIALOG)).expired).toBe(false);
  });

  it('that has ended properly has not expired', async () => {
    await store().write(DIALOG, { name: 'counting', n: 1 });
    await store().write(DIALOG, { name: 'idle', n: 0 });
    await redis.connections.fsm.pexpire(KEY, 0);
    expect((await store().read(DIALOG)).expired).toBe(false);
  });

  it.each<[string, string, (fsm: typeof redis.connections.fsm) => Promise<unknown>]>([
    ['corrupt JSON', 'json', (fsm) => fsm.hset(KEY, 'data', '{"name":')],
    ['a state this version does not know', 'schema', (fsm) => fsm.hset(KEY, 'data', '{"name":"flying","n":1}')],
    ['a field of the wrong type', 'schema', (fsm) => fsm.hset(KEY, 'data', '{"name":"counting","n":"1"}')],
    ['a state of an older version', 'version', (fsm) => fsm.hset(KEY, 'version', '2')],
    ['a state without a version', 'version', (fsm) => fsm.hdel(KEY, 'version')],
    ['a state without its data', 'json', (fsm) => fsm.hdel(KEY, 'data')],
    ['a key of another type', 'type', (fsm) => fsm.set(KEY, 'text')],
    ['an empty shell', 'version', (fsm) => fsm.hdel(KEY, 'rev', 'version', 'data').then(() => fsm.hset(KEY, 'x', '1'))],
  ])('drops %s, counts it and goes on', async (_, reason, spoil) => {
    const onUnreadable = jest.fn();
    const one = store({ onUnreadable });
    await one.write(DIALOG, { name: 'counting', n: 1 });
    await spoil(redis.connections.fsm);
    expect(await one.read(DIALOG)).toEqual({ state: { name: 'idle', n: 0 }, status: 'unreadable', expired: false });
    expect(onUnreadable.mock.calls).toEqual([[{ store: 'fsm', reason }]]);
    expect(await one.read(DIALOG)).toMatchObject({ status: 'none', expired: false });
    await spoil(redis.connections.fsm);
    expect(await one.update(DIALOG, plusOne)).toEqual({ name: 'counting', n: 1 });
    expect((await one.read(DIALOG)).status).toBe('live');
  });

  it('is set by a command whatever was there', async () => {
    await redis.connections.fsm.set(KEY, 'text');
    await store().write(DIALOG, { name: 'counting', n: 2 });
    expect((await store().read(DIALOG)).state.n).toBe(2);
  });

  it('restarts politely when Redis was emptied', async () => {
    await store().write(DIALOG, { name: 'counting', n: 2 });
    await redis.connections.fsm.flushall();
    expect((await store().read(DIALOG)).status).toBe('none');
    expect(await store().update(DIALOG, plusOne)).toEqual({ name: 'counting', n: 1 });
  });

  it('cannot be read while Redis is away, and can again after', async () => {
    const one = store();
    await one.write(DIALOG, { name: 'counting', n: 2 });
    await redis.server.kill();
    await redis.noticed('degraded');
    await expect(one.read(DIALOG)).rejects.toThrow(RedisUnavailableError);
    await expect(one.update(DIALOG, plusOne)).rejects.toThrow(RedisUnavailableError);
    await expect(one.write(DIALOG, { name: 'idle', n: 0 })).rejects.toThrow(RedisUnavailableError);
    await redis.server.restart();
    await redis.noticed('ready');
    expect(await one.update(DIALOG, plusOne)).toEqual({ name: 'counting', n: 1 });
  });

  it('keeps the fields of a real union', async () => {
    const schema = z.discriminatedUnion('name', [
      z.object({ name: z.literal('idle') }),
      z.object({ name: z.literal('awaitingPromo'), paymentId: z.string() }),
    ]);
    const union = createFsmStore<z.infer<typeof schema>>({
      redis: redis.connections.fsm,
      botId: 9,
      schema,
      version: 1,
      initial: { name: 'idle' },
    });
    await union.update(DIALOG, () => ({ name: 'awaitingPromo', paymentId: 'абв' }));
    expect((await union.read(DIALOG)).state).toEqual({ name: 'awaitingPromo', paymentId: 'абв' });
  });
});
