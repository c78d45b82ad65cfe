import { describe, expect, it, jest } from '@jest/globals';
import { createRedisConnections } from '../../../src/storage/redis/connections';
import { reach, RedisUnavailableError } from '../../../src/storage/redis/errors';
import { freePort } from '../../support/ports';
import { waitUntil } from '../../support/wait';
import { LONG_TIME_LIMIT, quiet, statusesOf, useRedis } from './support';

describe('Redis connections', () => {
  const redis = useRedis();

  it('keep dialogs, cache and limits in databases 0, 1 and 2', async () => {
    const { fsm, cache, limits } = redis.connections;
    await Promise.all([
      fsm.set('where', 0, 'EX', 60),
      cache.set('where', 1, 'EX', 60),
      limits.set('where', 2, 'EX', 60),
    ]);
    expect(await Promise.all([fsm.get('where'), cache.get('where'), limits.get('where')])).toEqual(['0', '1', '2']);
    const list = (await fsm.client('LIST')) as string;
    for (const [use, db] of [
      ['fsm', 0],
      ['cache', 1],
      ['limits', 2],
    ])
      expect(list).toMatch(new RegExp(`name=gigabridge-${use} .*\\bdb=${db}\\b`));
  });

  it('fail at once while Redis is away, say so once, and come back by themselves', async () => {
    const warn = jest.fn();
    const info = jest.fn();
    const watched = createRedisConnections({
      url: redis.server.url,
      ...LONG_TIME_LIMIT,
      logger: { warn, info } as never,
    });
    expect(await watched.ready(20_000)).toBe(true);

    await redis.server.kill();
    await waitUntil(() => statusesOf(watched).every((status) => status === 'degraded'));
    for (let n = 0; n < 50; n += 1)
      await expect(reach('test', () => watched.fsm.get('x'))).rejects.toThrow(RedisUnavailableError);
    await redis.server.restart();
    expect(await watched.ready(20_000)).toBe(true);
    await expect(reach('test', () => watched.fsm.get('x'))).resolves.toBeNull();

    expect(warn).toHaveBeenCalledTimes(3);
    expect(info).toHaveBeenCalledTimes(3);
    await watched.close();
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it('fail a command that was under way when the connection broke, instead of sending it twice', async () => {
    // A time-out far longer than the test's: it is the broken connection that has to end the command.
    const withLongLimit = createRedisConnections({ url: redis.server.url, logger: quiet, commandTimeoutMs: 120_000 });
    await withLongLimit.ready(20_000);
    let outcome: unknown;
    const pending = reach('test', () => withLongLimit.fsm.blpop('nothing', 100)).catch(
      (error: unknown) => (outcome = error),
    );
    await waitUntil(async () => /cmd=blpop/.test((await redis.connections.fsm.client('LIST')) as string));
    await redis.server.kill();
    await redis.noticed('degraded');
    await redis.server.restart();
    await withLongLimit.ready(20_000);
    expect(outcome).toBeInstanceOf(RedisUnavailableError);
    await pending;
    await redis.noticed('ready');
    expect((await redis.connections.fsm.client('LIST')) as string).not.toMatch(/cmd=blpop/);
    await withLongLimit.close();
  });

  it('take a server that hangs for one that is away', async () => {
    const hung = createRedisConnections({ url: redis.server.url, logger: quiet, commandTimeoutMs: 200 });
    await hung.ready(20_000);
    const server = Number(/process_id:(\d+)/.exec(await redis.connections.cache.info('server'))![1]);
    process.kill(server, 'SIGSTOP');
    try {
      await expect(reach('test', () => hung.fsm.get('x'))).rejects.toThrow(RedisUnavailableError);
      await waitUntil(() => hung.fsm.status !== 'ready');
    } finally {
      process.kill(server, 'SIGCONT');
    }
    expect(await hung.ready(20_000)).toBe(true);
    await hung.close();
    await redis.noticed('ready');
  });

  it('let the process start without Redis', async () => {
    const warn = jest.fn();
    const early = createRedisConnections({
      url: `redis://127.0.0.1:${await freePort()}`,
      logger: { warn, info: warn } as never,
    });
    expect(await early.ready(200)).toBe(false);
    expect(statusesOf(early)).toEqual(['degraded', 'degraded', 'degraded']);
    await waitUntil(() => warn.mock.calls.length === 3);
    await early.close();
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it('tell an unavailable server from a wrong command', async () => {
    const { fsm } = redis.connections;
    await fsm.set('text', 'x', 'EX', 60);
    await expect(reach('test', () => fsm.lpop('text'))).rejects.toThrow(/^WRONGTYPE/);
    for (const state of ['LOADING', 'READONLY', 'OOM', 'MISCONF']) {
      const reply = Object.assign(new Error(`${state} something`), { name: 'ReplyError' });
      await expect(reach('test', () => Promise.reject(reply))).rejects.toThrow(RedisUnavailableError);
    }
  });
});
