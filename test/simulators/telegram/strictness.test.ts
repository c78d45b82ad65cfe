import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InputFile, InputMediaBuilder, Api, GrammyError } from 'grammy';
import type { InlineKeyboardButton } from 'grammy/types';
import {
  createTelegramUser,
  setTelegramFaults,
  telegramCalls,
  type TelegramUser,
} from '../../../simulators/telegram/driver';
import type { TelegramSimulator } from '../../../simulators/telegram/server';
import { api, PNG, startSim, TOKEN } from './frame';

let sim: TelegramSimulator;
let anna: TelegramUser;
let bot: Api;

beforeEach(async () => {
  sim = await startSim();
  anna = createTelegramUser(sim.url, 501, { firstName: 'Анна' });
  bot = new Api(TOKEN, { apiRoot: sim.url });
  await anna.start();
});
afterEach(() => sim.close());

const button = (extra: object) => ({
  reply_markup: { inline_keyboard: [[{ text: 'b', ...extra } as InlineKeyboardButton]] },
});
const description = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'was accepted',
    (error: unknown) => (error instanceof GrammyError ? `${error.error_code} ${error.description}` : String(error)),
  );

describe('what Telegram refuses, in its own words', () => {
  it('a chat that never pressed Start', async () => {
    expect(await description(bot.sendMessage(999, 'x'))).toBe('400 Bad Request: chat not found');
    expect(await description(bot.sendMessage('@somebody', 'x'))).toBe('400 Bad Request: chat not found');
  });

  it('a person who blocked the bot or is gone, until Start is pressed again', async () => {
    await anna.block();
    expect(await description(bot.sendMessage(anna.id, 'x'))).toBe('403 Forbidden: bot was blocked by the user');
    await anna.start();
    expect(await description(bot.sendMessage(anna.id, 'x'))).toBe('was accepted');
    await anna.deactivate();
    expect(await description(bot.sendMessage(anna.id, 'x'))).toBe('403 Forbidden: user is deactivated');
  });

  it.each<[string, Parameters<Api['sendMessage']>[2] & object]>([
    ['BUTTON_DATA_INVALID', button({ callback_data: 'я'.repeat(33) })],
    ['BUTTON_DATA_INVALID', button({ callback_data: '' })],
    [
      "inline keyboard button URL 'hiddify://import/x' is invalid: Unsupported URL protocol",
      button({ url: 'hiddify://import/x' }),
    ],
    ['BUTTON_URL_INVALID', button({ url: 'https://a|b.example/' })],
    ['BUTTON_COPY_TEXT_INVALID', button({ copy_text: { text: 'x'.repeat(257) } })],
    ['Text buttons are unallowed in the inline keyboard', button({})],
    [
      'inline keyboard button text must be non-empty',
      { reply_markup: { inline_keyboard: [[{ text: '', callback_data: 'x' }]] } },
    ],
    [
      'reply markup is too long',
      { reply_markup: { inline_keyboard: [Array.from({ length: 101 }, () => ({ text: 'b', callback_data: 'x' }))] } },
    ],
  ])('a keyboard: %s', async (words, extra) => {
    expect(await description(bot.sendMessage(anna.id, 'x', extra))).toBe(`400 Bad Request: ${words}`);
  });

  it('takes callback data of exactly 64 bytes', async () => {
    expect(await description(bot.sendMessage(anna.id, 'x', button({ callback_data: 'я'.repeat(32) })))).toBe(
      'was accepted',
    );
  });

  it('texts that are empty or too long; sending and editing say it differently', async () => {
    expect(await description(bot.sendMessage(anna.id, ''))).toBe('400 Bad Request: message text is empty');
    expect(await description(bot.sendMessage(anna.id, '<b> </b>', { parse_mode: 'HTML' }))).toBe(
      '400 Bad Request: text must be non-empty',
    );
    expect(await description(bot.sendMessage(anna.id, 'x'.repeat(4097)))).toBe('400 Bad Request: message is too long');
    expect(await description(bot.sendMessage(anna.id, `<b>${'x'.repeat(4096)}</b>`, { parse_mode: 'HTML' }))).toBe(
      'was accepted',
    );
    const { message_id } = await bot.sendMessage(anna.id, 'x');
    expect(await description(bot.editMessageText(anna.id, message_id, 'x'.repeat(4097)))).toBe(
      '400 Bad Request: MESSAGE_TOO_LONG',
    );
    expect(await description(bot.sendPhoto(anna.id, new InputFile(PNG), { caption: 'x'.repeat(1025) }))).toBe(
      '400 Bad Request: message caption is too long',
    );
  });

  it('edits of what is unchanged, gone, not ours, or of another kind', async () => {
    const sent = await bot.sendMessage(anna.id, '<b>x</b>', {
      parse_mode: 'HTML',
      reply_markup: { inline_keyboard: [[{ text: 'b', callback_data: 'c' }]] },
    });
    const same = {
      parse_mode: 'HTML' as const,
      reply_markup: { inline_keyboard: [[{ callback_data: 'c', text: 'b' }]] },
    };
    expect(await description(bot.editMessageText(anna.id, sent.message_id, ' <b>x</b> ', same))).toBe(
      '400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
    expect(await description(bot.editMessageText(anna.id, sent.message_id, '<b>x</b>', { parse_mode: 'HTML' }))).toBe(
      'was accepted',
    );
    expect(await description(bot.editMessageText(anna.id, 1, 'x'))).toBe("400 Bad Request: message can't be edited");
    const photo = await bot.sendPhoto(anna.id, new InputFile(PNG));
    expect(await description(bot.editMessageText(anna.id, photo.message_id, 'x'))).toBe(
      '400 Bad Request: there is no text in the message to edit',
    );
    expect(await description(bot.editMessageCaption(anna.id, sent.message_id, { caption: 'x' }))).toBe(
      '400 Bad Request: there is no caption in the message to edit',
    );
    await bot.deleteMessage(anna.id, sent.message_id);
    expect(await description(bot.editMessageText(anna.id, sent.message_id, 'y'))).toBe(
      '400 Bad Request: message to edit not found',
    );
    expect(await description(bot.deleteMessage(anna.id, sent.message_id))).toBe(
      '400 Bad Request: message to delete not found',
    );
    expect(await description(bot.deleteMessages(anna.id, [sent.message_id, photo.message_id]))).toBe('was accepted');
  });

  it('broken HTML, before it looks at the chat', async () => {
    expect(await description(bot.sendMessage(999, '<p>x</p>', { parse_mode: 'HTML' }))).toBe(
      '400 Bad Request: can\'t parse entities: Unsupported start tag "p" at byte offset 0',
    );
  });

  it('an answer to a button that is unknown, answered before, or too late', async () => {
    const tooOld = '400 Bad Request: query is too old and response timeout expired or query ID is invalid';
    const { message_id } = await bot.sendMessage(anna.id, 'x', button({ callback_data: 'go' }));
    const press = async () =>
      ((await anna.click({ messageId: message_id, data: 'go' })) as { callbackQueryId: string }).callbackQueryId;
    expect(await description(bot.answerCallbackQuery('123'))).toBe(tooOld);
    const id = await press();
    expect(await description(bot.answerCallbackQuery(id, { text: 'ок', show_alert: true }))).toBe('was accepted');
    expect(await description(bot.answerCallbackQuery(id))).toBe(tooOld);
    expect((await anna.chat()).callbackAnswers).toMatchObject([{ text: 'ок', showAlert: true }]);
    await setTelegramFaults(sim.url, { expireCallbacks: true });
    expect(await description(bot.answerCallbackQuery(await press()))).toBe(tooOld);
  });

  it('tokens and methods that do not exist', async () => {
    expect(await api(sim.url, 'getMe', {}, 'nonsense')).toEqual({
      ok: false,
      error_code: 401,
      description: 'Unauthorized: invalid token specified',
    });
    expect(await api(sim.url, 'sendTelepathy')).toEqual({ ok: false, error_code: 404, description: 'Not Found' });
    const strict = await startSim({ token: TOKEN });
    expect(await api(strict.url, 'getMe', {}, '700001:another')).toEqual({
      ok: false,
      error_code: 401,
      description: 'Unauthorized',
    });
    expect(await api(strict.url, 'GETME')).toMatchObject({
      ok: true,
      result: { id: 700001, is_bot: true, username: 'gigabridge_bot' },
    });
    await strict.close();
  });

  it('a picture that is none, and fetching addresses', async () => {
    expect(await description(bot.sendPhoto(anna.id, new InputFile(Buffer.from('no picture'))))).toBe(
      '400 Bad Request: IMAGE_PROCESS_FAILED',
    );
    expect(await description(bot.sendPhoto(anna.id, 'https://a.example/x.png'))).toBe(
      '400 Bad Request: failed to get HTTP URL content',
    );
    expect(await description(bot.sendPhoto(anna.id, 'unknown-file-id'))).toBe(
      '400 Bad Request: wrong file identifier/HTTP URL specified',
    );
  });
});

describe('what the person has on the screen', () => {
  it('pictures, sent by upload and again by file_id, swapped by editMessageMedia, fetched both ways', async () => {
    const sent = await bot.sendPhoto(anna.id, new InputFile(PNG, 'qr.png'), {
      caption: '<b>ключ</b>',
      parse_mode: 'HTML',
    });
    expect(sent.photo).toMatchObject([{ width: 2, height: 3, file_size: PNG.length }]);
    const fileId = sent.photo?.[0]?.file_id ?? '';
    await bot.sendPhoto(anna.id, fileId);
    const { file_path } = await bot.getFile(fileId);
    expect(Buffer.from(await (await fetch(`${sim.url}/file/bot${TOKEN}/${file_path}`)).arrayBuffer())).toEqual(PNG);
    const shown = (await anna.chat()).messages.find((m) => m.messageId === sent.message_id);
    expect(shown).toMatchObject({ caption: 'ключ', captionHtml: '<b>ключ</b>' });
    const picture = await fetch(sim.url + shown?.photoUrl);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG);
    await bot.editMessageMedia(
      anna.id,
      sent.message_id,
      InputMediaBuilder.photo(new InputFile(PNG), { caption: 'новый' }),
    );
    expect((await anna.chat()).messages.find((m) => m.messageId === sent.message_id)).toMatchObject({
      caption: 'новый',
    });
  });

  it('a transcript that is the same in every run', async () => {
    await bot.sendMessage(anna.id, 'Привет,\nАнна', {
      reply_markup: {
        inline_keyboard: [
          [
            { text: 'Купить', callback_data: 'b' },
            { text: 'Сайт', url: `${sim.url}/x` },
          ],
        ],
      },
    });
    await anna.send('спасибо');
    await bot.sendDocument(anna.id, new InputFile(Buffer.from('x'), 'rules.txt'), { caption: 'Правила' });
    const { callbackQueryId } = (await anna.click('Купить')) as { callbackQueryId: string };
    await bot.answerCallbackQuery(callbackQueryId, { text: 'Секунду' });
    expect(await anna.click('Сайт')).toEqual({ url: `${sim.url}/x` });
    expect(await anna.transcript()).toBe(
      [
        '[1] Анна> /start',
        '[2] bot> Привет,',
        '         Анна',
        '    [Купить] [Сайт ↗]',
        '[3] Анна> спасибо',
        '[4] bot> (document rules.txt) Правила',
        '    toast> Секунду',
        '',
      ].join('\n'),
    );
  });

  it('copies, forwards, pins, reactions and settings are kept', async () => {
    const { message_id } = await bot.sendMessage(anna.id, 'x');
    await bot.copyMessage(anna.id, anna.id, message_id);
    await bot.forwardMessage(anna.id, anna.id, message_id);
    await bot.pinChatMessage(anna.id, message_id);
    await bot.setMessageReaction(anna.id, 1, [{ type: 'emoji', emoji: '👍' }]);
    const { messages } = await anna.chat();
    expect(messages.map((m) => [m.messageId, m.text, m.pinned, m.forwarded, m.reaction])).toEqual([
      [1, '/start', undefined, undefined, '👍'],
      [2, 'x', true, undefined, undefined],
      [3, 'x', undefined, undefined, undefined],
      [4, 'x', undefined, true, undefined],
    ]);
    await bot.setMyCommands([{ command: 'buy', description: 'Купить' }], {
      language_code: 'ru',
      scope: { type: 'all_private_chats' },
    });
    expect(await bot.getMyCommands({ language_code: 'ru', scope: { type: 'all_private_chats' } })).toEqual([
      { command: 'buy', description: 'Купить' },
    ]);
    expect(await bot.getMyCommands()).toEqual([]);
    expect(await description(bot.setMyCommands([{ command: 'Buy!', description: 'x' }]))).toBe(
      '400 Bad Request: BOT_COMMAND_INVALID',
    );
    expect(await bot.getChat(anna.id)).toMatchObject({ id: anna.id, type: 'private', first_name: 'Анна' });
    expect(await bot.sendChatAction(anna.id, 'typing')).toBe(true);
  });

  it('the same call as form, as query and as JSON', async () => {
    const form = await fetch(`${sim.url}/bot${TOKEN}/sendMessage`, {
      method: 'POST',
      body: new URLSearchParams({ chat_id: String(anna.id), text: 'form' }),
    });
    const query = await fetch(`${sim.url}/bot${TOKEN}/sendMessage?chat_id=${anna.id}&text=query`);
    expect([form.status, query.status]).toEqual([200, 200]);
    expect((await anna.chat()).messages.map((m) => m.text)).toEqual(['/start', 'form', 'query']);
  });
});

describe('switches and records', () => {
  it('429 tells when to come back, in the body and in the header, and ends by itself', async () => {
    await setTelegramFaults(sim.url, { tooManyRequests: { retryAfter: 7, methods: ['sendMessage'], times: 1 } });
    const limited = await fetch(`${sim.url}/bot${TOKEN}/sendMessage?chat_id=${anna.id}&text=x`);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await limited.json()).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 7',
      parameters: { retry_after: 7 },
    });
    expect((await api(sim.url, 'sendMessage', { chat_id: anna.id, text: 'x' })).ok).toBe(true);
  });

  it('an answer that is lost after the message was delivered', async () => {
    await setTelegramFaults(sim.url, { resetAfterCommit: { method: 'sendMessage', times: 1 } });
    await expect(api(sim.url, 'sendMessage', { chat_id: anna.id, text: 'once' })).rejects.toThrow();
    expect((await anna.chat()).messages.map((m) => m.text)).toEqual(['/start', 'once']);
  });

  it('refusals to order, an error rate that repeats, and a service that is down', async () => {
    await setTelegramFaults(sim.url, {
      failSend: { method: 'sendMessage', error_code: 500, description: 'Internal Server Error', times: 1 },
    });
    expect(await api(sim.url, 'sendMessage', { chat_id: anna.id, text: 'x' })).toMatchObject({ error_code: 500 });
    await setTelegramFaults(sim.url, { errorRate: 0.5 });
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push((await api(sim.url, 'getMe')).error_code ?? 200);
    expect(codes).toEqual([200, 502, 200, 502]);
    await setTelegramFaults(sim.url, { errorRate: null, down: true });
    await expect(api(sim.url, 'getMe')).rejects.toThrow();
    await setTelegramFaults(sim.url, { down: false });
    expect((await api(sim.url, 'getMe')).ok).toBe(true);
  });

  it('the call log names method, chat and status, and never the token', async () => {
    await api(sim.url, 'sendMessage', { chat_id: anna.id, text: 'x' });
    await api(sim.url, 'sendMessage', { chat_id: 1, text: 'x' });
    const calls = await telegramCalls(sim.url);
    expect(calls.map(({ method, chatId, status, path }) => [method, chatId, status, path])).toEqual([
      ['sendMessage', '501', 200, '/bot/sendMessage'],
      ['sendMessage', '1', 400, '/bot/sendMessage'],
    ]);
    expect(JSON.stringify(calls)).not.toContain(TOKEN);
    expect(await telegramCalls(sim.url, calls[0]?.seq)).toHaveLength(1);
  });

  it('a live page is told of messages, edits and deletions of its person only', async () => {
    const boris = createTelegramUser(sim.url, 502);
    await boris.start();
    const stop = new AbortController();
    const stream = await fetch(`${sim.url}/_sim/events?user=${anna.id}`, { signal: stop.signal });
    const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    const kinds = () =>
      [...seen.matchAll(/"kind":"([^"]+)","userId":(\d+)/g)].map(([, kind, user]) => `${kind} ${user}`);
    await bot.sendMessage(boris.id, 'x');
    const { message_id } = await bot.sendMessage(anna.id, 'x');
    await bot.editMessageText(anna.id, message_id, 'y');
    await bot.deleteMessage(anna.id, message_id);
    while (kinds().length < 3) seen += (await reader.read()).value ?? '';
    stop.abort();
    expect(kinds()).toEqual(['message 501', 'edit 501', 'delete 501']);
  });

  it('waiting in vain says what the bot said last', async () => {
    await bot.sendMessage(anna.id, 'другое');
    await expect(anna.waitFor('ключ', 20)).rejects.toThrow(
      'no message with "ключ" within 20 ms; the bot\'s last words: другое',
    );
  });
});
