import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventEmitter } from 'node:events';
import { startDemo } from '../../demo/app';
import { connectSupervisor } from '../../demo/supervisor';
import { start as startHiddify } from '../../simulators/hiddify/server';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYookassa } from '../../simulators/yookassa/server';
import { waitUntil } from '../support/wait';
import { launchBrowser, openVisitor, type Visitor } from './browser';

const TIME_LIMIT_MS = 240_000;
const TOKEN = '100000001:a-token-for-this-test-only';
const anywhere = { port: 0, host: '127.0.0.1' };

/** The page alone, with this test in the bot's place. */
describe('The demo page', () => {
  let running: { url: string; close(): Promise<void> }[] = [];
  let telegramUrl: string;
  let demoUrl: string;
  let browser: Browser;
  let visitor: Visitor;
  let page: Page;
  let chatId: number;

  beforeAll(async () => {
    const [telegram, yookassa, panel] = await Promise.all([
      startTelegram(anywhere),
      startYookassa(anywhere),
      startHiddify(anywhere),
    ]);
    const demo = await startDemo(
      {
        ...anywhere,
        telegramUrl: telegram.url,
        yookassaUrl: yookassa.url,
        panels: [{ name: 'nl-1', url: panel.url }],
        botUrl: undefined,
        temporalUiUrl: undefined,
        temporalAddress: undefined,
        temporalNamespace: 'default',
      },
      connectSupervisor(new EventEmitter()),
    );
    running = [demo, telegram, yookassa, panel];
    telegramUrl = telegram.url;
    demoUrl = demo.url;
    browser = await launchBrowser();
  }, TIME_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    for (const one of running) await one.close();
  });

  beforeEach(async () => {
    await visitor?.close();
    visitor = await openVisitor(browser, demoUrl);
    page = visitor.page;
    await page.getByTestId('start-chat').click();
    // The page puts the cursor there as the last thing it does to begin a chat; it must not take it away from what a
    // test has chosen.
    await waitUntil(() => page.evaluate("document.activeElement?.id === 'chat-input'"), {
      what: 'the cursor is in the chat',
    });
    chatId = Number(JSON.parse(await page.evaluate<string>("localStorage.getItem('gigabridge.buyer')")).id);
  }, TIME_LIMIT_MS);

  async function bot(method: string, body: object): Promise<any> {
    const response = await fetch(`${telegramUrl}/bot${TOKEN}/${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { ok: boolean; result: any; description?: string };
    if (!answer.ok) throw new Error(answer.description);
    return answer.result;
  }
  const buttons = (...names: string[]) => ({ inline_keyboard: [names.map((text) => ({ text, callback_data: text }))] });
  const lastMessage = () => page.getByTestId('message').last();

  /** The press as the bot receives it. */
  /** @param before the press before it, which may still be the newest one */
  async function nextPress(before?: { id: string }): Promise<{ id: string }> {
    return waitUntil(async () => {
      const updates: any[] = await bot('getUpdates', { timeout: 0 });
      const press = updates.findLast((update) => update.callback_query?.from.id === chatId)?.callback_query;
      return press?.id === before?.id ? undefined : press;
    });
  }

  it(
    'shows nothing of a message but what Telegram would, whatever HTML the message carries',
    async () => {
      const html = await page.evaluate<string>(`import('/sanitise.js').then(({ sanitise }) => {
        const holder = document.createElement('div');
        holder.append(sanitise('<b onclick="x()">bold</b><img src=x onerror="window.hit=1"><script>window.hit=1</script>'
          + '<a href="javascript:hit()">bad</a><a href="https://ok.example/" style="position:fixed">good</a><iframe srcdoc="x"></iframe>'
          + '<span class="tg-spoiler top">s</span><form><input name=a>kept</form>'));
        return holder.innerHTML;
      })`);
      expect(html).toBe(
        '<b>bold</b>bad<a href="https://ok.example/" target="_blank" rel="noopener noreferrer nofollow">good</a><span class="tg-spoiler">s</span>kept',
      );
      // The content security policy has reported what this made-up HTML tried to load.
      visitor.faults.length = 0;
      await bot('sendMessage', { chat_id: chatId, text: '<img src=x onerror="window.hit=1"> & <b>' });
      await lastMessage().getByText('<img src=x').waitFor();
      expect(await page.evaluate('window.hit')).toBeUndefined();
      expect(visitor.faults).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  it(
    'draws an edited message in its place, marked, with the keyboard focus still in it',
    async () => {
      const { message_id } = await bot('sendMessage', {
        chat_id: chatId,
        text: 'Step one',
        reply_markup: buttons('Further', 'Back'),
      });
      await page.getByRole('button', { name: 'Further' }).focus();
      const count = await page.getByTestId('message').count();
      await bot('editMessageText', {
        chat_id: chatId,
        message_id,
        text: 'Step two',
        reply_markup: buttons('Pay', 'Back'),
      });
      await lastMessage().getByText('Step two').waitFor();
      expect(await page.getByTestId('message').count()).toBe(count);
      expect(await lastMessage().innerText()).toContain('изменено');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Pay');
    },
    TIME_LIMIT_MS,
  );

  it(
    'spins a pressed button until the bot answers, and shows a toast or an alert as the bot asked',
    async () => {
      await bot('sendMessage', { chat_id: chatId, text: 'Menu', reply_markup: buttons('Check') });
      const button = page.getByRole('button', { name: 'Check' });
      await button.click();
      expect(await button.getAttribute('aria-busy')).toBe('true');
      const first = await nextPress();
      await bot('answerCallbackQuery', { callback_query_id: first.id, text: 'Still looking' });
      await page.getByText('Still looking').waitFor();
      expect(await button.getAttribute('aria-busy')).toBeNull();

      await button.click();
      const { id: callback_query_id } = await nextPress(first);
      await bot('answerCallbackQuery', { callback_query_id, text: 'Not paid yet', show_alert: true });
      await page.getByTestId('alert').waitFor();
      await page.getByTestId('alert').getByRole('button').click();
      expect(await page.getByTestId('alert').isVisible()).toBe(false);
    },
    TIME_LIMIT_MS,
  );

  it(
    'finds the whole chat again after a reload, and an empty one as a new buyer',
    async () => {
      await bot('sendMessage', { chat_id: chatId, text: 'Your key' });
      await page.reload();
      await page.getByText('Your key').waitFor();
      await page.getByTestId('new-buyer').click();
      await page.getByTestId('start-chat').waitFor();
      expect(await page.getByText('Your key').count()).toBe(0);
    },
    TIME_LIMIT_MS,
  );

  it(
    'speaks both languages and says why nothing can be killed when it was started by hand',
    async () => {
      expect(await page.getByTestId('kill-worker').isDisabled()).toBe(true);
      await page.getByRole('button', { name: 'English' }).click();
      await page.getByText('This page was not started by npm start').first().waitFor();
      expect(await page.getAttribute('html', 'lang')).toBe('en');
      expect(await page.getByTestId('kill-worker').innerText()).toBe('Kill the worker');
    },
    TIME_LIMIT_MS,
  );
});
