import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../../src/gateways/errors';
import { createTelegramGateway, type TelegramGateway } from '../../../src/gateways/telegram';
import {
  createTelegramUser,
  setTelegramFaults,
  telegramCalls,
  type TelegramUser,
} from '../../../simulators/telegram/driver';
import type { TelegramSimulator } from '../../../simulators/telegram/server';
import { PNG, startSim, TOKEN } from '../../simulators/telegram/frame';

let sim: TelegramSimulator;
let anna: TelegramUser;
let gateway: TelegramGateway;
let observed: string[];
const keyboard = { inline_keyboard: [[{ text: 'Оплатить', url: 'https://yookassa.example/pay' }]] };

beforeEach(async () => {
  sim = await startSim({ token: TOKEN });
  anna = createTelegramUser(sim.url, 501, { firstName: 'Анна' });
  await anna.start();
  observed = [];
  gateway = createTelegramGateway({
    token: TOKEN,
    apiRoot: `${sim.url}/`,
    timeoutMs: 5000,
    observe: ({ service, operation, outcome }) => observed.push(`${service} ${operation} ${outcome}`),
  });
});
afterEach(() => sim.close());

const failure = async (call: Promise<unknown>): Promise<GatewayError> => {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(thrown)}`);
  return thrown;
};
const botTexts = async () =>
  (await anna.chat()).messages.filter((m) => m.from === 'bot').map((m) => m.text ?? m.caption);

describe('messages to a buyer', () => {
  it('arrives with its formatting and buttons, without a preview that would fetch a secret link', async () => {
    const sent = await gateway.sendMessage({ chatId: anna.id, text: '<b>Оплата</b>', keyboard, silent: true });
    expect(sent).toEqual({ outcome: 'sent', messageId: 2 });
    expect(await anna.lastMessage()).toMatchObject({
      html: '<b>Оплата</b>',
      replyMarkup: keyboard,
      silent: true,
      previewDisabled: true,
    });
    await gateway.editMessage({ chatId: anna.id, messageId: 2, text: 'https://panel.example/secret' });
    expect(await anna.lastMessage()).toMatchObject({ previewDisabled: true });
    expect(observed).toEqual(['telegram sendMessage 200', 'telegram editMessageText 200']);
  });

  it('a picture with a caption arrives as it was', async () => {
    expect(
      await gateway.sendPhoto({ chatId: anna.id, png: new Uint8Array(PNG), caption: '<code>ключ</code>', keyboard }),
    ).toEqual({ outcome: 'sent', messageId: 2 });
    const shown = await anna.lastMessage();
    expect(shown).toMatchObject({ captionHtml: '<code>ключ</code>', replyMarkup: keyboard });
    expect(Buffer.from(await (await fetch(sim.url + shown?.photoUrl)).arrayBuffer())).toEqual(PNG);
  });

  it('an edit changes the message in place, twice the same is no failure', async () => {
    const { messageId } = (await gateway.sendMessage({ chatId: anna.id, text: 'ждём', keyboard })) as {
      messageId: number;
    };
    const edit = { chatId: anna.id, messageId, text: 'оплачено' };
    expect(await gateway.editMessage(edit)).toEqual({ outcome: 'sent', messageId });
    expect(await gateway.editMessage(edit)).toEqual({ outcome: 'unchanged' });
    expect(await anna.lastMessage()).not.toHaveProperty('replyMarkup');
  });

  it('a message that was deleted, is a photo or is not ours is gone: the caller sends a new one', async () => {
    const photo = (await gateway.sendPhoto({ chatId: anna.id, png: PNG })) as { messageId: number };
    expect(await gateway.editMessage({ chatId: anna.id, messageId: photo.messageId, text: 'x' })).toEqual({
      outcome: 'gone',
    });
    expect(await gateway.editMessage({ chatId: anna.id, messageId: 1, text: 'x' })).toEqual({ outcome: 'gone' });
    expect(await gateway.deleteMessage({ chatId: anna.id, messageId: photo.messageId })).toEqual({
      outcome: 'deleted',
    });
    expect(await gateway.editMessage({ chatId: anna.id, messageId: photo.messageId, text: 'x' })).toEqual({
      outcome: 'gone',
    });
    expect(await gateway.deleteMessage({ chatId: anna.id, messageId: photo.messageId })).toEqual({ outcome: 'gone' });
  });

  it('a buyer who left is an outcome and not an error, and hears again after Start', async () => {
    const message = { chatId: anna.id, text: 'x' };
    await anna.block();
    expect(await gateway.sendMessage(message)).toEqual({ outcome: 'unreachable-user', reason: 'blocked' });
    expect(await gateway.sendPhoto({ chatId: anna.id, png: PNG })).toEqual({
      outcome: 'unreachable-user',
      reason: 'blocked',
    });
    await anna.unblock();
    expect(await gateway.sendMessage(message)).toMatchObject({ outcome: 'sent' });
    expect(await gateway.sendMessage({ chatId: 999, text: 'x' })).toEqual({
      outcome: 'unreachable-user',
      reason: 'chat-not-found',
    });
    await anna.deactivate();
    expect(await gateway.sendMessage(message)).toEqual({ outcome: 'unreachable-user', reason: 'deactivated' });
    expect(observed.filter((line) => line.endsWith('unreachable-user'))).toHaveLength(4);
  });
});

describe('when it goes wrong', () => {
  it('is measured by the HTTP status, as of every other service, so that one alert fits all', async () => {
    const message = { chatId: anna.id, text: 'x' };
    await setTelegramFaults(sim.url, { tooManyRequests: { retryAfter: 1, times: 1 } });
    await failure(gateway.sendMessage(message));
    await setTelegramFaults(sim.url, {
      failSend: { method: 'sendMessage', error_code: 401, description: 'Unauthorized', times: 1 },
    });
    await failure(gateway.sendMessage(message));
    await setTelegramFaults(sim.url, { errorRate: 1 });
    await failure(gateway.sendMessage(message));
    await setTelegramFaults(sim.url, { errorRate: null, down: true });
    await failure(gateway.sendMessage(message));
    expect(observed.map((line) => line.split(' ')[2])).toEqual(['429', '401', '502', 'unknown-outcome']);
  });

  it('429 says in milliseconds when to come back, and nothing was sent', async () => {
    await setTelegramFaults(sim.url, { tooManyRequests: { retryAfter: 3 } });
    expect(await failure(gateway.sendMessage({ chatId: anna.id, text: 'x' }))).toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 3000,
    });
    expect(await botTexts()).toEqual([]);
  });

  it('a connection lost after the message got through is an unknown outcome, and is not repeated behind our back', async () => {
    await setTelegramFaults(sim.url, { resetAfterCommit: { method: 'sendMessage' } });
    expect(await failure(gateway.sendMessage({ chatId: anna.id, text: 'однажды' }))).toMatchObject({
      kind: 'unknown-outcome',
    });
    expect(await botTexts()).toEqual(['однажды']);
    expect(await telegramCalls(sim.url)).toHaveLength(1);
  });

  it('a lost answer to an edit may be repeated: the second try finds it done', async () => {
    const { messageId } = (await gateway.sendMessage({ chatId: anna.id, text: 'ждём' })) as { messageId: number };
    await setTelegramFaults(sim.url, { resetAfterCommit: { method: 'editMessageText', times: 1 } });
    const edit = { chatId: anna.id, messageId, text: 'оплачено' };
    expect((await failure(gateway.editMessage(edit))).kind).toBe('unknown-outcome');
    expect(await gateway.editMessage(edit)).toEqual({ outcome: 'unchanged' });
  });

  it('5xx and silence are unknown outcomes; nobody listening means nothing happened', async () => {
    await setTelegramFaults(sim.url, {
      failSend: { method: 'sendMessage', error_code: 502, description: 'Bad Gateway', times: 1 },
    });
    expect((await failure(gateway.sendMessage({ chatId: anna.id, text: 'x' }))).kind).toBe('unknown-outcome');
    await setTelegramFaults(sim.url, { latencyMs: 500 });
    const hasty = createTelegramGateway({ token: TOKEN, apiRoot: sim.url, timeoutMs: 50 });
    expect(await failure(hasty.sendMessage({ chatId: anna.id, text: 'x' }))).toMatchObject({
      kind: 'unknown-outcome',
      code: 'timeout',
    });
    const nobody = createTelegramGateway({ token: TOKEN, apiRoot: 'http://127.0.0.1:1', timeoutMs: 5000 });
    expect((await failure(nobody.sendMessage({ chatId: anna.id, text: 'x' }))).kind).toBe('unreachable');
  });

  it('an HTML page of the web server in front is no verdict: the outcome is unknown, and the page is not quoted', async () => {
    await setTelegramFaults(sim.url, { html502: true });
    const error = await failure(gateway.sendMessage({ chatId: anna.id, text: 'x' }));
    expect(error.kind).toBe('unknown-outcome');
    expect([error.message, error.stack, JSON.stringify(error)].join()).not.toMatch(/html|test-token/i);
  });

  it('a message older than 48 hours stays where it is, and counts as gone', async () => {
    const { messageId } = (await gateway.sendMessage({ chatId: anna.id, text: 'давно' })) as { messageId: number };
    await setTelegramFaults(sim.url, { messagesTooOld: true });
    expect(await gateway.deleteMessage({ chatId: anna.id, messageId })).toEqual({ outcome: 'gone' });
    expect(await botTexts()).toEqual(['давно']);
  });

  it('our own mistakes are refused with a code and without the text', async () => {
    const cases = [
      [gateway.sendMessage({ chatId: anna.id, text: 'x'.repeat(4097) }), 'message-too-long'],
      [gateway.sendPhoto({ chatId: anna.id, png: PNG, caption: 'x'.repeat(1025) }), 'caption-too-long'],
      [gateway.sendPhoto({ chatId: anna.id, png: Buffer.from('no picture') }), 'image-invalid'],
    ] as const;
    for (const [call, code] of cases) {
      const error = await failure(call);
      expect(error).toMatchObject({ kind: 'refused', status: 400, code });
      expect(error.message).not.toMatch(/Иван|секрет/i);
    }
    expect(await botTexts()).toEqual([]);
  });

  describe('a message whose buttons or markup are refused is sent without them', () => {
    const send = (text: string, ...row: object[]) =>
      gateway.sendMessage({ chatId: anna.id, text, keyboard: { inline_keyboard: [row] } as never });
    const own = { text: 'Menu', callback_data: 'v1:menu:here' };

    it('an address that no button may have stands in the text, and the other buttons stay', async () => {
      const sent = await send('<b>Внимание</b>', { text: 'A & B', url: 'http://localhost:8233/a?b=1&c=2' }, own);
      expect(sent).toMatchObject({ outcome: 'sent' });
      expect(await anna.lastMessage()).toMatchObject({
        text: 'Внимание\n\nA & B:\nhttp://localhost:8233/a?b=1&c=2',
        replyMarkup: { inline_keyboard: [[own]] },
      });
      expect(observed.map((line) => line.split(' ')[2])).toEqual(['400', 'plain', '200']);
    });

    it('an edit and a picture as well', async () => {
      const button = { inline_keyboard: [[{ text: 'b', url: 'http://panel/x' }, own]] };
      const { messageId } = (await gateway.sendMessage({ chatId: anna.id, text: 'x' })) as { messageId: number };
      await gateway.editMessage({ chatId: anna.id, messageId, text: 'y', keyboard: button });
      expect(await anna.lastMessage()).toMatchObject({ text: 'y\n\nb:\nhttp://panel/x' });
      await gateway.sendPhoto({ chatId: anna.id, png: PNG, caption: 'z', keyboard: button });
      expect(await anna.lastMessage()).toMatchObject({ captionHtml: 'z\n\nb:\n<code>http://panel/x</code>' });
    });

    it('with a button of ours that is refused there is none; with broken markup it is plain text', async () => {
      await send('x', { text: 'b', callback_data: 'я'.repeat(33) });
      expect(await anna.lastMessage()).not.toHaveProperty('replyMarkup');
      await gateway.sendMessage({
        chatId: anna.id,
        text: '<b>Привет</b>, <Иван> &amp; <a href="https://a.example">x</a>',
      });
      expect(await anna.lastMessage()).toMatchObject({ text: 'Привет, <Иван> & x (https://a.example)' });
      await send('<b>Привет, <Иван>', { text: 'b', url: 'https://panel/x' });
      expect(await anna.lastMessage()).toMatchObject({ text: 'Привет, <Иван>\n\nb:\nhttps://panel/x' });
    });

    it('a refusal that only mentions the keyboard is no reason to send it without one', async () => {
      const { messageId } = (await send('x', own)) as { messageId: number };
      const edit = { chatId: anna.id, messageId, text: 'x', keyboard: { inline_keyboard: [[own]] } };
      expect(await gateway.editMessage(edit)).toEqual({ outcome: 'unchanged' });
      expect(await anna.lastMessage()).toHaveProperty('replyMarkup');
    });
  });

  it('a revoked token is refused, and no error ever shows a token', async () => {
    const revoked = createTelegramGateway({ token: '700001:REVOKED', apiRoot: sim.url, timeoutMs: 5000 });
    const errors = [await failure(revoked.sendMessage({ chatId: anna.id, text: 'x' }))];
    expect(errors[0]).toMatchObject({ kind: 'refused', status: 401, code: 'unauthorized' });
    await setTelegramFaults(sim.url, { down: true });
    errors.push(await failure(revoked.sendMessage({ chatId: anna.id, text: 'x' })));
    for (const error of errors)
      expect([error.message, error.stack, JSON.stringify(error), String(error.cause)].join()).not.toContain('REVOKED');
  });
});
