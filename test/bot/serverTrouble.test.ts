/** A server whose panel is known to make no keys is not sold without saying so. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { createOutagesRepository } from '../../src/storage/postgres/outages';
import { waitUntil } from '../support/wait';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { promoCode } from '../storage/postgres/promos';
import { trialOffer } from '../storage/postgres/trials';
import { oneVoucher, voucherClaimed } from '../storage/postgres/vouchers';
import { CATALOGUE, openShop, type Shop } from './botHarness';

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

describe('what costs nothing says so, too, before the tap', () => {
  const MARKED = 'The servers marked ⚠️ make no keys';
  const NONE = 'None of these servers makes keys';

  it('a trial: of the servers that it is for, and of no others', async () => {
    const trial = trialOffer();
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial: { ...trial, serverCodes: ['nl-2'] } });
    try {
      await fails('nl-2');
      await forgetCaches();
      const buyer = await newBuyer();
      await buyer.click('🎁 Try it for free');
      expect((await buyer.waitFor('No money and no card needed')).text).toContain(NONE);
      expect(await buttonsOf(buyer)).toContain('⚠️ 🇳🇱 Netherlands');
      await shop.pool.query('TRUNCATE outages');
      await fails('nl-1');
      await forgetCaches();
      const other = await newBuyer();
      await other.click('🎁 Try it for free');
      expect((await other.waitFor('No money and no card needed')).text).not.toContain('⚠️');
      expect(await buttonsOf(other)).not.toContain('⚠️');
    } finally {
      await applyCatalogue(shop.pool, CATALOGUE);
    }
  });

  it('a trial that costs something: its confirmation says it, and a tap orders it', async () => {
    const trial = { ...trialOffer(), priceKopecks: 500, serverCodes: ['nl-2'] };
    await applyCatalogue(shop.pool, { ...CATALOGUE, trial });
    try {
      await fails('nl-2');
      await forgetCaches();
      const buyer = await newBuyer();
      await buyer.click('🎁 Try it for ₽5');
      await buyer.waitFor(NONE);
      await buyer.click('⚠️ 🇳🇱 Netherlands');
      expect((await buyer.waitFor('To pay: ₽5')).text).toContain('does not answer right now');
      // An ordinary purchase of another server is no trial.
      expect(await buttonsOf(buyer)).not.toContain('Another server');
      await buyer.click('✅ Pay ₽5');
      await isStarted();
      const { rows } = await shop.pool.query('SELECT server_code FROM payments WHERE user_id = $1', [buyer.id]);
      expect(rows).toEqual([{ server_code: 'nl-2' }]);
    } finally {
      await applyCatalogue(shop.pool, CATALOGUE);
    }
  });

  it('a voucher: where its key is chosen, and of a subscription of theirs, also where nothing is sold any more', async () => {
    const buyer = await newBuyer();
    const gift = await oneVoucher(shop.pool);
    await fails('nl-1');
    await fails('nl-2');
    await forgetCaches();
    await buyer.start(`gift_${gift.code}`);
    expect((await buyer.waitFor('as a gift')).text).toContain(NONE);
    expect(await buttonsOf(buyer)).toContain('⚠️ 🇳🇱 Netherlands');

    const { subscriptionId } = await voucherClaimed(shop.pool, (await oneVoucher(shop.pool)).id, buyer.id);
    await shop.pool.query(
      `UPDATE subscriptions SET status = 'active', delivered_at = now(), server_code = 'nl-1' WHERE id = $1`,
      [subscriptionId],
    );
    await shop.pool.query(`UPDATE servers SET sale_stopped_at = now() WHERE code = 'nl-1'`);
    try {
      await forgetCaches();
      await buyer.start(`gift_${gift.code}`);
      expect((await buyer.waitFor('add the days to a subscription')).text).toContain(MARKED);
      expect(await buttonsOf(buyer)).toContain('⚠️ ');

      const { code } = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
      await shop.pool.query('UPDATE users SET terms_seen_at = now() WHERE telegram_id = $1', [buyer.id]);
      await buyer.start(`promo_${code}`);
      expect((await buyer.waitFor('It gives 7 days more')).text).toContain(NONE);
    } finally {
      await shop.pool.query('UPDATE servers SET sale_stopped_at = NULL');
    }
  });

  it('a plan for nothing: no word of money', async () => {
    await fails('nl-1');
    const { code } = await promoCode(shop.pool, { kind: 'percent', amount: 100 });
    const buyer = await newBuyer();
    await shop.pool.query('UPDATE users SET terms_seen_at = now() WHERE telegram_id = $1', [buyer.id]);
    await buyer.start(`promo_${code}`);
    await buyer.waitFor('is accepted');
    await toServers(buyer);
    await buyer.click('⚠️ Amsterdam 1 · not answering');
    await buyer.waitFor('Step 3 of 4');
    await buyer.click('A month · ₽0');
    const { text } = await buyer.waitFor('Step 4 of 4');
    expect(text).toContain('comes by itself as soon as it works again');
    expect(text).not.toMatch(/YooKassa|If you pay|money/);
  });
});
