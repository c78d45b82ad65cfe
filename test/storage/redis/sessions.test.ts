import { describe, expect, it, jest } from '@jest/globals';
import { DAY_MS } from '../../../src/domain/duration';
import { createSessions, type SessionOptions } from '../../../src/storage/redis/sessions';
import { useRedis } from './support';

const SETTINGS = 'session:{1:5}:settings';
const HISTORY = 'session:{1:5}:history';

describe('a session', () => {
  const redis = useRedis();
  let time = Date.parse('2026-11-20T12:00:00Z');
  const sessions = (options: Partial<SessionOptions> = {}) =>
    createSessions({ redis: redis.connections.fsm, botId: 1, now: () => time, ...options });

  it('of somebody new is empty', async () => {
    expect(await sessions().get(5)).toEqual({ settings: {}, history: [] });
  });

  it('remembers settings field by field', async () => {
    const one = sessions();
    await Promise.all([
      one.patchSettings(5, { language: 'en' }),
      one.patchSettings(5, { listPage: 3 }),
      one.patchSettings(5, { liveMessageId: 77 }),
    ]);
    await one.patchSettings(5, { unfinishedPurchase: { locationCode: 'nl' } });
    await one.patchSettings(5, { listPage: undefined });
    expect((await one.get(5)).settings).toEqual({
      language: 'en',
      liveMessageId: 77,
      unfinishedPurchase: { locationCode: 'nl' },
    });
    expect((await one.get(6)).settings).toEqual({});
  });

  it('refuses settings of the wrong shape before they are stored', async () => {
    await expect(sessions().patchSettings(5, { liveMessageId: -1 })).rejects.toThrow();
    await expect(sessions().patchSettings(5, { language: 'de' as never })).rejects.toThrow();
    expect(await redis.connections.fsm.exists(SETTINGS)).toBe(0);
  });

  it('keeps the newest twenty actions, newest first, with their time', async () => {
    const one = sessions();
    for (let n = 1; n <= 25; n += 1) {
      time += 1_000;
      await one.addHistory(5, `step ${n}`);
    }
    const { history } = await one.get(5);
    expect(history.map((entry) => entry.action)).toEqual(Array.from({ length: 20 }, (_, n) => `step ${25 - n}`));
    expect(history[0]).toEqual({ at: new Date(time).toISOString(), action: 'step 25' });
    expect(await redis.connections.fsm.llen(HISTORY)).toBe(20);
  });

  it('does not grow with long texts, and cuts no emoji in half', async () => {
    await sessions().addHistory(5, '😀'.repeat(5_000));
    expect((await sessions().get(5)).history[0]?.action).toBe('😀'.repeat(200));
  });

  it('forgets actions older than seven days, although newer ones keep the list alive', async () => {
    await sessions().addHistory(5, 'old');
    time += 6 * DAY_MS;
    await sessions().addHistory(5, 'new');
    time += 2 * DAY_MS;
    expect((await sessions().get(5)).history.map((entry) => entry.action)).toEqual(['new']);
    expect(await redis.connections.fsm.ttl(HISTORY)).toBeGreaterThan(6.9 * 86_400);
    await sessions().patchSettings(5, { listPage: 1 });
    expect(await redis.connections.fsm.ttl(SETTINGS)).toBeGreaterThan(6.9 * 86_400);
  });

  it('drops what it can not read and keeps the rest', async () => {
    const { fsm } = redis.connections;
    const onUnreadable = jest.fn();
    const one = sessions({ onUnreadable });
    await one.patchSettings(5, { language: 'en' });
    await one.addHistory(5, 'good');
    await fsm.hset(SETTINGS, 'listPage', '{broken', 'liveMessageId', '"x"', 'unknown', '1');
    await fsm.lpush(HISTORY, 'nonsense', '{"at":"yesterday","action":"x"}');
    expect(await one.get(5)).toMatchObject({ settings: { language: 'en' }, history: [{ action: 'good' }] });
    expect(onUnreadable.mock.calls.map(([what]) => (what as { reason: string }).reason).toSorted()).toEqual([
      'json',
      'json',
      'schema',
      'schema',
      'schema',
    ]);
    onUnreadable.mockClear();
    await one.get(5);
    expect(onUnreadable).not.toHaveBeenCalled();
  });

  it('goes on when its keys are of another type', async () => {
    const { fsm } = redis.connections;
    const spoil = () => Promise.all([fsm.set(SETTINGS, 'x'), fsm.set(HISTORY, 'x')]);
    await spoil();
    const onUnreadable = jest.fn();
    expect(await sessions({ onUnreadable }).get(5)).toEqual({ settings: {}, history: [] });
    expect(onUnreadable).toHaveBeenCalledTimes(2);
    await spoil();
    await sessions().patchSettings(5, { listPage: 1 });
    await sessions().addHistory(5, 'a');
    expect(await sessions().get(5)).toMatchObject({ settings: { listPage: 1 }, history: [{ action: 'a' }] });
  });

  it('is empty and stores nothing while Redis is away, without an error', async () => {
    await redis.server.kill();
    await redis.noticed('degraded');
    await sessions().patchSettings(5, { listPage: 1 });
    await sessions().addHistory(5, 'a');
    expect(await sessions().get(5)).toEqual({ settings: {}, history: [] });
  });
});
