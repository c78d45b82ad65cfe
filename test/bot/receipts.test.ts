/**
 * A shop that makes receipts (54-FZ): the buyer is asked once where they go, and can change it or have it forgotten.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { TelegramUser } from '../../simulators/telegram/driver';
import type { BotProcess } from '../../src/bot/process';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let bot: BotProcess;
let nextId = 7000;

beforeAll(async () => {
  shop = await openShop();
  bot = await shop.startBot({ YOOKASSA_RECEIPT_EMAIL: 'receipts@shop.example.com' });
});
afterAll(() => shop?.close());

const newBuyer = () => shop.buyer((nextId += 1), { firstName: 'Ann', languageCode: 'en' });
const contactOf = async ({ id }: TelegramUser) =>
  (await shop.pool.query('SELECT receipt_contact FROM users WHERE telegram_id = $1', [id])).rows[0]?.receipt_contact;

/** As far as a plan. */
async function choosePlan(buyer: TelegramUser): Promise<void> {
  await buyer.send('/buy');
  await buyer.waitFor('Step 1 of 4');
  await buyer.click('🇳🇱 Netherlands');
  await buyer.waitFor('Step 2 of 4');
  await buyer.click('✨ Choose for me');
  await buyer.waitFor('Step 3 of 4');
  await buyer.click('A month · ₽299');
}

describe('the address for receipts', () => {
  it('is asked for once, before the confirmation, and kept', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await choosePlan(buyer);
    await buyer.waitFor('Where should the receipt go?');
    await buyer.send('ann at example.com');
    await buyer.waitFor('No receipt would get there');
    expect(await contactOf(buyer)).toBeNull();
    await buyer.send(' Ann@Example.com ');
    await buyer.waitFor('The receipt goes to A•••@example.com');
    expect(await contactOf(buyer)).toBe('Ann@example.com');
    await buyer.click('✅ Pay ₽299');
    await buyer.waitFor('The link is ready');

    const { rows } = await shop.pool.query(`UPDATE payments SET status = 'issued' WHERE user_id = $1 RETURNING id`, [
      buyer.id,
    ]);
    expect(rows).toHaveLength(1);
    await choosePlan(buyer);
    await waitUntil(async () => (await buyer.lastMessage())!.text?.includes('Step 4 of 4'), {
      what: 'the confirmation without a question',
    });
  });

  it('can be changed on the confirmation, which then comes back', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await choosePlan(buyer);
    await buyer.waitFor('Where should the receipt go?');
    await buyer.send('ann@example.com');
    await buyer.waitFor('The receipt goes to a•••@example.com');
    await buyer.click('✏️ Another address');
    await buyer.waitFor('Where should the receipt go?');
    await buyer.send('bob@example.org');
    await buyer.waitFor('The receipt goes to b•••@example.org');
    expect(await contactOf(buyer)).toBe('bob@example.org');
  });

  it('is shown, changed and forgotten in /settings', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await buyer.send('/settings');
    await buyer.waitFor('The shop has no address for your receipts');
    await buyer.click('✏️ Give an address for receipts');
    await buyer.waitFor('Where should the receipt go?');
    await buyer.send('ann@example.com');
    await buyer.waitFor('The next receipts go there');
    await buyer.send('/settings');
    await buyer.waitFor('Receipts go to a•••@example.com');
    await buyer.click('🗑 Forget the address');
    await waitUntil(async () => (await contactOf(buyer)) === null, { what: 'the address is forgotten' });
    await buyer.waitFor('The shop has no address for your receipts');
  });

  it('is not taken from a text that nobody asked for, and a command is no address', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await buyer.send('ann@example.com');
    await buyer.waitFor('Here is the menu');
    await choosePlan(buyer);
    await buyer.waitFor('Where should the receipt go?');
    await buyer.send('/cancel');
    await buyer.waitFor('Choice cancelled');
    await buyer.send('ann@example.com');
    await waitUntil(async () => (await buyer.lastMessage())!.text?.includes('Here is the menu'), { what: 'the menu' });
    expect(await contactOf(buyer)).toBeNull();
  });

  it('goes on after the dialog has expired: what was chosen is kept, and the question comes again', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await choosePlan(buyer);
    await buyer.waitFor('Where should the receipt go?');
    const redis = new Redis(shop.redis.url, { db: 0 });
    await redis.del(`fsm:{100000001:${buyer.id}:${buyer.id}}`);
    redis.disconnect();
    await buyer.send('/start');
    await buyer.waitFor('You have not finished choosing');
    await buyer.click('▶️ Go on choosing');
    await waitUntil(async () => (await buyer.lastMessage())!.text?.includes('Where should the receipt go?'), {
      what: 'the question',
    });
  });

  it('is in no log line', () => {
    expect(shop.log.join('\n')).not.toMatch(/(ann|bob)@|79001234567/i);
  });
});

describe('a shop whose cash desk takes phone numbers, too', () => {
  beforeAll(async () => {
    await bot.stop();
    bot = await shop.startBot({
      YOOKASSA_RECEIPT_EMAIL: 'receipts@shop.example.com',
      YOOKASSA_RECEIPT_CONTACT: 'email-or-phone',
    });
  });

  it('takes one, and asks again when the cash desk changes to e-mail only', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await choosePlan(buyer);
    await buyer.waitFor('a phone number');
    await buyer.send('8 (900) 123-45-67');
    await buyer.waitFor('The receipt goes to +7•••••4567');
    expect(await contactOf(buyer)).toBe('79001234567');
    await bot.stop();
    bot = await shop.startBot({ YOOKASSA_RECEIPT_EMAIL: 'receipts@shop.example.com' });
    await choosePlan(buyer);
    await waitUntil(async () => (await buyer.lastMessage())!.text?.includes('Where should the receipt go?'), {
      what: 'the question',
    });
  });
});

describe('a shop that makes no receipts', () => {
  beforeAll(async () => {
    await bot.stop();
    bot = await shop.startBot();
  });

  it('asks for nothing', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await choosePlan(buyer);
    const confirmation = await buyer.waitFor('Step 4 of 4');
    expect(confirmation.text).not.toContain('receipt goes to');
    await buyer.send('/settings');
    await buyer.waitFor('does not ask for an address');
  });
});
