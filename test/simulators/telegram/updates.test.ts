import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Bot, GrammyError, webhookCallback } from 'grammy';
import type { Update } from 'grammy/types';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTelegramUser,
  setTelegramFaults,
  telegramCalls,
  type TelegramUser,
} from '../../../simulators/telegram/driver';
import type { TelegramSimulator } from '../../../simulators/telegram/server';
import { waitUntil } from '../../support/wait';
import { api, startSim, TOKEN } from './frame';

let sim: TelegramSimulator;
let anna: TelegramUser;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  sim = await startSim();
  anna = createTelegramUser(sim.url, 501, { firstName: 'Анна' });
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await sim.close();
});

const getUpdates = async (body: Record<string, unknown> = {}): Promise<Update[]> =>
  (await api(sim.url, 'getUpdates', body)).result as Update[];
const texts = (updates: Update[]) => updates.map((u) => u.message?.text);
const pollWaits = (count = 1) =>
  waitUntil(
    async () =>
      (await telegramCalls(sim.url)).filter((c) => c.method === 'getUpdates' && c.status === 0).length >= count,
    { what: 'a long poll' },
  );

function poller(): { bot: Bot; seen: string[]; ended: Promise<unknown> } {
  const bot = new Bot(TOKEN, { client: { apiRoot: sim.url } });
  const seen: string[] = [];
  bot.on('message:text', (ctx) => void seen.push(ctx.msg.text));
  const ended = bot.start().catch((error: unknown) => error);
  closers.push(async () => {
    if (bot.isRunning()) await bot.stop().catch(() => undefined);
    await ended;
  });
  return { bot, seen, ended };
}

describe('long polling', () => {
  it('a real bot: Start, a button, an edit, a block', async () => {
    const bot = new Bot(TOKEN, { client: { apiRoot: sim.url } });
    const seen: string[] = [];
    bot.command('start', (ctx) =>
      ctx.reply(`Привет, ${ctx.match}`, {
        reply_markup: { inline_keyboard: [[{ text: 'Купить', callback_data: 'buy' }]] },
      }),
    );
    bot.callbackQuery('buy', async (ctx) => {
      await ctx.answerCallbackQuery();
      await ctx.editMessageText('Выберите страну');
    });
    bot.on('my_chat_member', (ctx) => void seen.push(ctx.myChatMember.new_chat_member.status));
    const ended = bot.start();
    closers.push(async () => (await bot.stop(), ended));
    await anna.start('ref_7');
    const welcome = await anna.waitFor('Привет, ref_7');
    await anna.click('Купить');
    expect(await anna.waitFor('Выберите страну', 10_000, { sinceSeq: welcome.seq })).toMatchObject({
      messageId: welcome.messageId,
    });
    await anna.block();
    await anna.unblock();
    await waitUntil(() => seen.length === 2);
    expect(seen).toEqual(['kicked', 'member']);
  });

  it('an update is handed out again until a later offset confirms it', async () => {
    await anna.start();
    await anna.send('два');
    const [first] = await getUpdates();
    expect(texts(await getUpdates())).toEqual(['/start', 'два']);
    expect(texts(await getUpdates({ offset: (first?.update_id ?? 0) + 1 }))).toEqual(['два']);
    expect(texts(await getUpdates())).toEqual(['два']);
    expect(texts(await getUpdates({ limit: 1, offset: (first?.update_id ?? 0) + 2 }))).toEqual([]);
  });

  it('a poll waits for the next update and comes back empty in the end', async () => {
    const waiting = getUpdates({ timeout: 20 });
    await pollWaits();
    await anna.start();
    expect(texts(await waiting)).toEqual(['/start']);
    const [last] = await getUpdates({ offset: -1 });
    expect(await getUpdates({ offset: (last?.update_id ?? 0) + 1, timeout: 1 })).toEqual([]);
  });

  it('a bot killed in the middle of its work is given the same message again', async () => {
    await anna.start();
    const doomed = new AbortController();
    const half = await fetch(`${sim.url}/bot${TOKEN}/getUpdates?timeout=20`, { signal: doomed.signal });
    expect(texts(((await half.json()) as { result: Update[] }).result)).toEqual(['/start']);
    doomed.abort(); // dies before it confirms
    const { seen } = poller();
    await waitUntil(() => seen.length === 1);
    expect(seen).toEqual(['/start']);
  });

  it('a poller that hangs up does not swallow the next message', async () => {
    const gone = new AbortController();
    const hanging = fetch(`${sim.url}/bot${TOKEN}/getUpdates?timeout=20`, { signal: gone.signal }).catch(
      () => 'hung up',
    );
    await pollWaits();
    gone.abort();
    expect(await hanging).toBe('hung up');
    await anna.start();
    expect(texts(await getUpdates())).toEqual(['/start']);
  });

  it('two pollers: the older one ends with 409, the newer one gets the messages', async () => {
    const first = poller();
    await pollWaits();
    const second = poller();
    const error = await first.ended;
    expect(error).toBeInstanceOf(GrammyError);
    expect((error as GrammyError).description).toBe(
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    );
    await anna.start();
    await waitUntil(() => second.seen.length === 1);
    expect(first.seen).toEqual([]);
  });

  it('a bot that is stopped has confirmed what it handled', async () => {
    const { bot, seen } = poller();
    await anna.start();
    await waitUntil(() => seen.length === 1);
    await bot.stop();
    expect(await getUpdates()).toEqual([]);
  });

  it('the same update twice carries the same update_id', async () => {
    await setTelegramFaults(sim.url, { duplicateUpdates: true });
    await anna.start();
    const [first, second] = await getUpdates();
    expect(first).toEqual(second);
  });

  it('kinds that were not asked for never arrive, and the choice is remembered', async () => {
    await getUpdates({ allowed_updates: ['callback_query'] });
    await anna.start();
    expect(await getUpdates()).toEqual([]);
    await getUpdates({ allowed_updates: [] });
    await anna.send('теперь');
    expect(texts(await getUpdates())).toEqual(['теперь']);
  });

  it('a button with data of a modified client, and a button of a deleted message, arrive like any other', async () => {
    await anna.start();
    const { message_id } = (await api(sim.url, 'sendMessage', { chat_id: anna.id, text: 'x' })).result as {
      message_id: number;
    };
    await anna.click({ messageId: message_id, data: 'v1:forged' });
    await api(sim.url, 'deleteMessage', { chat_id: anna.id, message_id });
    await anna.click({ messageId: message_id, data: 'late' });
    const queries = (await getUpdates()).flatMap((u) => u.callback_query ?? []);
    expect(queries.map((q) => [q.data, q.message?.message_id, q.message?.date === 0])).toEqual([
      ['v1:forged', message_id, false],
      ['late', message_id, true],
    ]);
  });

  it('an outage ends the open poll, and nothing that was waiting is lost', async () => {
    const waiting = getUpdates({ timeout: 20 }).catch(() => 'reset');
    await pollWaits();
    await setTelegramFaults(sim.url, { down: true });
    expect(await waiting).toBe('reset');
    await anna.start();
    await setTelegramFaults(sim.url, { down: null });
    expect(texts(await getUpdates())).toEqual(['/start']);
  });

  it('a restart of the stand-in keeps chats, pictures and unconfirmed updates', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'telegram-sim-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const state = join(folder, 'state.json');
    const before = await startSim({ state });
    await createTelegramUser(before.url, 9).start();
    await api(before.url, 'sendMessage', { chat_id: 9, text: 'помню' });
    await before.close();
    const after = await startSim({ state });
    closers.push(() => after.close());
    expect((await createTelegramUser(after.url, 9).chat()).messages.map((m) => m.text)).toEqual(['/start', 'помню']);
    expect(texts((await api(after.url, 'getUpdates')).result as Update[])).toEqual(['/start']);
    const reset = await fetch(`${after.url}/_sim/reset`, { method: 'POST' });
    expect(await reset.json()).toEqual({ ok: true });
    expect((await api(after.url, 'sendMessage', { chat_id: 9, text: 'x' })).description).toBe(
      'Bad Request: chat not found',
    );
  });
});

describe('webhook', () => {
  const SECRET = 'sekret_0123456789';
  let hook: Server;
  let url: string;
  let answer: (update: Update, attempt: number) => number | Promise<number>;
  const arrived: string[] = [];
  let attempts: Map<number, number>;

  beforeEach(async () => {
    arrived.length = 0;
    attempts = new Map();
    answer = () => 200;
    hook = createServer((req, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        const update = JSON.parse(body) as Update;
        const attempt = (attempts.get(update.update_id) ?? 0) + 1;
        attempts.set(update.update_id, attempt);
        arrived.push(
          `${update.message?.from.id} ${update.message?.text} ${String(req.headers['x-telegram-bot-api-secret-token'])}`,
        );
        void Promise.resolve(answer(update, attempt)).then((status) => res.writeHead(status).end());
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/webhooks/telegram`;
    closers.push(() => {
      hook.closeAllConnections();
      return new Promise((resolve) => hook.close(resolve));
    });
  });

  const set = (extra: Record<string, unknown> = {}) =>
    api(sim.url, 'setWebhook', { url, secret_token: SECRET, ...extra });
  const info = async () =>
    (await api(sim.url, 'getWebhookInfo')).result as {
      url: string;
      pending_update_count: number;
      last_error_message?: string;
    };

  it('carries the secret, counts what is pending, and refuses pollers meanwhile', async () => {
    const waiting = api(sim.url, 'getUpdates', { timeout: 20 });
    await pollWaits();
    expect(await set()).toEqual({ ok: true, result: true, description: 'Webhook was set' });
    expect((await waiting).description).toBe('Conflict: terminated by setWebhook request');
    expect((await api(sim.url, 'getUpdates')).description).toBe(
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
    await anna.start();
    await waitUntil(async () => (await info()).pending_update_count === 0);
    expect(arrived).toEqual([`501 /start ${SECRET}`]);
    expect(await api(sim.url, 'deleteWebhook')).toMatchObject({ description: 'Webhook was deleted' });
    expect((await info()).url).toBe('');
  });

  it('a failed delivery is repeated, and later messages of that chat wait behind it while other chats go on', async () => {
    const boris = createTelegramUser(sim.url, 502);
    let heal: () => void = () => undefined;
    const healed = new Promise<void>((resolve) => (heal = resolve));
    answer = async (update, attempt) => {
      if (update.message?.text !== '/start' || update.message.from.id !== anna.id) return 200;
      if (attempt === 2) await healed;
      return attempt < 3 ? 500 : 200;
    };
    await set();
    await anna.start();
    await anna.send('второе');
    await boris.start();
    await waitUntil(() => arrived.some((line) => line.startsWith('502')));
    await waitUntil(() => arrived.filter((line) => line.startsWith('501')).length === 2);
    expect(arrived.filter((line) => line.startsWith('501 второе'))).toEqual([]);
    expect(await info()).toMatchObject({
      pending_update_count: 2,
      last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
    });
    heal();
    await waitUntil(async () => (await info()).pending_update_count === 0);
    expect(arrived.filter((line) => line.startsWith('501')).map((line) => line.split(' ')[1])).toEqual([
      '/start',
      '/start',
      '/start',
      'второе',
    ]);
  });

  it('a bot that is away gets everything once it is back', async () => {
    await new Promise((resolve) => hook.close(resolve));
    await set();
    await anna.start();
    await waitUntil(async () => (await info()).last_error_message === 'Connection refused');
    await new Promise<void>((resolve) => hook.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    await waitUntil(() => arrived.length === 1);
  });

  it("grammY's webhook handler takes the updates, and turns away a wrong secret", async () => {
    const bot = new Bot(TOKEN, { client: { apiRoot: sim.url } });
    bot.command('start', (ctx) => ctx.reply('по вебхуку'));
    hook.removeAllListeners('request');
    hook.on('request', webhookCallback(bot, 'http', { secretToken: SECRET }));
    expect(
      (await fetch(url, { method: 'POST', headers: { 'x-telegram-bot-api-secret-token': 'wrong' }, body: '{}' }))
        .status,
    ).toBe(401);
    await set();
    await anna.start();
    await anna.waitFor('по вебхуку');
  });

  it('duplicates on request, and calls made through the answer of the webhook', async () => {
    const bot = new Bot(TOKEN, { client: { apiRoot: sim.url, canUseWebhookReply: () => true } });
    let starts = 0;
    bot.command('start', (ctx) => ((starts += 1), ctx.reply('ответ')));
    await bot.init();
    hook.removeAllListeners('request');
    hook.on('request', webhookCallback(bot, 'http'));
    await setTelegramFaults(sim.url, { duplicateUpdates: true });
    await api(sim.url, 'setWebhook', { url });
    await anna.start();
    await waitUntil(async () => (await anna.chat()).messages.filter((m) => m.text === 'ответ').length === 2);
    expect(starts).toBe(2);
  });

  it('refuses what Telegram refuses, and a second call within the second', async () => {
    // At once, so that the second does come within the second.
    const both = await Promise.all([1, 2].map(() => set({ url: 'http://shop.example/hook' })));
    expect(both).toContainEqual(
      expect.objectContaining({ description: 'Bad Request: bad webhook: An HTTPS URL must be provided for webhook' }),
    );
    expect(both).toContainEqual(expect.objectContaining({ error_code: 429, parameters: { retry_after: 1 } }));
    const other = await startSim();
    closers.push(() => other.close());
    expect((await api(other.url, 'setWebhook', { url, secret_token: 'a b' })).description).toBe(
      'Bad Request: secret token contains unallowed characters',
    );
  });
});
