import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTelegramFaults } from '../../simulators/telegram/driver';
import type { BotProcess } from '../../src/bot/process';
import { oneVoucher } from '../storage/postgres/vouchers';
import { startBalancer } from '../support/balancer';
import { waitUntil } from '../support/wait';
import { openShop, startedOwner, WEBHOOK_SECRET, type Shop } from './botHarness';

let shop: Shop;
beforeEach(async () => (shop = await openShop()));
afterEach(() => shop?.close());

/**
 * Waits until the process takes traffic and sees its parts like this: a part that is slow for a moment counts as away
 * meanwhile.
 */
async function untilReady(bot: BotProcess, picture: { status: string; parts: Record<string, string> }): Promise<void> {
  const seen = async () => {
    const answer = await fetch(`${bot.url}/readyz`);
    expect({ code: answer.status, picture: await answer.json() }).toEqual({ code: 200, picture });
    return true;
  };
  await waitUntil(seen, { what: `readiness ${JSON.stringify(picture)}` });
}

describe('Redis away', () => {
  it('refuses to take money with a clear message, shows what is bought already, and recovers by itself', async () => {
    const bot = await shop.startBot();
    const buyer = shop.buyer(1, { firstName: 'Ира' });
    await buyer.start();
    await buyer.waitFor('Здравствуйте');
    await buyer.click('🛒 Купить подписку');
    await buyer.waitFor('Шаг 1 из 4');
    await buyer.click('🇳🇱 Нидерланды');
    await buyer.waitFor('Шаг 2 из 4');
    await buyer.click('✨ Выбрать за меня');
    await buyer.waitFor('Шаг 3 из 4');
    await buyer.click('Месяц · 299 ₽');
    await buyer.waitFor('Шаг 4 из 4');

    await shop.redis.stop();
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Не могу сейчас принять оплату');
    expect(await shop.payments.ofUser(1, 5)).toEqual([]);
    await buyer.send('/subscriptions');
    await buyer.waitFor('Подписок пока нет');
    await untilReady(bot, {
      status: 'degraded',
      parts: { postgres: 'ok', redis: 'degraded', temporal: 'ok', telegram: 'ok' },
    });

    await shop.redis.restart();
    await untilReady(bot, { status: 'ok', parts: { postgres: 'ok', redis: 'ok', temporal: 'ok', telegram: 'ok' } });
    await buyer.send('/buy');
    await buyer.waitFor('Шаг 1 из 4');
  });

  it('a plain text still reaches what it is meant for: a gift’s code, the answer to what is no code, staff’s search', async () => {
    await shop.startBot();
    const gift = await oneVoucher(shop.pool);
    const buyer = shop.buyer(9, { firstName: 'Ann', languageCode: 'en' });
    await buyer.start();
    await buyer.waitFor('Hello');
    const owner = await startedOwner(shop);
    await shop.redis.stop();
    await buyer.send(gift.code);
    await buyer.waitFor('as a gift');
    await buyer.send('hello');
    await buyer.waitFor('this message I did not');
    await owner.send('nobody-like-this');
    await owner.waitFor('Nothing was found');
  });
});

describe('one failed call', () => {
  it('Telegram’s front answers 502 for seconds: the answer still comes', async () => {
    await shop.startBot();
    const buyer = shop.buyer(7, { firstName: 'Ася' });
    await setTelegramFaults(shop.telegram.url, {
      failSend: { method: 'sendMessage', error_code: 502, description: 'Bad Gateway', times: 2 },
    });
    await buyer.start();
    await buyer.waitFor('Здравствуйте', 30_000);
  });

  it('Redis is away: what failed is told, and the pressed button stops spinning', async () => {
    await shop.startBot();
    const buyer = shop.buyer(8, { firstName: 'Эля' });
    await buyer.start();
    await buyer.waitFor('Здравствуйте');
    await shop.redis.stop();
    await buyer.click('🛒 Купить подписку');
    await buyer.waitFor('Не могу сейчас принять оплату', 30_000);
    await waitUntil(async () => (await buyer.chat()).callbackAnswers.length > 0, { what: 'the press is answered' });
  });
});

describe('webhook mode', () => {
  it('a replica that Telegram has not answered yet throws no update away: it asks for it again, and handles it once it knows who it is', async () => {
    await shop.buyer(3, { firstName: 'Олег' }).start();
    await setTelegramFaults(shop.telegram.url, {
      failSend: { method: 'getMe', error_code: 502, description: 'Bad Gateway' },
    });
    const bot = await shop.startBot({ BOT_MODE: 'webhook', PUBLIC_URL: 'http://127.0.0.1:9' });
    const from = { id: 3, is_bot: false, first_name: 'Олег', language_code: 'ru' };
    const update = {
      update_id: 77,
      message: {
        message_id: 2,
        date: 1,
        chat: { id: 3, type: 'private', first_name: 'Олег' },
        from,
        text: '/help',
        entities: [{ type: 'bot_command', offset: 0, length: 5 }],
      },
    };
    const deliver = async () =>
      (
        await fetch(`${bot.url}/webhooks/telegram`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET },
          body: JSON.stringify(update),
        })
      ).status;
    expect(await deliver()).toBe(503);
    await setTelegramFaults(shop.telegram.url, { failSend: null });
    await waitUntil(async () => (await deliver()) === 200, { what: 'the update is taken' });
    await shop.buyer(3).waitFor('Подключиться');
  });

  it('tells Telegram where to deliver, takes updates with the secret only, and handles each once on two replicas', async () => {
    const balancer = await startBalancer();
    const mode = { BOT_MODE: 'webhook', PUBLIC_URL: balancer.url };
    const bots = [await shop.startBot(mode), await shop.startBot(mode)];
    balancer.targets = bots.map(({ url }) => url);
    try {
      const buyer = shop.buyer(2, { firstName: 'Пётр' });
      await buyer.start();
      await buyer.waitFor('Здравствуйте', 20_000);
      await setTelegramFaults(shop.telegram.url, { duplicateUpdates: true });
      await buyer.send('/help');
      await buyer.waitFor('Подключиться');
      await setTelegramFaults(shop.telegram.url, { duplicateUpdates: false });
      await buyer.send('/terms');
      await buyer.waitFor('Условия');
      expect((await buyer.chat()).messages.filter(({ text }) => text?.includes('Подключиться:'))).toHaveLength(1);

      const post = (headers: Record<string, string>, body: string) =>
        fetch(`${bots[0]!.url}/webhooks/telegram`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        });
      const secret = { 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET };
      expect((await post({}, '{"update_id":1}')).status).toBe(401);
      expect((await post({ 'x-telegram-bot-api-secret-token': 'wrong' }, '{"update_id":1}')).status).toBe(401);
      expect((await post(secret, 'not json')).status).toBe(400);
      expect((await post(secret, '{"no":"update"}')).status).toBe(400);
      // An update whose handler fails is confirmed all the same, because otherwise all later updates would wait.
      expect((await post(secret, '{"update_id":900000001,"message":{"nonsense":true}}')).status).toBe(200);
      expect(
        (
          await post(
            secret,
            '{"update_id":900000002,"callback_query":{"id":"1","from":{"id":3,"is_bot":false,"first_name":"x"},"data":"v1:hide"}}',
          )
        ).status,
      ).toBe(200);
    } finally {
      await balancer.close();
    }
  });
});

describe('several pollers', () => {
  it('has one poll at a time; another takes over when it stops', async () => {
    const first = await shop.startBot();
    await waitUntil(() => shop.log.some((line) => line.includes('elected leader')), { what: 'a leader' });
    await shop.startBot();
    const buyer = shop.buyer(4, { firstName: 'Яна' });
    await buyer.start();
    await buyer.waitFor('Здравствуйте');
    await first.stop();
    await buyer.send('/help');
    await buyer.waitFor('Подключиться', 20_000);
    expect(shop.log.some((line) => line.includes('standing down'))).toBe(false);
    expect((await buyer.chat()).messages.filter(({ text }) => text?.includes('Подключиться:'))).toHaveLength(1);
  });
});

describe('something else than Telegram answers at start', () => {
  it.each(['getMe', 'getWebhookInfo', 'getUpdates'])(
    'a proxy’s answer to %s does not keep the bot from beginning',
    async (method) => {
      await setTelegramFaults(shop.telegram.url, {
        proxyAnswers: { method, status: 403, body: { message: 'Forbidden by the proxy' }, times: 2 },
      });
      await shop.startBot();
      const buyer = shop.buyer(6, { firstName: 'Ян' });
      await buyer.start();
      await buyer.waitFor('Здравствуйте', 30_000);
      expect(shop.log.filter((line) => line.includes('TypeError'))).toEqual([]);
    },
  );
});

describe('Telegram away at start', () => {
  it('serves YooKassa’s webhooks meanwhile and comes to life by itself', async () => {
    await setTelegramFaults(shop.telegram.url, { down: true });
    const bot = await shop.startBot();
    await untilReady(bot, {
      status: 'degraded',
      parts: { postgres: 'ok', redis: 'ok', temporal: 'ok', telegram: 'degraded' },
    });
    await setTelegramFaults(shop.telegram.url, { down: false });
    const buyer = shop.buyer(5, { firstName: 'Лев' });
    await buyer.start();
    await buyer.waitFor('Здравствуйте', 20_000);
  });
});
