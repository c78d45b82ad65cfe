import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { setTelegramFaults, telegramCalls } from '../../simulators/telegram/driver';
import { DIALOG_VERSION } from '../../src/bot/dialog';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import { createSubscriptionsRepository } from '../../src/storage/postgres/subscriptions';
import { freshIds } from '../storage/postgres/shopDatabase';
import { offerTrial, trialGiven, trialRequest } from '../storage/postgres/trials';
import { waitUntil } from '../support/wait';
import { ADMIN_ID, openShop, type Shop } from './botHarness';

let shop: Shop;
let nextId = 5000;

beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());

const newPerson = (languageCode = 'ru', firstName = 'Иван') => shop.buyer((nextId += 1), { firstName, languageCode });

/** Somebody new who has just been asked for a country. */
async function somebodyChoosing(): Promise<ReturnType<typeof newPerson>> {
  const person = newPerson();
  await person.start();
  await person.waitFor('Здравствуйте');
  await person.click('🛒 Купить подписку');
  await person.waitFor('Шаг 1 из 4');
  return person;
}

/** Ends the dialog as an hour without an update would. */
async function expireDialog({ id }: ReturnType<typeof newPerson>): Promise<void> {
  const redis = new Redis(shop.redis.url, { db: 0 });
  await redis.del(`fsm:{100000001:${id}:${id}}`);
  redis.disconnect();
}

/** The labels below the bot's newest message. */
async function buttonsOf(person: ReturnType<typeof newPerson>): Promise<string[]> {
  const markup = (await person.lastMessage())?.replyMarkup;
  return markup && 'inline_keyboard' in markup ? markup.inline_keyboard.flat().map(({ text }) => text) : [];
}

async function subscribe(userId: number): Promise<string> {
  const id = randomUUID();
  await shop.pool.query(
    `INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at, prolonged_at, traffic_gb, status)
     VALUES ($1, $2, 'nl', 'nl-1', 'month', $3, now(), now() + interval '30 days', now(), 100, 'active')`,
    [id, userId, randomUUID()],
  );
  return id;
}

describe('dialogs and commands', () => {
  it('starts and registers anybody, whatever their name is', async () => {
    const person = newPerson('en', '<b>&‮evil');
    await person.start();
    await person.waitFor('Hello, <b>&evil!');
    const { rows } = await shop.pool.query('SELECT language FROM users WHERE telegram_id = $1', [person.id]);
    expect(rows).toEqual([{ language: 'en' }]);
  });

  it('lets a command end whatever was being chosen', async () => {
    const person = await somebodyChoosing();
    await person.click('🇳🇱 Нидерланды');
    await person.waitFor('Шаг 2 из 4');
    await person.send('/help');
    await person.waitFor('Подключиться');
    await person.send('/cancel');
    await person.waitFor('Выбор отменён');
    await person.click({ data: 'v1:server:nl-1' });
    await person.waitFor('Этот выбор устарел');
    await person.send('/cancel');
    await person.waitFor('Отменять нечего');
  });

  it('says that a dialog has expired, offers the way back in, and says it once', async () => {
    const person = await somebodyChoosing();
    await expireDialog(person);
    await person.click('🇳🇱 Нидерланды');
    await person.waitFor('Этот выбор устарел');
    await person.click('🛒 Купить подписку');
    await person.waitFor('Шаг 1 из 4');
  });

  it('offers to go on with a choice whose dialog has expired, from where it was', async () => {
    const person = await somebodyChoosing();
    await person.click('🇳🇱 Нидерланды');
    await person.waitFor('Шаг 2 из 4');
    await person.click('Amsterdam 2 · места есть');
    await person.waitFor('Шаг 3 из 4');
    await expireDialog(person);
    await person.send('/start');
    await person.waitFor('Вы не закончили выбирать');
    await person.click('▶️ Продолжить выбор');
    await waitUntil(async () => (await person.lastMessage())?.text?.includes('Нидерланды, Amsterdam 2. Шаг 3 из 4'), {
      what: 'the plans of the server chosen before',
    });
    await person.click('Месяц · 299 ₽');
    await person.waitFor('Шаг 4 из 4');
    await person.click('✅ Оплатить 299 ₽');
    await person.waitFor('Ссылка готова');
    await person.start();
    await waitUntil(async () => (await person.lastMessage())?.text?.includes('Здравствуйте'), { what: 'the welcome' });
    expect((await person.lastMessage())?.text).not.toContain('Вы не закончили выбирать');
  });

  it('forgets what was being chosen when it is cancelled, or not sold any more', async () => {
    const person = await somebodyChoosing();
    await person.click('🇳🇱 Нидерланды');
    await person.waitFor('Шаг 2 из 4');
    await person.send('/cancel');
    await person.waitFor('Выбор отменён');
    expect((await person.lastMessage())?.text).not.toContain('Вы не закончили выбирать');

    const redis = new Redis(shop.redis.url, { db: 0 });
    await redis.hset(`session:{100000001:${person.id}}:settings`, 'unfinishedPurchase', '{"locationCode":"fi"}');
    redis.disconnect();
    await person.send('/menu');
    await person.waitFor('Вы не закончили выбирать');
    await person.click('▶️ Продолжить выбор');
    await person.waitFor('больше нет в продаже');
    await person.send('/cancel');
    await person.waitFor('Отменять нечего');
  });

  it('refuses a dialog of another version or a broken one politely', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    const redis = new Redis(shop.redis.url, { db: 0 });
    const key = `fsm:{100000001:${person.id}:${person.id}}`;
    const live = '{"name":"choosing-server","locationCode":"nl"}';
    for (const [version, data] of [
      [DIALOG_VERSION, '{"name":"choosing-server","locationCode":"../../etc"}'],
      [DIALOG_VERSION, 'not json'],
      [DIALOG_VERSION, '{"name":"from-the-future"}'],
      [DIALOG_VERSION - 1, live],
      [DIALOG_VERSION + 1, live],
    ] as const) {
      await redis.hset(key, { rev: 'x', version, data });
      const answered = (await person.chat()).callbackAnswers.length;
      await person.click({ data: 'v1:server:nl-1' });
      await waitUntil(async () => (await person.chat()).callbackAnswers.length > answered, { what: 'an answer' });
      expect((await person.lastMessage())?.text).toContain('Этот выбор устарел');
    }
    redis.disconnect();
  });

  it('answers forged, old and foreign buttons, long texts and stickers without an error', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    for (const data of [
      'x',
      'v0:buy:0',
      'v1:pay:1',
      'Ж'.repeat(32),
      `${'v'.repeat(64)}`,
      'v1:__proto__',
      `v1:subscription:${randomUUID()}`,
      `v1:qr:${randomUUID()}`,
      `v1:renew:${randomUUID()}`,
    ]) {
      const answered = (await person.chat()).callbackAnswers.length;
      await person.click({ data });
      await waitUntil(async () => (await person.chat()).callbackAnswers.length > answered, {
        what: `an answer to ${data}`,
      });
    }
    await person.send('Ж'.repeat(4096));
    await person.waitFor('этого сообщения не понял');
    expect(shop.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('changes the language at once and keeps it', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    await person.click('🌐 Язык / Language');
    await person.waitFor('На каком языке говорить?');
    await person.click('🇬🇧 English');
    await person.waitFor('What would you like to do?');
    await person.send('/terms');
    await person.waitFor('The price is final');
  });

  it('shows a subscription with its key as text and as a QR code that can be hidden, and nobody else’s', async () => {
    const owner = newPerson();
    await owner.start();
    await owner.waitFor('Здравствуйте');
    const id = await subscribe(owner.id);
    await owner.send('/subscriptions');
    await owner.waitFor('Мои подписки');
    await owner.click('🇳🇱 Нидерланды · ещё 30 дней');
    const card = await owner.waitFor('Ключ, нажмите, чтобы скопировать');
    expect(card.text).toMatch(/https:\/\/panel\.example\.com\/c-nl-1\/[0-9a-f-]{36}\/#/);
    expect(card.previewDisabled).toBe(true);
    await owner.click('📷 QR-код');
    const photo = await waitUntil(async () => (await owner.chat()).messages.find(({ photoUrl }) => photoUrl), {
      what: 'the QR code',
    });
    await owner.click('🙈 Скрыть');
    await waitUntil(
      async () => !(await owner.chat()).messages.some(({ messageId }) => messageId === photo!.messageId),
      { what: 'the QR code is gone' },
    );

    const other = newPerson();
    await other.start();
    await other.waitFor('Здравствуйте');
    for (const verb of ['subscription', 'qr', 'renew', 'subscription-book']) {
      await other.click({ data: `v1:${verb}:${id}${verb === 'subscription-book' ? ':0' : ''}` });
      await waitUntil(async () => (await other.lastMessage())?.text?.match(/Подписок пока нет|больше нет в продаже/), {
        what: `a refusal of ${verb}`,
      });
    }
    expect(await other.transcript()).not.toContain('panel.example.com');
    expect(shop.log.join('\n')).not.toContain('c-nl-1');
  });

  it('goes back to the page of the list from where a subscription was opened', async () => {
    const owner = newPerson();
    await owner.start();
    await owner.waitFor('Здравствуйте');
    for (let n = 0; n < 8; n += 1) await subscribe(owner.id);
    await owner.click('🔑 Мои подписки');
    await owner.waitFor('Мои подписки');
    await owner.click('Ещё ➡️');
    const second = await waitUntil(
      async () =>
        (await owner.lastMessage())?.replyMarkup &&
        JSON.stringify((await owner.lastMessage())?.replyMarkup).includes('⬅️ Раньше'),
      { what: 'the second page' },
    );
    expect(second).toBe(true);
    const page = JSON.stringify((await owner.lastMessage())?.replyMarkup);
    await owner.click('🇳🇱 Нидерланды · ещё 30 дней');
    await owner.waitFor('Действует до');
    await owner.click('⬅️ Назад');
    await owner.waitFor('Мои подписки');
    await waitUntil(async () => JSON.stringify((await owner.lastMessage())?.replyMarkup) === page, {
      what: 'the second page again',
    });
  });

  it('prolongs a subscription with an order that names it', async () => {
    const owner = newPerson();
    await owner.start();
    await owner.waitFor('Здравствуйте');
    const id = await subscribe(owner.id);
    await owner.click('🔑 Мои подписки');
    await owner.waitFor('Мои подписки');
    await owner.click('🇳🇱 Нидерланды · ещё 30 дней');
    await owner.waitFor('Действует до');
    await owner.click('🔁 Продлить');
    await owner.waitFor('Новый срок добавится к текущему');
    await owner.click('Месяц · 299 ₽');
    await owner.waitFor('Продлеваем?');
    await owner.click('✅ Оплатить 299 ₽');
    await owner.waitFor('Ссылка готова');
    expect(await shop.payments.ofUser(owner.id, 5)).toMatchObject([{ renewsSubscriptionId: id, serverCode: 'nl-1' }]);
  });

  it('offers for a renewal only the plans that panels can be told of, and says so when there is none', async () => {
    // Panels are told 9,950 days: a month and a year fit, only a month does, none does.
    const offered = async (daysLeft: number): Promise<string[]> => {
      const owner = newPerson();
      await owner.start();
      await owner.waitFor('Здравствуйте');
      const id = await subscribe(owner.id);
      const end = `now() + $2 * interval '1 day'`;
      await shop.pool.query(`UPDATE subscriptions SET expires_at = ${end} WHERE id = $1`, [id, daysLeft]);
      await owner.send('/subscriptions');
      await owner.waitFor('Мои подписки');
      await owner.click((await buttonsOf(owner)).find((text) => text.startsWith('🇳🇱 Нидерланды · '))!);
      await owner.waitFor('Действует до');
      await owner.click('🔁 Продлить');
      await owner.waitFor(daysLeft > 9_920 ? 'Эту подписку больше продлить нельзя' : 'Новый срок добавится к текущему');
      return (await buttonsOf(owner)).filter((text) => text.includes('₽'));
    };
    const month = 'Месяц · 299 ₽';
    expect(await offered(9_584)).toEqual([month, expect.stringContaining('Год')]);
    expect(await offered(9_586)).toEqual([month]);
    expect(await offered(9_921)).toEqual([]);
  });

  it('tells once that there are too many messages, and spares the owner', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    for (let i = 0; i < 15; i += 1) await person.send('/terms');
    await person.waitFor('Слишком много сообщений');
    await waitUntil(
      async () => (await person.chat()).messages.filter(({ text }) => text?.includes('Условия')).length >= 9,
      { what: 'nine answers' },
    );
    const owner = shop.buyer(ADMIN_ID, { firstName: 'Хозяин' });
    await owner.start();
    for (let i = 0; i < 12; i += 1) await owner.send('/admin');
    await waitUntil(
      async () => (await owner.chat()).messages.filter(({ text }) => text?.includes('Открытых заказов')).length === 12,
      { what: 'twelve answers' },
    );
    const told = (await person.chat()).messages.filter(({ text }) => text?.includes('Слишком много сообщений'));
    expect(told).toHaveLength(1);
    expect((await person.chat()).messages.filter(({ from }) => from === 'bot')).toHaveLength(11);
  });

  it('has no /admin for anybody else', async () => {
    const person = newPerson();
    await person.start();
    await person.send('/admin');
    await person.waitFor('этого сообщения не понял');
  });

  it('sends the key it owes to a buyer who blocked it right after paying and is back', async () => {
    const person = newPerson('en');
    await person.start();
    await person.waitFor('Hello');
    const { id } = await shop.order(person, { serverCode: 'nl-2' });
    await shop.payments.recordPaid(id, freshIds(), new Date());
    const { rows } = await shop.pool.query<{ id: string; panel_user_id: string }>(
      'SELECT s.id, s.panel_user_id FROM subscriptions s JOIN payments p ON p.subscription_id = s.id WHERE p.id = $1',
      [id],
    );
    const screen = (await person.lastMessage())!;
    await shop.payments.setScreenMessage(id, screen.messageId);
    await person.block();
    await shop.payments.recordDelivered(id, (await createSubscriptionsRepository(shop.pool).byId(rows[0]!.id))!);
    await person.unblock();
    await person.waitFor(rows[0]!.panel_user_id);
    // The order's message does not stay at what it said when the bot was blocked.
    await waitUntil(
      async () => {
        const { messages } = await person.chat();
        return messages.find(({ messageId }) => messageId === screen.messageId)?.text?.includes('I have sent the key');
      },
      { what: 'the order’s screen says where the key is' },
    );
    await waitUntil(async () => (await shop.payments.existing(id)).keySentAt !== null, { what: 'it is recorded' });
    // Once: coming back again brings no second key.
    await person.block();
    await person.unblock();
    await person.send('/help');
    await person.waitFor('Connect');
    const keys = (await person.chat()).messages.filter(({ text }) => text?.includes(rows[0]!.panel_user_id));
    expect(keys).toHaveLength(1);
  });

  it('sends the key of a trial, too, to somebody who had blocked it when that was made', async () => {
    const person = newPerson('en');
    await person.start();
    await person.waitFor('Hello');
    await offerTrial(shop.pool);
    const grants = createFreeGrantsRepository(shop.pool);
    const request = trialRequest(person.id);
    const { id, panelUserId } = request;
    await trialGiven(shop.pool, request);
    const asked = (await person.lastMessage())!;
    await person.block();
    // As the worker notes it when it can't show there how it stands.
    await grants.recordSeenIn({ kind: 'trial', source: String(person.id), userId: person.id }, asked.messageId, false);
    await grants.recordDelivered(id, (await grants.deliveryOf(id))!.subscription);
    await person.unblock();
    await person.waitFor(panelUserId);
    const isSent = async () =>
      (await shop.pool.query('SELECT key_sent_at FROM free_grants WHERE id = $1', [id])).rows[0]?.key_sent_at;
    await waitUntil(async () => (await isSent()) !== null, { what: 'it is recorded' });
    await waitUntil(
      async () => {
        const { messages } = await person.chat();
        return messages
          .find(({ messageId }) => messageId === asked.messageId)
          ?.text?.includes('Your trial key is ready');
      },
      { what: 'the message in which they asked says so' },
    );
    await waitUntil(async () => (await grants.unseen(person.id)).length === 0, { what: 'nothing is left unseen' });
    await shop.pool.query('UPDATE trials SET active = false');
  });

  it.each(['expired', 'canceled', 'refunded'] as const)(
    'brings up to date the message of an order that ended as %s while the buyer had blocked it',
    async (ended) => {
      const person = newPerson('en');
      await person.start();
      await person.waitFor('Hello');
      const shown = async (messageId: number) =>
        (await person.chat()).messages.find((message) => message.messageId === messageId)?.text;
      const order = async () => {
        const { id } = await shop.order(person, { serverCode: 'nl-2' });
        await person.send('/help');
        await waitUntil(async () => (await person.lastMessage())?.text?.includes('Connect'), { what: 'a message' });
        const { messageId } = (await person.lastMessage())!;
        await shop.payments.setScreenMessage(id, messageId);
        return { id, messageId };
      };
      const isBlocked = async () =>
        (await shop.pool.query('SELECT unreachable_at FROM users WHERE telegram_id = $1', [person.id])).rows[0]
          ?.unreachable_at !== null;
      const changed = await order();
      await person.block();
      await waitUntil(isBlocked, { what: 'the block is noted' });
      await shop.pool.query('UPDATE payments SET status = $2, updated_at = now() WHERE id = $1', [changed.id, ended]);
      const before = await shown(changed.messageId);
      await person.unblock();
      await waitUntil(async () => (await shown(changed.messageId)) !== before, {
        what: 'its message says how it ended',
      });
      const now = (await shown(changed.messageId))!;
      expect(now).not.toContain('Connect');
      expect(now).toContain(
        {
          expired: 'The time to pay has run out',
          canceled: 'The payment did not go through',
          refunded: 'Your money has been returned',
        }[ended],
      );
    },
  );

  it('remembers who blocked the bot and who came back', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    const unreachable = async () =>
      (await shop.pool.query('SELECT unreachable_at FROM users WHERE telegram_id = $1', [person.id])).rows[0]
        ?.unreachable_at;
    await person.block();
    await waitUntil(async () => (await unreachable()) !== null, { what: 'the block is noted' });
    await person.unblock();
    await waitUntil(async () => (await unreachable()) === null, { what: 'the return is noted' });
  });

  it('acts once on an update that Telegram delivers twice', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    await setTelegramFaults(shop.telegram.url, { duplicateUpdates: true });
    await person.send('/help');
    await person.waitFor('Подключиться');
    await setTelegramFaults(shop.telegram.url, { duplicateUpdates: false });
    await person.send('/terms');
    await person.waitFor('Условия');
    expect((await person.chat()).messages.filter(({ text }) => text?.includes('Подключиться:'))).toHaveLength(1);
  });

  it('obeys a short "too many requests" and apologises with a code when something breaks', async () => {
    const person = newPerson();
    await person.start();
    await person.waitFor('Здравствуйте');
    await setTelegramFaults(shop.telegram.url, {
      tooManyRequests: { retryAfter: 1, methods: ['sendMessage'], times: 1 },
    });
    await person.send('/help');
    await person.waitFor('Подключиться');
    expect((await telegramCalls(shop.telegram.url)).filter(({ status }) => status === 429)).toHaveLength(1);

    await setTelegramFaults(shop.telegram.url, {
      failSend: { method: 'sendMessage', error_code: 400, description: 'Bad Request: something new', times: 1 },
    });
    await person.send('/terms');
    const apology = await person.waitFor('Что-то сломалось на нашей стороне');
    const incident = /код ([A-Z0-9]{6})/.exec(apology.text!)![1]!;
    expect(shop.log.some((line) => line.includes('"level":50') && line.includes(incident))).toBe(true);
  });

  it('speaks the chosen language also while PostgreSQL cannot be asked', async () => {
    const person = newPerson('ru');
    await person.start();
    await person.waitFor('Здравствуйте');
    await person.click('🌐 Язык / Language');
    await person.waitFor('На каком языке говорить?');
    await person.click('🇬🇧 English');
    await person.waitFor('What would you like to do?');
    await shop.pool.query('ALTER TABLE users RENAME TO users_away');
    try {
      await person.send('/help');
      await person.waitFor('Something broke on our side');
    } finally {
      await shop.pool.query('ALTER TABLE users_away RENAME TO users');
    }
    await person.send('/terms');
    await person.waitFor('The price is final');
  });

  it('writes neither the token nor a key into the log', () => {
    expect(shop.log.join('\n')).not.toContain('TEST-token-that-only');
    expect(shop.log.length).toBeGreaterThan(0);
  });
});
