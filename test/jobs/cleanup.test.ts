/** What cleanup removes and what it must leave, on a real database and a real Redis. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { DAY_MS } from '../../src/domain/duration';
import { createCleanupActivities } from '../../src/jobs/cleanup/activities';
import { createReconciliationRepository } from '../../src/storage/postgres/reconciliation';
import { createRetentionRepository } from '../../src/storage/postgres/retention';
import { createFsmStore } from '../../src/storage/redis/fsm';
import { createSessions } from '../../src/storage/redis/sessions';
import { RETAINED_KINDS, type RetainedKind } from '../../src/jobs/cleanup/contract';
import { startRedis, type TestRedis } from '../support/redis';
import { useShop } from '../storage/postgres/shopDatabase';
import { inActivity } from './fakes';
import { z } from 'zod';

const shop = useShop();
let server: TestRedis;
let fsm: Redis;
let cache: Redis;
beforeAll(async () => {
  server = await startRedis();
  fsm = new Redis(`${server.url}/0`);
  cache = new Redis(`${server.url}/1`);
});
afterAll(async () => {
  fsm?.disconnect();
  cache?.disconnect();
  await server?.close();
});
beforeEach(async () => {
  await fsm.flushall();
});

function service(running: readonly string[] = []) {
  const did: string[] = [];
  const invalidated: number[] = [];
  const { main: activities } = createCleanupActivities({
    payments: shop.payments,
    reconciliation: createReconciliationRepository(shop.pool),
    retention: createRetentionRepository(shop.pool),
    redis: { fsm, cache },
    paymentWorkflowClient: () => ({
      isRunning: async (id) => running.includes(id),
      ensureRunning: async ({ id }) => void did.push(`start ${id}`),
      notified: async (id) => (did.push(`wake ${id}`), 'woken'),
    }),
    settings: {
      WEBHOOK_RETENTION: 30 * DAY_MS,
      PERSONAL_DATA_RETENTION: 30 * DAY_MS,
      NOTIFICATION_RETENTION: 30 * DAY_MS,
      PANEL_SAMPLE_RETENTION: 30 * DAY_MS,
    },
    cacheInvalidation: { invalidatePurchase: async ({ userId }) => void invalidated.push(userId) },
    now: () => new Date(),
  });
  return {
    did,
    invalidated,
    sweep: (database: 'fsm' | 'cache') => inActivity(() => activities.sweepRedis({ database })),
    abandoned: () => inActivity(() => activities.checkAbandonedPayments({ after: null })),
    remove: (what: RetainedKind) => inActivity(() => activities.removeOld({ what })),
  };
}

describe('Redis', () => {
  it('dialogs and sessions that live stay; what never expires or can’t be read goes; what is not ours is only reported', async () => {
    const store = createFsmStore({
      redis: fsm,
      botId: 1,
      schema: z.object({ name: z.string() }),
      version: 1,
      initial: { name: 'idle' },
    });
    await store.write({ chatId: 5, userId: 5 }, { name: 'choosing-plan' });
    const sessions = createSessions({ redis: fsm, botId: 1, now: Date.now });
    await sessions.patchSettings(5, { listPage: 2 });
    await sessions.addHistory(5, '/buy');
    const alive = await fsm.dbsize();
    await fsm.hset('fsm:{1:6:6}', { rev: 'x', version: '1', data: '{}' });
    await fsm.hset('fsm:{1:7:7}', { rev: 'x', version: '1', data: 'not json' });
    await fsm.expire('fsm:{1:7:7}', 100);
    await fsm.set('session:{1:8}:settings', 'a string', 'EX', 100);
    await fsm.set('of-another-program', '1');
    const swept = await service().sweep('fsm');
    expect(swept).toEqual({ scanned: alive + 4, withoutExpiry: 1, unreadable: 2, foreign: 1 });
    expect(await fsm.dbsize()).toBe(alive + 1);
    expect((await store.read({ chatId: 5, userId: 5 })).state).toEqual({ name: 'choosing-plan' });
    expect((await sessions.get(5)).settings).toEqual({ listPage: 2 });
    expect(await service().sweep('fsm')).toMatchObject({ withoutExpiry: 0, unreadable: 0 });
  });

  it('20,000 cache entries are gone through in small steps; others are answered meanwhile', async () => {
    const line = cache.pipeline();
    for (let i = 0; i < 20_000; i += 1)
      line.set(`cache:{user:${i}}`, i % 10 === 0 ? 'broken' : '{"value":1}', 'EX', 600);
    line.set('payment:forever', '{}');
    await line.exec();
    const sweeping = service().sweep('cache');
    const waits: number[] = [];
    const other = new Redis(`${server.url}/1`);
    let over = false;
    void sweeping.finally(() => (over = true));
    while (!over) {
      const before = performance.now();
      await other.ping();
      waits.push(performance.now() - before);
    }
    other.disconnect();
    expect(await sweeping).toMatchObject({ unreadable: 2_000, withoutExpiry: 1 });
    expect(waits.length).toBeGreaterThan(10);
  });
});

describe('payments', () => {
  it('an abandoned one is closed only where YooKassa was never asked; otherwise its own word is fetched', async () => {
    const never = await shop.open(await shop.buyer());
    const asked = await shop.open(await shop.buyer());
    const lively = await shop.open(await shop.buyer());
    const today = await shop.open(await shop.buyer());
    for (const { id } of [asked, lively])
      await shop.payments.recordLink(id, { providerRef: `yoo-${id}`, confirmationUrl: null, payableUntil: new Date() });
    for (const { id } of [never, asked, lively])
      await shop.pool.query(`UPDATE payments SET created_at = now() - interval '25 hours' WHERE id = $1`, [id]);
    const run = service([lively.id]);
    expect(await run.abandoned()).toEqual({ checked: 2, closed: 1, next: null });
    expect(run.invalidated).toEqual([never.userId]);
    expect(await shop.status(never.id)).toBe('canceled');
    expect(await shop.status(asked.id)).toBe('pending');
    expect(await shop.status(today.id)).toBe('created');
    expect(run.did.toSorted()).toEqual([`start ${asked.id}`, `wake ${asked.id}`, `wake ${lively.id}`].toSorted());
  });
});

describe('what is past its retention', () => {
  it('webhook bodies: the handled old ones go, the unhandled and the young stay', async () => {
    const add = (age: string, handled: boolean) =>
      shop.pool.query(
        `INSERT INTO webhook_events (provider, remote_address, body, received_at, handled_at) VALUES ('yookassa', 'x', '{}', now() - $1::interval, CASE WHEN $2 THEN now() END)`,
        [age, handled],
      );
    await Promise.all([add('40 days', true), add('40 days', false), add('1 day', true)]);
    expect(await service().remove('webhooks')).toEqual({ removed: 1 });
    expect(await shop.count('webhook_events', 'true')).toBe(2);
  });

  it('messages move to the archive in batches; that a key was sent is never forgotten', async () => {
    await shop.pool.query(
      `INSERT INTO notifications (user_id, kind, subject, status, created_at) SELECT i, 'reminder-today', i::text, 'sent', now() - interval '40 days' FROM generate_series(1, 1200) i`,
    );
    await shop.pool.query(
      `INSERT INTO notifications (user_id, kind, subject, status, created_at) VALUES (1, 'key', 'p', 'sent', now() - interval '40 days'), (1, 'reminder-today', 'young', 'sent', now())`,
    );
    expect(await service().remove('notifications')).toEqual({ removed: 1_200 });
    expect(await shop.count('notifications', 'true')).toBe(2);
    expect(await shop.count('notifications_archive', `kind = 'reminder-today'`)).toBe(1_200);
  });

  it('names of people who have nothing here any more; buyers keep theirs', async () => {
    const [visitor, buyer] = [await shop.buyer(), await shop.buyer()];
    await shop.issued(buyer, { planCode: 'month' });
    await shop.pool.query(`UPDATE users SET updated_at = now() - interval '40 days' WHERE telegram_id = ANY($1)`, [
      [visitor, buyer],
    ]);
    await service().remove('people');
    expect((await shop.users.byId(visitor))!.firstName).toBe('');
    expect((await shop.users.byId(buyer))!.firstName).toBe('Анна');
  });

  it('every kind has a statement that runs', async () => {
    for (const what of RETAINED_KINDS) expect((await service().remove(what)).removed).toBeGreaterThanOrEqual(0);
  });
});
