/** Promo codes as buyers meet them: from a link or typed, to the price on the button and in the order. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TelegramUser } from '../../simulators/telegram/driver';
import type { BotProcess } from '../../src/bot/process';
import { createPromoCodesRepository } from '../../src/storage/postgres/promo/codes';
import { promoCode, usesOf } from '../storage/postgres/promos';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let bot: BotProcess;
let nextId = 61_000;

beforeAll(async () => {
  shop = await openShop();
  bot = await shop.startBot();
});
afterAll(async () => {
  await bot?.stop();
  await shop?.close();
});
beforeEach(() => void (shop.workflows.calls.length = 0));

const person = (languageCode: string) => shop.buyer((nextId += 1), { firstName: 'Ольга', languageCode });
const PASSED = { ru: '👌 Понятно, дальше', en: '👌 I see, go on' };
/** Somebody who has seen language and terms. */
async function known(languageCode: 'ru' | 'en' = 'ru'): Promise<TelegramUser> {
  const buyer = person(languageCode);
  await buyer.start();
  await buyer.waitFor(languageCode === 'ru' ? 'Здравствуйте' : 'Hello');
  await shop.pool.query('UPDATE users SET terms_seen_at = now() WHERE telegram_id = $1', [buyer.id]);
  return buyer;
}
async function toPlans(buyer: TelegramUser): Promise<void> {
  await buyer.waitFor('Шаг 1 из 4');
  await buyer.click('🇳🇱 Нидерланды');
  await buyer.waitFor('Шаг 2 из 4');
  await buyer.click('✨ Выбрать за меня');
  await buyer.waitFor('Шаг 3 из 4');
}
const paymentsOf = (buyer: TelegramUser) => shop.payments.ofUser(buyer.id, 50);
const enter = async (buyer: TelegramUser, text: string, ask = '🎟 Промокод') => {
  await buyer.click(ask);
  await buyer.waitFor(ask === '🎟 Промокод' ? 'Какой у вас промокод' : 'What is your promo code');
  await buyer.send(text);
};

describe('P3: the price that is shown is the price of the order', () => {
  it('from a link of somebody new: language and terms first, then crossed-out prices, to the order', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 5 });
    const buyer = person('en');
    await buyer.start(`promo_${terms.code.toLowerCase()}`);
    const first = await buyer.waitFor('your promo code');
    expect(first.text).toContain('📄 Terms');
    await buyer.click('🇷🇺 Русский');
    await buyer.waitFor('Ваш промокод я сохранил');
    await buyer.click(PASSED.ru);
    const offer = await buyer.waitFor('принят');
    expect(offer.text).toContain('Скидка 20 %');
    expect(offer.text).toContain('Месяц: 299 ₽ 239 ₽');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 239 ₽');
    const confirmation = await buyer.waitFor('Шаг 4 из 4');
    expect(confirmation.text).toContain('299 ₽ 239 ₽');
    expect(confirmation.text).toContain('скидка 60 ₽');
    await buyer.click('✅ Оплатить 239 ₽');
    const link = await buyer.waitFor('Ссылка готова');
    expect(link.text).toContain(`Промокод ${terms.code}: скидка 60 ₽`);
    expect(await paymentsOf(buyer)).toMatchObject([
      { basePriceKopecks: 29_900, discountKopecks: 6_000, priceKopecks: 23_900, promoCode: terms.code, language: 'ru' },
    ]);
    expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
  });

  it('typed in the middle of choosing: the choice goes on at the new prices', async () => {
    const terms = await promoCode(shop.pool, { kind: 'fixed', amount: 10_000 });
    const buyer = await known();
    await buyer.send('/buy');
    await toPlans(buyer);
    await enter(buyer, ` ${terms.code.toLowerCase()} `);
    await buyer.waitFor('принят');
    await buyer.click('▶️ Продолжить выбор');
    await buyer.waitFor('Цены с промокодом');
    await buyer.click('Месяц · 199 ₽');
    await buyer.waitFor('скидка 100 ₽');
  });

  it('days with a purchase are said, and the price stays', async () => {
    const terms = await promoCode(shop.pool, { kind: 'days', amount: 7 });
    const buyer = await known();
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('Ещё 7 дней в подарок');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 299 ₽');
    await buyer.waitFor('ещё 7 дней в подарок');
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Ссылка готова');
    expect(await paymentsOf(buyer)).toMatchObject([{ promoDays: 7, discountKopecks: 0, priceKopecks: 29_900 }]);
  });

  it('the own open order with the code is shown again, by link and by hand', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 1 });
    const buyer = await known();
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('принят');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 239 ₽');
    await buyer.waitFor('Шаг 4 из 4');
    await buyer.click('✅ Оплатить 239 ₽');
    const { messageId } = await buyer.waitFor('Ссылка готова');
    await createPromoCodesRepository(shop.pool).setActive(terms.code, false);
    await buyer.start(`promo_${terms.code}`);
    await waitUntil(
      async () =>
        (await buyer.chat()).messages.some((one) => one.messageId > messageId && one.text?.includes('Ссылка готова')),
      { what: 'the order below' },
    );
    expect(await paymentsOf(buyer)).toHaveLength(1);
  });

  it.each<[string, (code: string) => Promise<unknown>, string]>([
    [
      'edited',
      async (code) => {
        const codes = createPromoCodesRepository(shop.pool);
        await codes.edit({ ...(await codes.byCode(code))!, amount: 10 });
      },
      '✅ Оплатить 269 ₽',
    ],
    ['switched off', (code) => createPromoCodesRepository(shop.pool).setActive(code, false), '✅ Оплатить 299 ₽'],
    ['deleted', (code) => createPromoCodesRepository(shop.pool).remove(code), '✅ Оплатить 299 ₽'],
  ])('%s between the confirmation and the tap: the new price is shown first', async (_, change, button) => {
    const terms = await promoCode(shop.pool);
    const buyer = await known();
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('принят');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 239 ₽');
    await buyer.waitFor('Шаг 4 из 4');
    await change(terms.code);
    await buyer.click('✅ Оплатить 239 ₽');
    await buyer.waitFor('Цена изменилась');
    expect(await paymentsOf(buyer)).toEqual([]);
    await buyer.click(button);
    await buyer.waitFor('Ссылка готова');
  });

  it('a code that is not for the plan is said there, and can be put away', async () => {
    const terms = await promoCode(shop.pool, { planCodes: ['year'] });
    const buyer = await known();
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('принят');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 299 ₽');
    await buyer.waitFor('Он не для этого тарифа');
    const sinceMessageId = await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('принят', 60_000, { sinceMessageId });
    await buyer.click('✖️ Без промокода');
    await buyer.waitFor('Промокод убран');
  });
});

describe('a code that can’t be used', () => {
  const answers: [what: string, text: () => Promise<string>, ru: string, en: string][] = [
    ['5,000 characters', async () => 'A'.repeat(4_000), 'от 4 до 32 знаков', '4 to 32 characters'],
    ['look-alike letters', async () => 'САLЕ20', 'переключите раскладку', 'switch the keyboard'],
    ['other characters', async () => 'SALE%20!', 'только латинские буквы', 'only Latin letters'],
    ['unknown', async () => 'NO-SUCH-CODE', 'Такого промокода нет', 'There is no such promo code'],
    [
      'switched off: the same answer',
      async () => {
        const { code } = await promoCode(shop.pool);
        await createPromoCodesRepository(shop.pool).setActive(code, false);
        return code;
      },
      'Такого промокода нет',
      'There is no such promo code',
    ],
    [
      'somebody else’s personal offer',
      async () => (await promoCode(shop.pool, { audience: 'person', userId: 1 })).code,
      'личное предложение для другого',
      'a personal offer for somebody else',
    ],
    [
      'over',
      async () => (await promoCode(shop.pool, { validUntil: new Date('2020-01-01') })).code,
      'Срок его действия вышел',
      'It is not valid any more',
    ],
    [
      'not yet valid',
      async () => (await promoCode(shop.pool, { validFrom: new Date('2100-01-01T00:00:00+03:00') })).code,
      '1 января 2100',
      '1 January 2100',
    ],
  ];
  it.each(answers)('%s', async (_, text, ru, en) => {
    const typed = await text();
    const russian = await known('ru');
    await enter(russian, typed);
    await russian.waitFor(ru);
    const english = await known('en');
    await enter(english, typed, '🎟 Promo code');
    await english.waitFor(en);
  });

  it('all used, and already yours', async () => {
    const terms = await promoCode(shop.pool, { usesTotal: 1 });
    const [first, second] = [await known(), await known()];
    await first.start(`promo_${terms.code}`);
    await first.waitFor('принят');
    await first.click('🛒 Выбрать подписку');
    await toPlans(first);
    await first.click('Месяц · 239 ₽');
    await first.waitFor('Шаг 4 из 4');
    await first.click('✅ Оплатить 239 ₽');
    await first.waitFor('Ссылка готова');
    await second.start(`promo_${terms.code}`);
    await second.waitFor('Все его использования уже заняты');
    const [order] = await paymentsOf(first);
    await shop.payments.recordPaid(order!.id, { subscriptionId: order!.id, panelUserId: order!.id }, new Date());
    await first.start(`promo_${terms.code}`);
    await first.waitFor('Вы его уже использовали');
  });

  it('five wrong ones lock out for a quarter of an hour; a right one does not help then', async () => {
    const { code } = await promoCode(shop.pool);
    const buyer = await known();
    for (let n = 0; n < 4; n += 1) {
      await buyer.start(`promo_WRONG-${n}`);
      await waitUntil(
        async () =>
          (await buyer.chat()).messages.filter(({ text }) => text?.includes('Такого промокода нет')).length === n + 1,
        { what: 'the answer' },
      );
    }
    await buyer.start('promo_WRONG-5');
    await buyer.waitFor('через 15 минут');
    await buyer.start(`promo_${code}`);
    await waitUntil(
      async () =>
        (await buyer.chat()).messages.filter(({ text }) => text?.includes('Слишком много неверных')).length === 2,
      { what: 'the second refusal' },
    );
    expect(await usesOf(shop.pool, code)).toEqual({});
  });
});
