/** Malformed updates and malformed values in Redis: each is answered or ignored, and the buyer can go on. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { BotProcess } from '../../src/bot/process';
import { startBalancer, type Balancer } from '../support/balancer';
import { waitUntil } from '../support/wait';
import { openShop, WEBHOOK_SECRET, type Shop } from './botHarness';

const BOT = 100_000_001;
let shop: Shop;
let bot: BotProcess;
let balancer: Balancer;
let nextId = 6_000;
let nextUpdate = 900_000_000;

beforeAll(async () => {
  balancer = await startBalancer();
  shop = await openShop();
  bot = await shop.startBot({ BOT_MODE: 'webhook', PUBLIC_URL: balancer.url });
  balancer.targets = [bot.url];
});
afterAll(async () => {
  await shop?.close();
  await balancer?.close();
});
beforeEach(() => void (shop.log.length = 0));

const errors = (): string[] => shop.log.filter((line) => /"level":(50|60)/.test(line));

async function deliver(update: object): Promise<number> {
  const answer = await fetch(`${bot.url}/webhooks/telegram`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET },
    body: JSON.stringify({ update_id: (nextUpdate += 1), ...update }),
  });
  return answer.status;
}

async function newPerson() {
  const person = shop.buyer((nextId += 1), { firstName: 'Иван' });
  await person.start();
  await person.waitFor('Здравствуйте', 20_000);
  return person;
}

const chat = { id: 6_500, type: 'private', first_name: 'x' };
const from = { id: 6_500, is_bot: false, first_name: 'x' };
const message = (fields: object) => ({ message_id: 1, date: 1_790_000_000, chat, from, ...fields });
const press = (fields: object) => ({ id: '1', from, chat_instance: '1', message: message({ text: 'x' }), ...fields });

describe('an update', () => {
  it.each<[string, object]>([
    ['with no sender', { message: { message_id: 1, date: 1, chat, text: '/start' } }],
    [
      'from a channel that writes in its own name',
      {
        message: {
          message_id: 1,
          date: 1,
          chat: { id: -100, type: 'channel', title: 'x' },
          sender_chat: { id: -100, type: 'channel', title: 'x' },
          text: '/buy',
        },
      },
    ],
    ['from another bot', { message: message({ from: { ...from, is_bot: true }, text: '/buy' }) }],
    ['from a group', { message: message({ chat: { id: -5, type: 'group', title: 'x' }, text: '/buy' }) }],
    ['that is a press without a sender', { callback_query: { id: '1', chat_instance: '1', data: 'v1:hide' } }],
    [
      'that is a press in an inline message',
      { callback_query: press({ message: undefined, inline_message_id: 'x', data: 'v1:buy:0' }) },
    ],
    ['of a kind nobody asked for', { poll: { id: '1', question: 'x', options: [] } }],
    ['of a kind that does not exist yet', { something_new: { a: [1, { b: null }] } }],
    ['with nothing in it', {}],
    ['that is no message at all', { message: 'text' }],
    ['that is nothing', { message: null }],
    ['that is a list', { callback_query: [1, 2, 3] }],
  ])('%s is passed over', async (_, update) => {
    const before = (await fetch(`${shop.telegram.url}/_sim/users/6500/chat`)).status;
    expect(await deliver(update)).toBe(200);
    expect(errors()).toEqual([]);
    expect((await fetch(`${shop.telegram.url}/_sim/users/6500/chat`)).status).toBe(before);
  });

  it.each([
    ['65 bytes', 'v'.repeat(65)],
    ['65 bytes that begin like ours', `v1:pay:${'0'.repeat(58)}`],
    ['a megabyte less a little', 'v1:'.repeat(300_000)],
    ['nothing', ''],
    ['a game instead of data', undefined],
    ['somebody’s path', 'v1:server:../../etc/passwd'],
    ['a null byte', 'v1:hide\u0000'],
    ['half an emoji', 'v1:\uD83D'],
  ])('that is a press with callback data of %s is answered or ignored', async (_, data) => {
    const person = await newPerson();
    const of = { id: person.id, is_bot: false, first_name: 'x' };
    const pressed = message({ message_id: 2, chat: { ...chat, id: person.id }, from: of, text: 'x' });
    expect(
      await deliver({
        callback_query: press({
          from: of,
          message: pressed,
          ...(data === undefined ? { game_short_name: 'x' } : { data }),
        }),
      }),
    ).toBe(200);
    expect(errors()).toEqual([]);
    await person.send('/terms');
    await person.waitFor('Условия');
  });

  it.each([
    ['4,096 characters', 'Ж'.repeat(4_096)],
    ['4,096 characters of markup', '<b>&'.repeat(1_024)],
    ['a command with 4,000 characters behind it', `/start ${'A'.repeat(4_000)}`],
    ['a deep link of somebody else’s', '/start pay_0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab'],
    ['signs that turn the text around', '\u202E\u200F\u0000\uFFFF'],
    ['a command that does not exist', '/constructor'],
  ])('with a message of %s is answered', async (_, text) => {
    const person = await newPerson();
    const { messageId } = (await person.lastMessage())!;
    await deliver({
      message: message({
        chat: { ...chat, id: person.id },
        from: { ...from, id: person.id },
        text,
        ...(text.startsWith('/')
          ? { entities: [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]!.length }] }
          : {}),
      }),
    });
    await waitUntil(async () => (await person.lastMessage())!.messageId > messageId, { what: 'an answer' });
    expect(errors()).toEqual([]);
  });
});

describe('what stands in Redis', () => {
  const redis = async <T>(db: number, work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(shop.redis.url, { db });
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  const counted = async (store: string, reason: string): Promise<number> => {
    const text = await (await fetch(`${bot.url}/metrics`)).text();
    return Number(
      new RegExp(`gigabridge_redis_unreadable_total\\{store="${store}",reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ??
        0,
    );
  };
  const retype = async (client: Redis, key: string): Promise<void> =>
    void (await client.multi().del(key).sadd(key, 'x').expire(key, 600).exec());
  const replace = async (client: Redis, key: string, text: string): Promise<void> =>
    void (await client.set(key, text, 'EX', 600));

  it.each<[string, number, (id: number) => string, (client: Redis, key: string) => Promise<unknown>, string, string]>([
    [
      'a dialog of corrupt JSON',
      0,
      (id) => `fsm:{${BOT}:${id}:${id}}`,
      (client, key) => client.hset(key, 'data', '{"name":'),
      'fsm',
      'json',
    ],
    [
      'a dialog of an older format',
      0,
      (id) => `fsm:{${BOT}:${id}:${id}}`,
      (client, key) => client.hset(key, 'version', '0'),
      'fsm',
      'version',
    ],
    ['a dialog of another type', 0, (id) => `fsm:{${BOT}:${id}:${id}}`, retype, 'fsm', 'type'],
    [
      'settings of corrupt JSON',
      0,
      (id) => `session:{${BOT}:${id}}:settings`,
      (client, key) => client.hset(key, 'liveMessageId', '{'),
      'session',
      'json',
    ],
    [
      'settings of an older format',
      0,
      (id) => `session:{${BOT}:${id}}:settings`,
      (client, key) => client.hset(key, 'listPage', '"two"'),
      'session',
      'schema',
    ],
    ['settings of another type', 0, (id) => `session:{${BOT}:${id}}:settings`, retype, 'session', 'type'],
    [
      'a person of an older format',
      1,
      (id) => `cache:{user:${id}}`,
      (client, key) => replace(client, key, '{"value":{"id":1}}'),
      'cache user',
      'schema',
    ],
    [
      'a person of corrupt JSON',
      1,
      (id) => `cache:{user:${id}}`,
      (client, key) => replace(client, key, '{"value":'),
      'cache user',
      'json',
    ],
    ['locations of another type', 1, () => 'cache:{activeLocations:all}', retype, 'cache activeLocations', 'type'],
    ['a counter of another type', 2, (id) => `limit:{messages:${id}}`, retype, 'limit messages', 'type'],
  ])('%s is dropped with a counted warning, and the person goes on', async (_, db, keyOf, spoil, store, reason) => {
    const person = await newPerson();
    await person.send('/buy');
    await person.waitFor('Шаг 1 из 4');
    const before = await counted(store, reason);
    await redis(db, (client) => spoil(client, keyOf(person.id)));
    // Their tap may find their dialog gone; then it says so and they begin again.
    await person.click('🇳🇱 Нидерланды');
    await waitUntil(async () => /Шаг 2 из 4|Этот выбор устарел/.test((await person.lastMessage())?.text ?? ''), {
      what: 'an answer',
    });
    await person.send('/buy');
    const { seq } = await person.waitFor('Шаг 1 из 4');
    await person.click('🇳🇱 Нидерланды');
    await person.waitFor('Шаг 2 из 4', 10_000, { sinceSeq: seq });
    // The person does not wait for the counting.
    await waitUntil(async () => (await counted(store, reason)) > before, { what: 'it is counted' });
    expect(await counted(store, reason)).toBe(before + 1);
    const warnings = shop.log
      .filter((line) => line.includes('could not be used and was dropped'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(warnings).toEqual([expect.objectContaining({ level: 40, store, reason })]);
    expect(errors()).toEqual([]);
  });
});
