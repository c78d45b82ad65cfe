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
const subscriptionButtons = async (buyer: TelegramUser): Promise<string[]> => {
  const markup = (await buyer.lastMessage())?.replyMarkup;
  const labels = markup && 'inline_keyboard' in markup ? markup.inline_keyboard.flat().map(({ text }) => text) : [];
  return labels.filter((label) => label.startsWith('🇳🇱'));
};
/** With a code of 20 percent from a link: at the plans, at the confirmation, with the link of the order. */
async function choosing(buyer: TelegramUser, code: string): Promise<void> {
  await buyer.start(`promo_${code}`);
  await buyer.waitFor('принят');
  await buyer.click('🛒 Выбрать подписку');
  await toPlans(buyer);
}
async function confirming(buyer: TelegramUser, code: string): Promise<void> {
  await choosing(buyer, code);
  await buyer.click('Месяц · 239 ₽');
  await buyer.waitFor('Шаг 4 из 4');
}
async function ordered(buyer: TelegramUser, code: string) {
  await confirming(buyer, code);
  await buyer.click('✅ Оплатить 239 ₽');
  return buyer.waitFor('Ссылка готова');
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
    const { messageId } = await ordered(buyer, terms.code);
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
    await confirming(buyer, terms.code);
    await change(terms.code);
    await buyer.click('✅ Оплатить 239 ₽');
    await buyer.waitFor('Посмотрите заказ ещё раз');
    expect(await paymentsOf(buyer)).toEqual([]);
    await buyer.click(button);
    await buyer.waitFor('Ссылка готова');
  });

  it('a code that is not for the plan is said there, and can be put away', async () => {
    const terms = await promoCode(shop.pool, { planCodes: ['year'] });
    const buyer = await known();
    await choosing(buyer, terms.code);
    await buyer.click('Месяц · 299 ₽');
    await buyer.waitFor('Он не для этого тарифа');
    const sinceMessageId = await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('принят', 60_000, { sinceMessageId });
    await buyer.click('✖️ Без промокода');
    await buyer.waitFor('Промокод убран');
  });

  it('an order that changes its place can’t have the use that the first one holds: the full price is shown', async () => {
    const terms = await promoCode(shop.pool);
    const buyer = await known();
    await ordered(buyer, terms.code);
    const newest = async (): Promise<number> => (await buyer.lastMessage())!.messageId;
    const sinceMessageId = await newest();
    await buyer.send('/buy');
    await buyer.waitFor('Шаг 1 из 4', 60_000, { sinceMessageId });
    await buyer.click('🇳🇱 Нидерланды');
    await buyer.waitFor('Шаг 2 из 4');
    // Its label counts the places that are left.
    await buyer.click({ data: 'v1:server:nl-1' });
    await buyer.waitFor('Шаг 3 из 4');
    await buyer.click('Месяц · 239 ₽');
    await buyer.waitFor('Шаг 4 из 4');
    await buyer.click('✅ Оплатить 239 ₽');
    await buyer.waitFor('другой неоплаченный заказ');
    await buyer.click('✅ Отменить его, оплатить 239 ₽');
    const anew = await buyer.waitFor('Посмотрите заказ ещё раз');
    expect(anew.text).toContain('Его держит другой ваш неоплаченный заказ');
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('другой неоплаченный заказ');
    await buyer.click('✅ Отменить его, оплатить 299 ₽');
    await waitUntil(async () => (await paymentsOf(buyer)).length === 2, { what: 'the second order' });
    expect(await paymentsOf(buyer)).toMatchObject([
      { priceKopecks: 29_900, promoCode: null, dismissedAt: null },
      { priceKopecks: 23_900, promoCode: terms.code, dismissedAt: expect.any(Date) },
    ]);
    expect(await usesOf(shop.pool, terms.code)).toEqual({ reserved: 1 });
  });
});

describe('what costs nothing', () => {
  it('days alone: which subscription they are for is asked, and the worker is asked once for each tap', async () => {
    const terms = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
    const buyer = person('ru');
    // A customer already, before the bot has anything of theirs in its caches.
    await shop.pool.query(`INSERT INTO users (telegram_id, language, terms_seen_at) VALUES ($1, 'ru', now())`, [
      buyer.id,
    ]);
    const { id } = await shop.order(buyer, { serverCode: 'nl-1' });
    await shop.payments.recordPaid(id, { subscriptionId: id, panelUserId: id }, new Date());
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('К какой подписке их добавить');
    const [label] = await subscriptionButtons(buyer);
    await buyer.click(label!);
    await buyer.waitFor('Добавляю подарок');
    await buyer.click('🔄 Обновить');
    await waitUntil(() => shop.grants.asked.length === 2, { what: 'the workflow is asked' });
    const [first, second] = shop.grants.asked.map(({ request }) => request);
    expect(first).toEqual({ ...second, askedAt: expect.any(Number) });
    expect(first).toMatchObject({
      ...{ kind: 'promo', userId: buyer.id, code: terms.code, planCode: null, renewsSubscriptionId: id },
      grant: { days: 7, trafficGb: 0 },
    });
  });

  it('days alone: what the screen showed is what comes, of that code', async () => {
    const [terms, other] = [
      await promoCode(shop.pool, { kind: 'days-alone', amount: 7 }),
      await promoCode(shop.pool, { kind: 'days-alone', amount: 5 }),
    ];
    const buyer = person('ru');
    await shop.pool.query(`INSERT INTO users (telegram_id, language, terms_seen_at) VALUES ($1, 'ru', now())`, [
      buyer.id,
    ]);
    const { id } = await shop.order(buyer, { serverCode: 'nl-1' });
    await shop.payments.recordPaid(id, { subscriptionId: id, panelUserId: id }, new Date());
    const before = shop.grants.asked.length;
    await buyer.start(`promo_${terms.code}`);
    const { messageId, replyMarkup } = await buyer.waitFor('К какой подписке их добавить');
    const shown = replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard[0]![0]! : undefined;
    const data = shown && 'callback_data' in shown ? shown.callback_data : '';
    // The owner changes what it gives.
    await createPromoCodesRepository(shop.pool).edit({ ...terms, note: '', amount: 3 });
    const reads = (words: string) =>
      waitUntil(
        async () => (await buyer.chat()).messages.find((one) => one.messageId === messageId)?.text?.includes(words),
        { what: words },
      );
    await buyer.click({ data, messageId });
    await reads('3 дня');
    // Another code is in hand by the next press.
    await buyer.start(`promo_${other.code}`);
    await buyer.waitFor('5 дней');
    await buyer.click({ data, messageId });
    await reads('5 дней');
    expect(shop.grants.asked).toHaveLength(before);
    const [label] = await subscriptionButtons(buyer);
    await buyer.click(label!);
    await waitUntil(() => shop.grants.asked.length > before, { what: 'the workflow is asked' });
    expect(shop.grants.asked.at(-1)!.request).toMatchObject({ code: other.code, grant: { days: 5 } });
  });

  it('days alone are not offered for a subscription whose panel is gone for good', async () => {
    const terms = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
    const buyer = person('en');
    // Before the bot has anything of theirs in its caches.
    await shop.pool.query(`INSERT INTO users (telegram_id, language, terms_seen_at) VALUES ($1, 'en', now())`, [
      buyer.id,
    ]);
    const { id } = await shop.order(buyer, { serverCode: 'nl-1' });
    await shop.payments.recordPaid(id, { subscriptionId: id, panelUserId: id }, new Date());
    await shop.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      await buyer.start(`promo_${terms.code}`);
      await buyer.waitFor('you have none now');
      expect(await subscriptionButtons(buyer)).toEqual([]);
    } finally {
      await shop.pool.query('UPDATE servers SET gone_at = NULL');
    }
  });

  it('days alone without a subscription are kept, and said to be', async () => {
    const terms = await promoCode(shop.pool, { kind: 'days-alone', amount: 7 });
    const buyer = await known('en');
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('you have none now');
  });

  it('100 percent: confirmed like an order, and no payment is made', async () => {
    const terms = await promoCode(shop.pool, { amount: 100 });
    const buyer = await known();
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('Тариф на выбор целиком в подарок');
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 0 ₽');
    await buyer.waitFor('Шаг 4 из 4');
    shop.grants.away = true;
    await buyer.click('🎁 Получить бесплатно');
    await buyer.waitFor('Подарок пока не оформлен');
    shop.grants.away = false;
    const before = shop.grants.asked.length;
    await buyer.click('🔁 Попробовать ещё раз');
    await waitUntil(() => shop.grants.asked.length > before, { what: 'the workflow is asked' });
    expect(shop.grants.asked.at(-1)!.request).toMatchObject({
      ...{ kind: 'promo', code: terms.code, planCode: 'month', locationCode: 'nl', renewsSubscriptionId: null },
      grant: { days: 30, trafficGb: 100 },
    });
    expect(await paymentsOf(buyer)).toEqual([]);
    // There is nothing left to continue, while the screen that says so still asks again.
    const asked = shop.grants.asked.length;
    await buyer.waitFor('Добавляю подарок');
    await buyer.click('🔄 Обновить');
    await waitUntil(() => shop.grants.asked.length > asked, { what: 'the workflow is asked again' });
    expect(shop.grants.asked.at(-1)!.request).toEqual({
      ...shop.grants.asked.at(-2)!.request,
      askedAt: expect.any(Number),
    });
    const sinceMessageId = (await buyer.lastMessage())!.messageId;
    await buyer.send('/menu');
    await waitUntil(async () => (await buyer.lastMessage())!.messageId > sinceMessageId, { what: 'the menu' });
    const { replyMarkup } = (await buyer.lastMessage())!;
    const rows = replyMarkup && 'inline_keyboard' in replyMarkup ? replyMarkup.inline_keyboard.flat() : [];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ text }) => text)).not.toContain('▶️ Продолжить выбор');
  });
});

describe('a code that can’t be used', () => {
  const answers: [what: string, text: () => Promise<string>, ru: string, en: string][] = [
    [
      '4,000 characters, of more Telegram makes two messages',
      async () => 'A'.repeat(4_000),
      'от 4 до 32 знаков',
      '4 to 32 characters',
    ],
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
    await ordered(first, terms.code);
    await second.start(`promo_${terms.code}`);
    await second.waitFor('Все его использования уже заняты');
    const [order] = await paymentsOf(first);
    await shop.payments.recordPaid(order!.id, { subscriptionId: order!.id, panelUserId: order!.id }, new Date());
    await first.start(`promo_${terms.code}`);
    await first.waitFor('Вы его уже использовали');
  });

  it('somebody new who guesses by links is locked out as well, and no wrong code is kept', async () => {
    const foreign = await promoCode(shop.pool, { audience: 'person', userId: 1 });
    const right = await promoCode(shop.pool);
    const buyer = person('ru');
    const says = (words: string, times: number) =>
      waitUntil(
        async () => (await buyer.chat()).messages.filter(({ text }) => text?.includes(words)).length === times,
        { what: `"${words}" ${times} times` },
      );
    const wrong = [foreign.code, 'WRONG-1', 'WRONG-2', 'WRONG-3', 'WRONG-4'];
    for (const [index, code] of wrong.entries()) {
      await buyer.start(`promo_${code}`);
      await says('Промокод из вашей ссылки сейчас не действует', index + 1);
    }
    await buyer.start(`promo_${right.code}`);
    await says('Промокод из вашей ссылки сейчас не действует', 6);
    const { rows } = await shop.pool.query('SELECT promo_code FROM users WHERE telegram_id = $1', [buyer.id]);
    expect(rows).toEqual([{ promo_code: null }]);
  });

  it('of a cancelled order, and over by now: it is said, and nothing is accepted', async () => {
    const terms = await promoCode(shop.pool);
    const buyer = await known();
    await ordered(buyer, terms.code);
    await shop.pool.query('UPDATE payments SET dismissed_at = now() WHERE user_id = $1', [buyer.id]);
    await shop.pool.query(`UPDATE promo_codes SET valid_until = now() WHERE code = $1`, [terms.code]);
    await buyer.start(`promo_${terms.code}`);
    await buyer.waitFor('Срок его действия вышел');
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

describe('personal offer × code', () => {
  it('the better one counts by itself, the other stays unused, and each screen says so', async () => {
    const buyer = await known();
    const offer = await promoCode(shop.pool, { amount: 50, audience: 'person', userId: buyer.id });
    const code = await promoCode(shop.pool);
    await buyer.start(`promo_${code.code}`);
    const accepted = await buyer.waitFor('принят');
    expect(accepted.text).toContain('Месяц: 299 ₽ 149 ₽');
    expect(accepted.text).toContain(`личное предложение ${offer.code} выгоднее промокода ${code.code}`);
    await buyer.click('🛒 Выбрать подписку');
    await toPlans(buyer);
    await buyer.click('Месяц · 149 ₽');
    const confirmation = await buyer.waitFor('Шаг 4 из 4');
    expect(confirmation.text).toContain(`личное предложение ${offer.code} выгоднее промокода ${code.code}`);
    await buyer.click('✅ Оплатить 149 ₽');
    await buyer.waitFor('Ссылка готова');
    expect(await paymentsOf(buyer)).toMatchObject([{ priceKopecks: 14_900, promoCode: offer.code }]);
    expect([await usesOf(shop.pool, offer.code), await usesOf(shop.pool, code.code)]).toEqual([{ reserved: 1 }, {}]);
  });

  it('a code that takes more off wins, and nobody else has the offer', async () => {
    const buyer = await known();
    await promoCode(shop.pool, { amount: 10, audience: 'person', userId: buyer.id });
    const code = await promoCode(shop.pool);
    await confirming(buyer, code.code);
    expect((await buyer.lastMessage())!.text).toContain(`Промокод ${code.code} выгоднее вашего личного предложения`);
    const stranger = await known();
    await stranger.send('/buy');
    await toPlans(stranger);
    expect((await stranger.lastMessage())!.text).not.toContain('промокод');
  });
});

it('a code that does nothing here can be put away from the list of plans and from the confirmation', async () => {
  const buyer = await known();
  const code = await promoCode(shop.pool, { planCodes: ['year'] });
  await choosing(buyer, code.code);
  await buyer.click('Месяц · 299 ₽');
  const confirmation = await buyer.waitFor('Шаг 4 из 4');
  expect(confirmation.text).toContain('здесь не действует');
  await buyer.click('✖️ Без промокода');
  await buyer.waitFor('убран');
  const { promo_code: kept } = (
    await shop.pool.query('SELECT promo_code FROM users WHERE telegram_id = $1', [buyer.id])
  ).rows[0] as { promo_code: string | null };
  expect(kept).toBeNull();
});

it('the button that puts a code away is about that one, not about the one that they hold by now', async () => {
  const buyer = await known();
  const [first, second] = [await promoCode(shop.pool), await promoCode(shop.pool)];
  await buyer.start(`promo_${first.code}`);
  await buyer.waitFor(first.code);
  await shop.pool.query('UPDATE users SET promo_code = $2 WHERE telegram_id = $1', [buyer.id, second.code]);
  await buyer.click('✖️ Без промокода');
  await buyer.waitFor('убран');
  const { rows } = await shop.pool.query('SELECT promo_code FROM users WHERE telegram_id = $1', [buyer.id]);
  expect(rows).toEqual([{ promo_code: second.code }]);
});
