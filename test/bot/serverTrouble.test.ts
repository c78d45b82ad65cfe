/** A server whose panel is known to make no keys is not sold without saying so. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let nextId = 5_000;
beforeAll(async () => {
  shop = await openShop();
  await shop.startBot();
});
afterAll(() => shop?.close());
beforeEach(async () => {
  shop.workflows.calls.length = 0;
  await shop.pool.query('TRUNCATE outages');
  await forgetCaches();
});

/** As the worker does when a panel goes away or comes back. */
async function forgetCaches(): Promise<void> {
  const redis = new Redis(shop.redis.url);
  await redis.flushall();
  redis.disconnect();
}

const fails = (serverCode: string, kind: 'away' | 'refused' | 'no-keys' = 'away') =>
  createOutagesRepository(shop.pool).failed(
    { service: 'hiddify', serverCode },
    { kind, reason: 'hiddify ping: ECONNREFUSED', code: null },
    new Date(),
  );

async function newBuyer(languageCode = 'en'): Promise<TelegramUser> {
  const buyer = shop.buyer((nextId += 1), { languageCode });
  await buyer.start();
  await buyer.waitFor(languageCode === 'en' ? 'Hello' : 'Здравствуйте');
  return buyer;
}
const buttonsOf = async (person: TelegramUser) => JSON.stringify((await person.lastMessage())!.replyMarkup);
async function toServers(buyer: TelegramUser): Promise<void> {
  await buyer.send('/buy');
  await buyer.waitFor('Step 1 of 4');
  await buyer.click('🇳🇱 Netherlands');
  await buyer.waitFor('Step 2 of 4');
}
async function confirm(buyer: TelegramUser, server: string): Promise<string> {
  await toServers(buyer);
  // Other buyers' orders take places, which the label counts.
  const label = new RegExp(`"text":"([^"]*${server}[^"]*)"`).exec(await buttonsOf(buyer))![1]!;
  await buyer.click(label);
  await buyer.waitFor('Step 3 of 4');
  await buyer.click('A month · ₽299');
  return (await buyer.waitFor('Step 4 of 4')).text ?? '';
}
const started = () => shop.workflows.calls.filter((call) => call.startsWith('ensureRunning'));
const isStarted = () => waitUntil(async () => started().length === 1, { what: 'the order is made' });

describe('a buyer', () => {
  it('reads it in the list and before they pay, with the choice of another server', async () => {
    await fails('nl-1');
    const buyer = await newBuyer();
    const confirmation = await confirm(buyer, '⚠️ Amsterdam 1 · not answering');
    expect(confirmation).toContain('This server does not answer right now.');
    expect(confirmation).toContain('the key comes by itself as soon as it works again');
    await buyer.click('🔀 Another server');
    await buyer.waitFor('Step 2 of 4');
    await buyer.click('Amsterdam 2 · has room');
    await buyer.waitFor('Step 3 of 4');
    await buyer.click('A month · ₽299');
    expect((await buyer.waitFor('Step 4 of 4')).text).not.toContain('right now');
    await buyer.click('✅ Pay ₽299');
    await isStarted();
  });

  it('who wants it all the same pays for it', async () => {
    await fails('nl-1', 'no-keys');
    const buyer = await newBuyer();
    expect(await confirm(buyer, '⚠️ Amsterdam 1 · key may be late')).toContain('issues no keys right now');
    await buyer.click('✅ Pay ₽299');
    await isStarted();
  });

  it('who lets the shop choose gets one that makes keys; where none does, they read so', async () => {
    await fails('nl-2');
    const buyer = await newBuyer();
    expect(await confirm(buyer, '✨ Choose for me')).not.toContain('right now');
    await buyer.click('✅ Pay ₽299');
    await isStarted();
    const { rows } = await shop.pool.query('SELECT server_code FROM payments WHERE user_id = $1', [buyer.id]);
    expect(rows).toEqual([{ server_code: 'nl-1' }]);

    await fails('nl-1');
    await forgetCaches();
    expect(await confirm(await newBuyer(), '✨ Choose for me')).toContain('does not answer right now');
  });

  it('whose server goes away between the confirmation and the tap reads so first, and pays with a second tap', async () => {
    const buyer = await newBuyer();
    expect(await confirm(buyer, 'Amsterdam 1')).not.toContain('right now');
    await fails('nl-1');
    await buyer.click('✅ Pay ₽299');
    await buyer.waitFor('This server does not answer right now');
    expect(started()).toEqual([]);
    expect(await buttonsOf(buyer)).toContain('Pay ₽299');
    await buyer.click('✅ Pay ₽299');
    await isStarted();
  });

  it('reads the same in Russian', async () => {
    await fails('nl-1');
    const buyer = await newBuyer('ru');
    await buyer.send('/buy');
    await buyer.waitFor('Шаг 1 из 4');
    await buyer.click('🇳🇱 Нидерланды');
    await buyer.waitFor('Шаг 2 из 4');
    await buyer.click('⚠️ Amsterdam 1 · не отвечает');
    await buyer.waitFor('Шаг 3 из 4');
    await buyer.click('Месяц · 299 ₽');
    await buyer.waitFor('Этот сервер сейчас не отвечает');
  });
});
