/** The start of the bot's process. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Api } from 'grammy';
import pino from 'pino';
import { setTelegramFaults } from '../../simulators/telegram/driver';
import { untilTelegramAnswers } from '../../src/bot/untilTelegramAnswers';
import { UnusableDatabaseError } from '../../src/storage/postgres/migrate';
import { openShop, TOKEN, type Shop } from './botHarness';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

it.each([0, 86_400, 1e12])(
  'a 429 that names a pause of %i s is waited for a sensible time, and then the bot starts',
  async (retryAfter) => {
    const api = new Api(TOKEN, { apiRoot: shop.telegram.url });
    await setTelegramFaults(shop.telegram.url, { tooManyRequests: { retryAfter, methods: ['getMe'] } });
    const waits: number[] = [];
    const me = await untilTelegramAnswers(() => api.getMe(), {
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      async pause(ms) {
        waits.push(ms);
        if (waits.length === 2) await setTelegramFaults(shop.telegram.url, { tooManyRequests: null });
      },
    });
    expect(me.username).toEqual(expect.any(String));
    const sensible = retryAfter === 0 ? 3_000 : 300_000;
    expect(waits).toEqual([sensible, sensible]);
  },
);

it('is refused with a user of PostgreSQL who can read the panels’ keys, unless the owner says so', async () => {
  const ownersUrl = shop.pool.options.connectionString!;
  const refusal = shop.startBot({ DATABASE_URL: ownersUrl });
  await expect(refusal).rejects.toThrow(UnusableDatabaseError);
  await expect(refusal).rejects.toThrow(/CREATE ROLE gigabridge_bot/);
  const bot = await shop.startBot({ DATABASE_URL: ownersUrl, BOT_DATABASE_USER: 'shared' });
  expect((await fetch(`${bot.url}/healthz`)).status).toBe(200);
});
