/** Getting updates when Telegram says that somebody else gets them (409). */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Api } from 'grammy';
import pino from 'pino';
import { setTelegramFaults, telegramCalls } from '../../simulators/telegram/driver';
import { createPoller, type Poller } from '../../src/bot/polling';
import { waitUntil } from '../support/wait';
import { openShop, TOKEN, type Shop } from './botHarness';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
let poller: Poller | undefined;
afterEach(async () => {
  await poller?.stop();
  await shop.close();
});

it('another process polls with the token: this one stops polling instead of ending the other’s polls', async () => {
  const api = new Api(TOKEN, { apiRoot: shop.telegram.url });
  let conflicts = 0;
  poller = createPoller({
    api,
    handleUpdate: async () => 'handled' as never,
    logger: pino({ level: 'silent' }),
    onConflict: () => void (conflicts += 1),
    onRevoked: () => undefined,
  });
  poller.start();
  await waitUntil(async () => (await telegramCalls(shop.telegram.url)).some(({ method }) => method === 'getUpdates'), {
    what: 'it polls',
  });
  const other = api.getUpdates({ timeout: 30 });
  await waitUntil(() => conflicts === 1, { what: 'it has stopped polling' });
  // The other process goes on polling and gets the next message.
  await shop.buyer(501).start();
  expect((await other).map(({ message }) => message?.text)).toEqual(['/start']);
  expect(conflicts).toBe(1);
});

it.each([0, 86_400, 1e12])(
  'a 429 that names a pause of %i s is neither asked in a loop nor waited out',
  async (retryAfter) => {
    const api = new Api(TOKEN, { apiRoot: shop.telegram.url });
    await setTelegramFaults(shop.telegram.url, { tooManyRequests: { retryAfter, methods: ['getUpdates'] } });
    const waits: number[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void waits.push(JSON.parse(line).waitMs) });
    poller = createPoller({
      api,
      handleUpdate: async () => 'handled' as never,
      logger,
      onConflict: () => undefined,
      onRevoked: () => undefined,
    });
    poller.start();
    await waitUntil(() => waits.length > 0, { what: 'it waits' });
    expect(waits).toEqual([retryAfter === 0 ? 1_000 : 300_000]);
  },
);

it('confirms what was handled and nothing behind it: a tap in hand is not lost with the process', async () => {
  const api = new Api(TOKEN, { apiRoot: shop.telegram.url });
  const handled: string[] = [];
  let end!: () => void;
  const slow = new Promise<void>((resolve) => (end = resolve));
  poller = createPoller({
    api,
    async handleUpdate({ message }) {
      if (message?.text === 'slow') await slow;
      handled.push(message?.text ?? '');
      return 'handled';
    },
    logger: pino({ level: 'silent' }),
    onConflict: () => undefined,
    onRevoked: () => undefined,
  });
  poller.start();
  const pending = async () =>
    ((await (await fetch(`${shop.telegram.url}/_sim/bot`)).json()) as { pendingUpdates: number }).pendingUpdates;
  const polls = async () =>
    (await telegramCalls(shop.telegram.url)).filter(({ method }) => method === 'getUpdates').length;
  const [one, other] = [shop.buyer(504), shop.buyer(505)];
  await one.start();
  await other.start();
  await waitUntil(() => handled.length === 2, { what: 'both have started' });
  await waitUntil(async () => (await pending()) === 0, { what: 'that is confirmed' });
  await one.send('slow');
  await other.send('quick');
  await waitUntil(() => handled.includes('quick'), { what: 'the other chat does not wait' });
  const before = await polls();
  await waitUntil(async () => (await polls()) >= before + 3, { what: 'it goes on polling' });
  // Neither is confirmed: the first is in hand, and the second comes after it.
  expect(await pending()).toBe(2);
  expect(handled).toEqual(['/start', '/start', 'quick']);
  end();
  await waitUntil(async () => (await pending()) === 0, { what: 'both are confirmed' });
  expect(handled).toEqual(['/start', '/start', 'quick', 'slow']);
});

it('a webhook left over from another mode is removed before polling, and no update is lost with it', async () => {
  const api = new Api(TOKEN, { apiRoot: shop.telegram.url });
  await api.setWebhook('http://127.0.0.1:9/nobody');
  const buyer = shop.buyer(502);
  await buyer.start();
  await shop.startBot();
  await buyer.waitFor('', 20_000);
  expect((await api.getWebhookInfo()).url).toBe('');
});
