/**
 * Two real processes of the bot behind a balancer, on one real Redis; processes and Redis are killed, emptied and
 * stopped on the way.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { telegramCalls } from '../../simulators/telegram/driver';
import { createPool } from '../../src/storage/postgres/pool';
import { startBalancer, type Balancer } from '../support/balancer';
import { createBuyer, payAt, type Buyer } from '../support/buyer';
import { startStack, type Stack } from '../support/stack';
import { waitUntil } from '../support/wait';

const LIMIT_MS = 240_000;
const SECRET = 'a-secret-only-telegram-knows-0123';
const BOTS = ['bot', 'bot-2'] as const;
let stack: Stack;
let balancer: Balancer;
let pool: Pool;
let nextBuyer = 21_001;
let nextUpdate = 900_000_001;

beforeAll(async () => {
  balancer = await startBalancer();
  stack = await startStack({
    processes: ['worker'],
    env: {
      PAYMENT_POLL_INTERVAL: '2s',
      BOT_MODE: 'webhook',
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      PUBLIC_URL: balancer.url,
    },
  });
  pool = createPool(stack.databaseUrl, { onError: () => undefined });
  for (const name of BOTS) await start(name);
  await waitUntil(
    async () =>
      ((await (await fetch(`${stack.telegramUrl}/_sim/bot`)).json()) as { webhookUrl: string | null }).webhookUrl !==
      null,
    { what: 'the webhook is set' },
  );
}, LIMIT_MS);
afterAll(async () => {
  await pool?.end();
  await stack?.stop();
  await balancer?.close();
}, LIMIT_MS);

async function start(name: (typeof BOTS)[number]): Promise<void> {
  await stack.start(name);
  balancer.targets = BOTS.filter((one) => stack.isRunning(one)).map((one) => stack.urlOf(one));
}

async function newBuyer(): Promise<Buyer> {
  const buyer = createBuyer(stack.telegramUrl, nextBuyer++);
  await buyer.start();
  await buyer.waitFor('Hello');
  return buyer;
}

async function toConfirmation(buyer: Buyer): Promise<void> {
  await buyer.send('/buy');
  await buyer.tap('Netherlands');
  await buyer.tap('Choose for me');
  await buyer.tap('A month');
  await buyer.waitForButton('✅ Pay');
}

/** Gives an update to one replica, past the balancer. */
async function deliver(name: (typeof BOTS)[number], content: object, updateId = nextUpdate++): Promise<number> {
  const answer = await fetch(`${stack.urlOf(name)}/webhooks/telegram`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
    body: JSON.stringify({ update_id: updateId, ...content }),
  });
  return answer.status;
}

/**
 * Delivers again, as Telegram does, while the answer is that another replica handles the update.
 * @returns the last answer
 */
async function deliverUntilTaken(name: (typeof BOTS)[number], content: object): Promise<number> {
  const updateId = nextUpdate++;
  const taken = async () => {
    const status = await deliver(name, content, updateId);
    return status === 503 ? undefined : status;
  };
  return (await waitUntil(taken, { what: 'the update is taken' }))!;
}

const from = (buyer: Buyer) => ({ id: buyer.id, is_bot: false, first_name: `Buyer ${buyer.id}`, language_code: 'en' });
const message = (buyer: Buyer, text: string) => ({
  message: {
    message_id: 1,
    date: 1_790_000_000,
    chat: { id: buyer.id, type: 'private', first_name: 'x' },
    from: from(buyer),
    text,
    entities: [{ type: 'bot_command', offset: 0, length: text.length }],
  },
});
const press = (buyer: Buyer, messageId: number, data: string) => ({
  callback_query: {
    id: String(nextUpdate),
    from: from(buyer),
    chat_instance: '1',
    data,
    message: {
      message_id: messageId,
      date: 1_790_000_000,
      chat: { id: buyer.id, type: 'private', first_name: 'x' },
      text: 'x',
    },
  },
});

async function buttonData(buyer: Buyer, label: string): Promise<{ messageId: number; data: string }> {
  for (const { messageId, replyMarkup } of (await buyer.chat()).messages.toReversed()) {
    const button =
      replyMarkup && 'inline_keyboard' in replyMarkup
        ? replyMarkup.inline_keyboard.flat().find(({ text }) => text.includes(label))
        : undefined;
    if (button && 'callback_data' in button) return { messageId, data: button.callback_data };
  }
  throw new Error(`no button "${label}"`);
}

const repliesWith = async (buyer: Buyer, text: string): Promise<number> =>
  (await buyer.chat()).messages.filter((one) => one.from === 'bot' && one.text?.includes(text)).length;
const paymentsOf = async (buyer: Buyer) =>
  (await pool.query('SELECT status FROM payments WHERE user_id = $1', [buyer.id])).rows as { status: string }[];
const keyArrives = (buyer: Buyer) =>
  waitUntil(async () => (await buyer.keys()).length > 0, { what: 'the key arrives' });
const readiness = async (name: (typeof BOTS)[number]) =>
  (await (await fetch(`${stack.urlOf(name)}/readyz`)).json()) as { status: string; parts: Record<string, string> };

async function onRedis<T>(db: number, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(stack.redisUrl, { db });
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

describe('two replicas of the bot', () => {
  it.each([
    ['bot', 'bot-2'],
    ['bot-2', 'bot'],
  ] as const)(
    'a dialog goes on when %s is killed in its middle: %s has it all',
    async (killed, left) => {
      const buyer = await newBuyer();
      await buyer.send('/buy');
      await buyer.tap('Netherlands');
      await buyer.waitForButton('Choose for me');
      await stack.kill(killed);
      // The balancer does not know yet: half of what Telegram delivers comes back with 502 and is delivered again.
      await buyer.tap('Choose for me');
      await buyer.tap('A month');
      await buyer.tap('✅ Pay');
      await buyer.waitForButton('💳 Pay');
      expect(await paymentsOf(buyer)).toEqual([{ status: 'pending' }]);
      expect(stack.isRunning(left)).toBe(true);
      await start(killed);
    },
    LIMIT_MS,
  );

  it(
    'ten updates of one chat at once, five to each: all are handled, and ten taps on "Pay" are one order',
    async () => {
      const buyer = await newBuyer();
      await toConfirmation(buyer);
      const pay = await buttonData(buyer, '✅ Pay');
      await onRedis(0, (redis) => redis.del(`session:{100000001:${buyer.id}}:history`));
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => deliverUntilTaken(BOTS[n % 2]!, press(buyer, pay.messageId, pay.data))),
      );
      expect(answers).toEqual(Array.from({ length: 10 }, () => 200));
      expect(await paymentsOf(buyer)).toHaveLength(1);
      await buyer.waitForButton('💳 Pay');
      const all = (await (await fetch(`${stack.yookassaUrl}/_sim/payments`)).json()) as {
        metadata: { gigabridge_payment_id: string };
      }[];
      const { rows } = await pool.query('SELECT id FROM payments WHERE user_id = $1', [buyer.id]);
      expect(all.filter(({ metadata }) => metadata.gigabridge_payment_id === rows[0].id)).toHaveLength(1);
      const lines = () => onRedis(0, (redis) => redis.lrange(`session:{100000001:${buyer.id}}:history`, 0, -1));
      // A slow update may be answered before all of its work is done.
      const history = await waitUntil(async () => ((await lines()).length >= 10 ? lines() : undefined), {
        what: 'ten entries',
      });
      expect(history!.map((entry) => (JSON.parse(entry) as { action: string }).action)).toEqual(
        Array.from({ length: 10 }, () => 'pay'),
      );
    },
    LIMIT_MS,
  );

  it(
    'an update that Telegram delivers to both acts once',
    async () => {
      const buyer = await newBuyer();
      const updateId = nextUpdate++;
      const statuses = await Promise.all(
        Array.from({ length: 6 }, (_, n) => deliver(BOTS[n % 2]!, message(buyer, '/terms'), updateId)),
      );
      // One handles it; the others answer 200 (done already) or 503 (being handled, deliver again).
      expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
      expect(statuses).toContain(200);
      for (const name of BOTS) expect(await deliver(name, message(buyer, '/terms'), updateId)).toBe(200);
      await buyer.send('/help');
      await buyer.waitFor('Connect:');
      expect(await repliesWith(buyer, 'The price is final')).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'no replica shows an old list of subscriptions after a purchase',
    async () => {
      const buyer = await newBuyer();
      for (const name of BOTS) expect(await deliver(name, message(buyer, '/subscriptions'))).toBe(200);
      await waitUntil(async () => (await repliesWith(buyer, 'No subscriptions yet')) === 2, {
        what: 'both say that there is nothing',
      });
      await payAt(stack.yookassaUrl, await buyer.order());
      await keyArrives(buyer);
      for (const name of BOTS) expect(await deliver(name, message(buyer, '/subscriptions'))).toBe(200);
      expect(await repliesWith(buyer, 'No subscriptions yet')).toBe(2);
      await buyer.waitForButton('Netherlands');
    },
    LIMIT_MS,
  );

  it(
    'counts one person’s messages together, and tells them once',
    async () => {
      const buyer = await newBuyer(); // one message so far
      await Promise.all(Array.from({ length: 14 }, (_, n) => deliver(BOTS[n % 2]!, message(buyer, '/terms'))));
      await buyer.waitFor('Too many messages');
      await waitUntil(async () => (await repliesWith(buyer, 'The price is final')) === 9, { what: 'nine answers' });
      expect(await repliesWith(buyer, 'Too many messages')).toBe(1);
    },
    LIMIT_MS,
  );
});

describe('Redis', () => {
  it(
    'emptied while they run: dialogs begin anew, and nothing that was bought or paid is gone',
    async () => {
      const [choosing, paying, owner] = [await newBuyer(), await newBuyer(), await newBuyer()];
      await payAt(stack.yookassaUrl, await owner.order());
      await keyArrives(owner);
      const open = await paying.order();
      await choosing.send('/buy');
      await choosing.tap('Netherlands');
      await choosing.waitForButton('Choose for me');

      await onRedis(0, (redis) => redis.flushall());
      await choosing.tap('Choose for me');
      await choosing.waitFor('This choice has expired');
      await toConfirmation(choosing);
      await owner.send('/subscriptions');
      await owner.waitForButton('Netherlands');
      await payAt(stack.yookassaUrl, open);
      // The webhook may have been quicker; then the button is gone.
      await buttonData(paying, 'I have paid')
        .then(({ messageId }) => paying.click({ messageId, text: 'I have paid' }))
        .catch(() => undefined);
      await keyArrives(paying);
      expect(await paymentsOf(paying)).toEqual([{ status: 'issued' }]);
      for (const name of BOTS)
        await waitUntil(async () => (await readiness(name)).status === 'ok', { what: `${name} is ready` });
    },
    LIMIT_MS,
  );

  it(
    'stopped and started while they run: no money is taken meanwhile, what is bought is shown, and all goes on by itself',
    async () => {
      const [buyer, owner] = [await newBuyer(), await newBuyer()];
      await payAt(stack.yookassaUrl, await owner.order());
      await keyArrives(owner);
      await toConfirmation(buyer);
      const pids = stack.output('bot').length;

      await stack.redis.stop();
      for (const name of BOTS) {
        const missing = JSON.stringify({
          status: 'degraded',
          parts: { postgres: 'ok', redis: 'degraded', temporal: 'ok', telegram: 'ok' },
        });
        await waitUntil(async () => JSON.stringify(await readiness(name)) === missing, {
          what: `${name} says what is missing`,
        });
      }
      await buyer.tap('✅ Pay');
      await buyer.waitFor('I cannot take a payment right now');
      expect(await paymentsOf(buyer)).toEqual([]);
      const { messageId } = (await owner.lastMessage())!;
      await owner.send('/subscriptions');
      await waitUntil(async () => (await owner.lastMessage())!.messageId > messageId, { what: 'the list' });
      expect(JSON.stringify((await owner.lastMessage())!.replyMarkup)).toContain('Netherlands');

      await stack.redis.restart();
      for (const name of BOTS) {
        await waitUntil(async () => (await readiness(name)).status === 'ok', { what: `${name} has recovered` });
        expect(stack.isRunning(name)).toBe(true);
      }
      await payAt(stack.yookassaUrl, await buyer.order());
      await keyArrives(buyer);
      expect(await paymentsOf(buyer)).toEqual([{ status: 'issued' }]);
      expect(stack.output('bot').length).toBeGreaterThan(pids);
    },
    LIMIT_MS,
  );
});

describe('polling', () => {
  it(
    'one of them polls; killed, it is replaced once its lock of 10 seconds has expired, and the two never poll at once',
    async () => {
      for (const name of BOTS) await stack.kill(name);
      const polling = { BOT_MODE: 'polling' };
      const since = Object.fromEntries(BOTS.map((name) => [name, stack.output(name).length]));
      const said = (name: (typeof BOTS)[number], words: string) =>
        stack.output(name).slice(since[name]).includes(words);
      for (const name of BOTS) await stack.start(name, polling);
      // Replicas of the other tests led in webhook mode; here only the leader of polling counts.
      const leader = await waitUntil(() => BOTS.find((name) => said(name, 'elected leader')), { what: 'a leader' });
      const other = BOTS.find((name) => name !== leader)!;
      const buyer = await newBuyer();
      const calls = (await telegramCalls(stack.telegramUrl)).length;

      await stack.kill(leader!);
      const lockedFor = await onRedis(2, (redis) => redis.pttl('leader:{polling:100000001}'));
      expect([lockedFor > 0, lockedFor <= 10_000]).toEqual([true, true]);
      await buyer.send('/help');
      await buyer.waitFor('Connect:');
      expect(said(other, 'elected leader')).toBe(true);

      // The one that was killed comes back, and the leader stays.
      await stack.start(leader!, polling);
      await buyer.send('/terms');
      await buyer.waitFor('The price is final');
      expect(await repliesWith(buyer, 'The price is final')).toBe(1);
      for (const name of BOTS) expect(said(name, 'standing down')).toBe(false);
      // At most the long poll of the killed replica.
      const conflicts = (await telegramCalls(stack.telegramUrl))
        .slice(calls)
        .filter(({ method, status }) => method === 'getUpdates' && status === 409);
      expect(conflicts.length).toBeLessThanOrEqual(1);
    },
    LIMIT_MS,
  );
});
