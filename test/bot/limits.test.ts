/**
 * The limits of messages, taps, orders and web pages in the running bot. Their exact values are tested in
 * test/storage/redis/limits.test.ts, on a clock of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { BotProcess } from '../../src/bot/process';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let bot: BotProcess;

beforeAll(async () => {
  shop = await openShop();
  bot = await shop.startBot();
});
afterAll(() => shop?.close());

describe('the limits', () => {
  it('say in the person’s own language when they may go on, once, and drop the rest silently', async () => {
    const person = shop.buyer(8_001, { firstName: 'Ann', languageCode: 'en' });
    await person.start();
    await person.waitFor('Hello, Ann');
    await person.click('🌐 Язык / Language');
    await person.waitFor('Which language');
    await person.click('🇷🇺 Русский');
    await person.waitFor('Что сделать?');
    for (let n = 0; n < 13; n += 1) await person.send('/terms');
    const told = await person.waitFor('Слишком много сообщений');
    expect(told.text).toMatch(/\d+ секунд/);
    await waitUntil(
      async () => (await person.chat()).messages.filter(({ text }) => text?.includes('Условия')).length === 9,
      { what: 'nine answers' },
    );
    expect((await person.chat()).messages.filter(({ text }) => text?.includes('Слишком много сообщений'))).toHaveLength(
      1,
    );
  });

  it('count pressed buttons apart: a hundred a minute, because each makes calls on the person’s behalf', async () => {
    const person = shop.buyer(8_002, { firstName: 'Ира' });
    await person.start();
    await person.waitFor('Здравствуйте');
    // Ninety-nine in the minute so far.
    const redis = new Redis(shop.redis.url, { db: 2 });
    const key = 'limit:{apiRequests:user-8002}';
    await redis
      .multi()
      .rpush(key, ...Array.from({ length: 99 }, () => Date.now()))
      .pexpire(key, 60_000)
      .exec();
    redis.disconnect();
    const alerts = async () =>
      (await person.chat()).callbackAnswers.filter(({ text }) => text?.startsWith('Слишком часто'));
    await person.click('❓ Помощь');
    await person.waitFor('Подключиться');
    expect(await alerts()).toEqual([]);
    for (let n = 0; n < 5; n += 1) await person.click({ data: 'v1:buy:0' });
    await waitUntil(async () => (await alerts()).length > 0, { what: 'the alert' });
    await person.send('/terms');
    await person.waitFor('Условия');
    expect(await alerts()).toEqual([expect.objectContaining({ showAlert: true })]);
    expect((await person.chat()).messages.some(({ text }) => text?.includes('Шаг 1 из 4'))).toBe(false);
  });

  it('hold back whoever asks for pages too fast, and never a notification of YooKassa from the same address', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 105; n += 1) statuses.push((await fetch(`${bot.url}/pay/return`)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    const refused = await fetch(`${bot.url}/open/hiddify`);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    const notification = JSON.stringify({
      type: 'notification',
      event: 'payment.succeeded',
      object: { id: '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b', status: 'succeeded' },
    });
    const answers = await Promise.all(
      Array.from(
        { length: 150 },
        async () =>
          (
            await fetch(`${bot.url}/webhooks/yookassa`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: notification,
            })
          ).status,
      ),
    );
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    const { rows } = await shop.pool.query('SELECT count(*)::int AS stored FROM webhook_events');
    expect(rows).toEqual([{ stored: 150 }]);
    // Probes are asked by machines of ours, often.
    expect((await fetch(`${bot.url}/healthz`)).status).toBe(200);
  });
});

describe('the page a buyer comes back to', () => {
  it('wakes the workflow of a payment that Redis or PostgreSQL knows, and nobody’s for an id that was made up', async () => {
    const redis = new Redis(shop.redis.url, { db: 2 });
    await redis.flushdb();
    redis.disconnect();
    const known = '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab';
    const cache = new Redis(shop.redis.url, { db: 1 });
    await cache.set(
      `payment:${known}`,
      JSON.stringify({
        paymentId: known,
        provider: 'yookassa',
        providerRef: 'yoo-1',
        userId: 8_001,
        serverCode: 'nl-1',
      }),
      'EX',
      60,
    );
    cache.disconnect();
    await fetch(`${bot.url}/pay/return?p=11111111-1d2c-4a5b-8c7d-0123456789ab`);
    await fetch(`${bot.url}/pay/return?p=${known}`);
    await waitUntil(() => shop.workflows.calls.length > 0, { what: 'the workflow is woken' });
    expect(shop.workflows.calls).toEqual([`notified ${known}`]);
  });
});
