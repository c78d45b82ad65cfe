/** Whoever is blocked reads so politely, with whom to write to, in their language, and finds what is theirs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { blockPerson, unblockPerson } from '../../src/desk/block';
import type { Language } from '../../src/domain/language';
import { encodeAction, type Action } from '../../src/messages/callbackData';
import { fingerprintOf } from '../../src/messages/fingerprint';
import { createReferralsRepository } from '../../src/storage/postgres/referrals';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { freshIds } from '../storage/postgres/shopDatabase';
import { freshVoucherCode, oneVoucher } from '../storage/postgres/vouchers';
import { offerTrial } from '../storage/postgres/trials';
import { promoCode } from '../storage/postgres/promos';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let next = 70_000;
const BY = { actor: 'operator:ann' };
const ANSWER = { ru: 'больше не принимает от вас заказов', en: 'takes no new orders from you' };
const HELLO = { ru: 'Здравствуйте', en: 'Hello' };

beforeAll(async () => {
  shop = await openShop();
  await offerTrial(shop.pool);
  await shop.startBot();
});
afterAll(() => shop?.close());

/** Somebody who was blocked before they come back. */
async function blocked(language: Language = 'en'): Promise<TelegramUser> {
  const buyer = shop.buyer((next += 1), { languageCode: language });
  const person = { telegramId: buyer.id, firstName: 'Ann', username: null, language };
  await createUsersRepository(shop.pool).upsert(person);
  await blockPerson(shop.pool, { userId: buyer.id, reason: 'abuse' }, BY);
  await buyer.start();
  await buyer.waitFor(HELLO[language]);
  return buyer;
}
/** Presses a button that the shop may have sent them at any time. */
async function press(buyer: TelegramUser, action: Action): Promise<void> {
  const { messageId } = (await buyer.lastMessage())!;
  await buyer.click({ messageId, data: encodeAction(action) });
}
const answered = (buyer: TelegramUser, text: string, sinceMessageId: number) =>
  buyer.waitFor(text, undefined, { sinceMessageId });
const newest = async (buyer: TelegramUser): Promise<number> => (await buyer.lastMessage())!.messageId;

const labels = async (buyer: TelegramUser): Promise<string[]> => {
  const { replyMarkup } = (await buyer.lastMessage())!;
  return replyMarkup && 'inline_keyboard' in replyMarkup
    ? replyMarkup.inline_keyboard.flat().map(({ text }) => text)
    : [];
};

const payment = randomUUID();
const subscription = randomUUID();
const voucher = freshVoucherCode();
const shown = fingerprintOf('a month');
const LEADING_TO_MORE: readonly Action[] = [
  { do: 'buy', page: 0 },
  { do: 'servers', location: 'nl', page: 0 },
  { do: 'server', server: 'nl-1' },
  { do: 'plan', plan: 'month' },
  { do: 'plans' },
  { do: 'continue' },
  { do: 'renew', subscription },
  { do: 'again', payment },
  { do: 'pay', payment },
  { do: 'pay-instead', payment },
  { do: 'trial' },
  { do: 'take-trial', location: 'nl', terms: '3-5-keep' },
  { do: 'promo' },
  { do: 'promo-begin' },
  { do: 'promo-days', subscription, shown, days: 7 },
  { do: 'give' },
  { do: 'invite', where: 'here' },
  { do: 'enter-voucher' },
  { do: 'gift', voucher },
  { do: 'gift-new', voucher },
  { do: 'gift-at', voucher, location: 'nl', shown },
  { do: 'gift-to', voucher, subscription, shown },
];

describe.each(['ru', 'en'] as const)('somebody who is blocked, in %s', (language) => {
  it('reads so, and whom to write to, at every button that leads to more', async () => {
    const buyer = await blocked(language);
    for (const action of LEADING_TO_MORE) {
      const before = await newest(buyer);
      await press(buyer, action);
      const { text, replyMarkup } = await answered(buyer, ANSWER[language], before);
      expect(text).toContain('/support');
      expect(JSON.stringify(replyMarkup)).toContain(encodeAction({ do: 'support', where: 'below' }));
    }
    expect(shop.grants.asked).toEqual([]);
  });

  it('and at every link and text that does: a code, a gift, a voucher, an invitation', async () => {
    const buyer = await blocked(language);
    const { code } = await promoCode(shop.pool);
    const gift = await oneVoucher(shop.pool);
    const inviter = shop.buyer((next += 1));
    await createUsersRepository(shop.pool).upsert({
      ...{ telegramId: inviter.id, firstName: 'Bob', username: null, language: 'en' },
    });
    const link = language === 'ru' ? 'ABCDEFGH' : 'HGFEDCBA';
    await createReferralsRepository(shop.pool).code(inviter.id, link);
    for (const payload of [`promo_${code}`, `gift_${gift.code}`, `ref_${link}`])
      await answered(buyer, ANSWER[language], await buyer.start(payload));
    for (const text of [gift.code, '/buy']) await answered(buyer, ANSWER[language], await buyer.send(text));
    const { rows } = await shop.pool.query('SELECT promo_code, referred_by FROM users WHERE telegram_id = $1', [
      buyer.id,
    ]);
    expect(rows).toEqual([{ promo_code: null, referred_by: null }]);
  });
});

describe('what stays', () => {
  it('their keys, orders, gifts, language and support', async () => {
    const buyer = await blocked();
    await unblockPerson(shop.pool, buyer.id, BY);
    const { id } = await shop.order(buyer, { serverCode: 'nl-2' });
    const ids = freshIds();
    await shop.payments.recordPaid(id, ids, new Date());
    await blockPerson(shop.pool, { userId: buyer.id, reason: 'other' }, BY);
    for (const [command, words] of [
      ['/subscriptions', 'My subscriptions'],
      ['/support', 'Your id'],
      ['/paysupport', 'Questions about a payment'],
      ['/language', 'Which language'],
    ] as const)
      await answered(buyer, words, await buyer.send(command));
    const before = await newest(buyer);
    await press(buyer, { do: 'show', payment: id });
    await answered(buyer, 'A month', before - 1);
    await press(buyer, { do: 'gifts', page: 0 });
    await buyer.waitFor('have given');
  });

  it('an order confirmed before a replica knows of the block is refused by the database, and reads the same', async () => {
    const buyer = shop.buyer((next += 1), { languageCode: 'en' });
    await buyer.start();
    await buyer.waitFor('Hello');
    await buyer.send('/buy');
    for (const [step, label] of ['Netherlands', 'Amsterdam 2', 'A month'].entries()) {
      await buyer.waitFor(`Step ${step + 1} of 4`);
      await buyer.click((await labels(buyer)).find((one) => one.includes(label))!);
    }
    await buyer.waitFor('Step 4 of 4');
    // The cache of this replica goes on saying that they are not.
    await blockPerson(shop.pool, { userId: buyer.id, reason: 'abuse' }, BY);
    await buyer.click((await labels(buyer)).find((one) => one.includes('Pay'))!);
    await buyer.waitFor(ANSWER.en);
    const { rowCount } = await shop.pool.query('SELECT FROM payments WHERE user_id = $1', [buyer.id]);
    expect(rowCount).toBe(0);
  });
});
