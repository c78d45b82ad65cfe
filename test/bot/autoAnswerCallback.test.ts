import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { BotContext } from '../../src/bot/context';
import { autoAnswerCallback } from '../../src/bot/middleware/autoAnswerCallback';
import { answer } from '../../src/bot/show';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A pressed button whose feature works until the test ends it. */
function pressed() {
  const answers: object[] = [];
  const messages: string[] = [];
  const ctx = {
    callbackQuery: {},
    visit: { answered: false, chatId: 7 },
    answerCallbackQuery: async (options: object) => void answers.push(options),
    api: { sendMessage: async (_chat: number, text: string) => (messages.push(text), { message_id: 1 }) },
  } as unknown as BotContext;
  let end!: () => void;
  const handled = autoAnswerCallback()(ctx, () => new Promise<void>((resolve) => (end = resolve)));
  return { answers, messages, ctx, end: () => (end(), handled) };
}

it('a button stops spinning silently after 0.7 s; mere words that come later are not shown any more', async () => {
  const { answers, messages, ctx, end } = pressed();
  jest.advanceTimersByTime(699);
  expect(answers).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(answers).toEqual([{}]);
  await answer(ctx, 'words');
  await end();
  expect({ answers, messages }).toEqual({ answers: [{}], messages: [] });
});

it('what must be read and comes later is said as a message', async () => {
  const { answers, messages, ctx, end } = pressed();
  jest.advanceTimersByTime(700);
  await answer(ctx, 'the server is <full>', { alert: true });
  await end();
  expect({ answers, messages }).toEqual({ answers: [{}], messages: ['the server is &lt;full&gt;'] });
});

it('a button shows the words of a feature that was quick, and nothing after them', async () => {
  const { answers, ctx, end } = pressed();
  await answer(ctx, 'words');
  await end();
  jest.advanceTimersByTime(10_000);
  expect(answers).toEqual([{ text: 'words', show_alert: false }]);
});

it('a button whose feature has no words stops spinning when it has ended', async () => {
  const { answers, end } = pressed();
  await end();
  expect(answers).toEqual([{}]);
});
