import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTelegramFaults, type TelegramUser } from '../../simulators/telegram/driver';
import type { BotProcess } from '../../src/bot/process';
import { waitUntil } from '../support/wait';
import { openShop, type Shop } from './botHarness';

let shop: Shop;
let bot: BotProcess;
let nextId = 1000;

beforeAll(async () => {
  shop = await openShop();
  bot = await shop.startBot();
});
afterAll(() => shop?.close());
beforeEach(() => {
  shop.workflows.calls.length = 0;
  shop.workflows.away = false;
  shop.workflows.running = true;
});

const newBuyer = (languageCode = 'ru') => shop.buyer((nextId += 1), { firstName: 'Ольга', languageCode });

/** As far as the confirmation. */
async function toConfirmation(buyer: TelegramUser): Promise<void> {
  await buyer.start();
  await buyer.waitFor('Здравствуйте');
  await buyer.send('/buy');
  await buyer.waitFor('Шаг 1 из 4');
  await buyer.click('🇳🇱 Нидерланды');
  await buyer.waitFor('Шаг 2 из 4');
  await buyer.click('✨ Выбрать за меня');
  await buyer.waitFor('Шаг 3 из 4');
  await buyer.click('Месяц · 299 ₽');
  await buyer.waitFor('Шаг 4 из 4');
}

const paymentsOf = (buyer: TelegramUser) => shop.payments.ofUser(buyer.id, 50);
const lastAlert = async (buyer: TelegramUser) => (await buyer.chat()).callbackAnswers.at(-1);
/** The data of a button of the newest message that has it. */
async function dataOf(buyer: TelegramUser, label: string): Promise<{ messageId: number; data: string }> {
  for (const message of (await buyer.chat()).messages.toReversed()) {
    const markup = message.replyMarkup;
    const button =
      markup && 'inline_keyboard' in markup
        ? markup.inline_keyboard.flat().find(({ text }) => text === label)
        : undefined;
    if (button && 'callback_data' in button) return { messageId: message.messageId, data: button.callback_data };
  }
  throw new Error(`no button "${label}"`);
}

describe('buying', () => {
  it('goes from /start to a payment link in one message, in Russian', async () => {
    const buyer = newBuyer();
    await toConfirmation(buyer);
    const confirmation = await buyer.waitFor('К оплате: 299 ₽');
    const makeLink = shop.workflows.whenStarted;
    // The worker has not made the link yet.
    shop.workflows.whenStarted = async () => undefined;
    try {
      await buyer.click('✅ Оплатить 299 ₽');
      await buyer.waitFor('Готовлю ссылку на оплату');
    } finally {
      shop.workflows.whenStarted = makeLink;
    }

    const [payment, ...others] = await paymentsOf(buyer);
    expect(others).toEqual([]);
    expect(payment).toMatchObject({
      planCode: 'month',
      priceKopecks: 29_900,
      locationCode: 'nl',
      serverCode: 'nl-2',
      screenMessageId: confirmation.messageId,
      language: 'ru',
    });
    await waitUntil(() => shop.workflows.calls.includes(`ensureRunning ${payment!.id}`), {
      what: 'the workflow is started',
    });
    // Nothing but the two messages of /start and /buy: the dialog lives in one.
    expect((await buyer.chat()).messages.filter(({ from }) => from === 'bot')).toHaveLength(2);
  });

  it('speaks English to an English client', async () => {
    const buyer = newBuyer('en');
    await buyer.start();
    await buyer.waitFor('Hello, Ольга!');
    await buyer.click('🛒 Buy a subscription');
    await buyer.waitFor('Step 1 of 4');
    await buyer.click('🇳🇱 Netherlands');
    await buyer.waitFor('Step 2 of 4');
    await buyer.click('Amsterdam 1 · 10 places');
    await buyer.waitFor('Step 3 of 4');
    await buyer.click('A year · ₽2,490');
    await buyer.waitFor('365 days, unlimited traffic');
    await buyer.click('✅ Pay ₽2,490');
    await buyer.waitFor('The link is ready');
    expect(await paymentsOf(buyer)).toMatchObject([{ serverCode: 'nl-1', planCode: 'year', language: 'en' }]);
  });

  it('makes one payment of two taps on "Pay" at the same moment', async () => {
    const buyer = newBuyer();
    await toConfirmation(buyer);
    const pay = await dataOf(buyer, '✅ Оплатить 299 ₽');
    await Promise.all([buyer.click(pay), buyer.click(pay), buyer.click(pay)]);
    await buyer.waitFor('Ссылка готова');
    await waitUntil(async () => (await buyer.chat()).callbackAnswers.length >= 6, { what: 'every tap is answered' });
    expect(await paymentsOf(buyer)).toHaveLength(1);
    // Every tap may make sure that the workflow runs: that is the same one each time.
    expect(shop.workflows.calls).toContain(`ensureRunning ${(await paymentsOf(buyer))[0]!.id}`);
  });

  it('shows the open payment again instead of a second link', async () => {
    const buyer = newBuyer();
    await toConfirmation(buyer);
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Ссылка готова');
    await buyer.send('/buy');
    await buyer.waitFor('Шаг 1 из 4');
    await buyer.click('🇳🇱 Нидерланды');
    await buyer.waitFor('Шаг 2 из 4');
    await buyer.click('✨ Выбрать за меня');
    await buyer.waitFor('Шаг 3 из 4');
    await buyer.click('Месяц · 299 ₽');
    const second = await buyer.waitFor('Шаг 4 из 4');
    await buyer.click('✅ Оплатить 299 ₽');
    await waitUntil(
      async () =>
        (await buyer.chat()).messages.some(
          ({ messageId, text }) => messageId === second.messageId && text?.includes('Ссылка готова'),
        ),
      { what: 'the link in the newer message' },
    );
    await waitUntil(async () => (await paymentsOf(buyer))[0]?.screenMessageId === second.messageId, {
      what: 'the live screen is this message',
    });
    expect(await paymentsOf(buyer)).toHaveLength(1);
  });

  describe('while another order is open', () => {
    const choose = async (buyer: TelegramUser, server: string) => {
      await buyer.send('/buy');
      await buyer.waitFor('Шаг 1 из 4');
      await buyer.click('🇳🇱 Нидерланды');
      await buyer.waitFor('Шаг 2 из 4');
      await buyer.click({ data: `v1:server:${server}` });
      await buyer.waitFor('Шаг 3 из 4');
      await buyer.click('Месяц · 299 ₽');
      await buyer.waitFor('Шаг 4 из 4');
      await buyer.click('✅ Оплатить 299 ₽');
    };
    const openOrderOn = async (buyer: TelegramUser, server: string) => {
      await buyer.start();
      await buyer.waitFor('Здравствуйте');
      await choose(buyer, server);
      await buyer.waitFor('Ссылка готова');
      return (await paymentsOf(buyer))[0]!;
    };

    it('says that it is another one; the new one is made when the buyer dismisses the old one', async () => {
      const buyer = newBuyer();
      const first = await openOrderOn(buyer, 'nl-2');
      await choose(buyer, 'nl-1');
      await buyer.waitFor('У вас уже есть другой неоплаченный заказ');
      expect(await paymentsOf(buyer)).toMatchObject([{ id: first.id, dismissedAt: null }]);
      const { messageId, data } = await dataOf(buyer, '✅ Отменить его, оплатить 299 ₽');
      // Two taps at once make one order.
      await Promise.all([buyer.click({ messageId, data }), buyer.click({ messageId, data })]);
      await waitUntil(
        async () =>
          (await buyer.chat()).messages.some(
            (one) => one.messageId === messageId && one.text?.includes('Ссылка готова'),
          ),
        { what: 'the link of the new order' },
      );
      const [second, old, ...others] = await paymentsOf(buyer);
      expect(others).toEqual([]);
      expect(second).toMatchObject({ serverCode: 'nl-1', screenMessageId: messageId, dismissedAt: null });
      expect(old).toMatchObject({ id: first.id, serverCode: 'nl-2', dismissedAt: expect.any(Date) });
      // Its workflow asks YooKassa once more, and takes the link from the chat.
      await waitUntil(() => shop.workflows.calls.includes(`buyerCancels ${first.id}`), { what: 'the old one is told' });
    });

    it('takes the old one up where the buyer prefers it', async () => {
      const buyer = newBuyer();
      const first = await openOrderOn(buyer, 'nl-2');
      await choose(buyer, 'nl-1');
      await buyer.waitFor('У вас уже есть другой неоплаченный заказ');
      await buyer.click('↩️ Прежний заказ, 299 ₽');
      await waitUntil(async () => (await paymentsOf(buyer))[0]?.screenMessageId !== first.screenMessageId, {
        what: 'the old order is shown here',
      });
      expect(await paymentsOf(buyer)).toMatchObject([{ id: first.id, dismissedAt: null }]);
      await buyer.send('/menu');
      await buyer.waitFor('Что сделать?');
      expect(await buyer.transcript()).not.toContain('Вы не закончили выбирать');
    });

    it('makes the new one at once after the old one was cancelled, although its link lives', async () => {
      const buyer = newBuyer();
      const first = await openOrderOn(buyer, 'nl-2');
      await shop.payments.dismiss(first.id);
      await choose(buyer, 'nl-1');
      await waitUntil(async () => (await paymentsOf(buyer)).length === 2, { what: 'the new order' });
      expect(await paymentsOf(buyer)).toMatchObject([
        { serverCode: 'nl-1', dismissedAt: null },
        { id: first.id, dismissedAt: expect.any(Date) },
      ]);
    });

    it('does not give the old price to whoever confirms a new one', async () => {
      const buyer = newBuyer();
      const first = await openOrderOn(buyer, 'nl-2');
      await shop.pool.query(`UPDATE plans SET price_kopecks = 9900 WHERE code = 'month'`);
      try {
        await buyer.send('/buy');
        await buyer.waitFor('Шаг 1 из 4');
        await buyer.click('🇳🇱 Нидерланды');
        await buyer.waitFor('Шаг 2 из 4');
        await buyer.click({ data: 'v1:server:nl-2' });
        await buyer.waitFor('Шаг 3 из 4');
        await buyer.click('Месяц · 99 ₽');
        await buyer.waitFor('К оплате: 99 ₽');
        await buyer.click('✅ Оплатить 99 ₽');
        await buyer.waitFor('У вас уже есть другой неоплаченный заказ');
        await buyer.click('✅ Отменить его, оплатить 99 ₽');
        await waitUntil(async () => (await paymentsOf(buyer)).length === 2, { what: 'the new order' });
        expect(await paymentsOf(buyer)).toMatchObject([
          { priceKopecks: 9_900, dismissedAt: null },
          { id: first.id, priceKopecks: 29_900, dismissedAt: expect.any(Date) },
        ]);
      } finally {
        await shop.pool.query(`UPDATE plans SET price_kopecks = 29900 WHERE code = 'month'`);
      }
    });
  });

  it('goes on after the bot was stopped and started in the middle of the dialog', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await buyer.waitFor('Здравствуйте');
    await buyer.click('🛒 Купить подписку');
    await buyer.waitFor('Шаг 1 из 4');
    await buyer.click('🇳🇱 Нидерланды');
    await buyer.waitFor('Шаг 2 из 4');
    await bot.stop();
    await buyer.click('Amsterdam 2 · места есть');
    bot = await shop.startBot();
    await buyer.waitFor('Шаг 3 из 4');
    await buyer.send('/start');
    await buyer.waitFor('Вы не закончили выбирать');
    await buyer.click('▶️ Продолжить выбор');
    await buyer.waitFor('Нидерланды, Amsterdam 2. Шаг 3 из 4');
  });

  it('never sells a full server: an alert says so, and the dialog stays where it was', async () => {
    const buyer = newBuyer();
    await buyer.start();
    await buyer.waitFor('Здравствуйте');
    await buyer.click('🛒 Купить подписку');
    await buyer.waitFor('Шаг 1 из 4');
    await buyer.click('🇩🇪 Германия');
    await buyer.waitFor('Все места на серверах этой страны заняты');
    await buyer.click('🚫 Frankfurt · мест нет');
    await waitUntil(async () => (await lastAlert(buyer))?.text === 'На этом сервере мест нет. Выберите другой.', {
      what: 'the alert',
    });
    await buyer.click({ data: 'v1:server:*' });
    await waitUntil(
      async () => (await buyer.chat()).callbackAnswers.filter(({ showAlert }) => showAlert).length === 2,
      { what: 'the second alert' },
    );
  });

  it('shows a new price before it is paid', async () => {
    const buyer = newBuyer();
    await toConfirmation(buyer);
    await shop.pool.query(`UPDATE plans SET price_kopecks = 35000 WHERE code = 'month'`);
    try {
      await buyer.click('✅ Оплатить 299 ₽');
      await buyer.waitFor('Тариф изменился');
      await buyer.waitFor('30 дней, 100 ГБ за 350 ₽');
      expect(await paymentsOf(buyer)).toEqual([]);
      await buyer.click('🧾 Посмотреть заказ');
      await buyer.waitFor('К оплате: 350 ₽');
    } finally {
      await shop.pool.query(`UPDATE plans SET price_kopecks = 29900 WHERE code = 'month'`);
    }
  });

  it('refuses a fourth attempt within five minutes and says until when', async () => {
    const buyer = newBuyer();
    const admin = shop.buyer(buyer.id);
    await toConfirmation(buyer);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      // Each time the plan goes off sale at the last moment, which costs the buyer an attempt and no money.
      await shop.pool.query(`UPDATE plans SET active = false`);
      await buyer.click('✅ Оплатить 299 ₽');
      await buyer.waitFor('Этого больше нет в продаже');
      await shop.pool.query(`UPDATE plans SET active = true`);
      await buyer.click('🔁 Выбрать заново');
      await buyer.waitFor('Шаг 1 из 4');
      await admin.click('🇳🇱 Нидерланды');
      await buyer.waitFor('Шаг 2 из 4');
      await buyer.click('✨ Выбрать за меня');
      await buyer.waitFor('Шаг 3 из 4');
      await buyer.click('Месяц · 299 ₽');
      await buyer.waitFor('Шаг 4 из 4');
    }
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Слишком много попыток оплаты подряд');
    expect(await paymentsOf(buyer)).toEqual([]);
  });

  it('keeps the order when Temporal is away, says so, and hands it over at the next tap', async () => {
    const buyer = newBuyer();
    await toConfirmation(buyer);
    shop.workflows.away = true;
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Заказ записан, ссылка задерживается');
    expect(await paymentsOf(buyer)).toMatchObject([{ status: 'created' }]);
    shop.workflows.away = false;
    await buyer.click('🔄 Обновить');
    await waitUntil(() => shop.workflows.calls.some((call) => call.startsWith('ensureRunning')), {
      what: 'the workflow is started',
    });
  });
});

describe('the buttons of a payment', () => {
  async function pendingPayment(buyer: TelegramUser): Promise<string> {
    await toConfirmation(buyer);
    await buyer.click('✅ Оплатить 299 ₽');
    await buyer.waitFor('Ссылка готова');
    const payment = await waitUntil(async () => (await paymentsOf(buyer)).find(({ status }) => status === 'pending'), {
      what: 'the link',
    });
    return payment!.id;
  }

  /** As from a list, or an older message with the button. */
  const showAgain = (buyer: TelegramUser, id: string) => buyer.click({ data: `v1:show:${id}` });

  it('refuses another buyer who forges them, and tells them nothing', async () => {
    const owner = newBuyer();
    const id = await pendingPayment(owner);
    const thief = newBuyer();
    await thief.start();
    await thief.waitFor('Здравствуйте');
    shop.workflows.calls.length = 0;
    const before = await shop.payments.byId(id);
    for (const verb of [
      'show',
      'check',
      'cancel',
      'cancel-sure',
      'wait',
      'other-server',
      'delay-refund',
      'delay-refund-sure',
      'again',
      'pay',
      'pay-instead',
      'take-up',
    ]) {
      const answered = (await thief.chat()).callbackAnswers.length;
      await thief.click({ data: `v1:${verb}:${id}` });
      await waitUntil(async () => (await thief.chat()).callbackAnswers.length > answered, {
        what: `an answer to ${verb}`,
      });
      expect([verb, await lastAlert(thief)]).toEqual([
        verb,
        expect.objectContaining({ text: 'Эта кнопка не для вас или уже недействительна.', showAlert: true }),
      ]);
    }
    expect(shop.workflows.calls).toEqual([]);
    expect(await shop.payments.byId(id)).toEqual(before);
    expect(await thief.transcript()).not.toContain(id.slice(0, 8));
    await thief.start(`pay_${id}`);
    await thief.waitFor('Здравствуйте');
    expect(await thief.transcript()).not.toContain('Сумма');
  });

  it('says as a message what must be read, when Telegram takes no answer for the button any more', async () => {
    const id = await pendingPayment(newBuyer());
    const thief = newBuyer();
    await thief.start();
    await thief.waitFor('Здравствуйте');
    await setTelegramFaults(shop.telegram.url, { expireCallbacks: true });
    try {
      await thief.click({ data: `v1:check:${id}` });
      await thief.waitFor('Эта кнопка не для вас или уже недействительна.');
    } finally {
      await setTelegramFaults(shop.telegram.url, { expireCallbacks: null });
    }
  });

  it('asks YooKassa at once on "I have paid", but not for every nervous tap', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    for (let tap = 1; tap <= 5; tap += 1) {
      const answered = (await buyer.chat()).callbackAnswers.length;
      await buyer.click('✅ Оплачено');
      await waitUntil(async () => (await buyer.chat()).callbackAnswers.length > answered, { what: 'an answer' });
    }
    expect(shop.workflows.calls.filter((call) => call === `buyerSaysPaid ${id}`)).toHaveLength(3);
    expect((await lastAlert(buyer))?.text).toContain('Уже проверяю');
  });

  it('draws what the database says, even when the worker was faster', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    shop.workflows.whenSignalled = async () =>
      void (await shop.pool.query(`UPDATE payments SET status = 'paid', paid_at = now() WHERE id = $1`, [id]));
    try {
      await buyer.click('✅ Оплачено');
      await buyer.waitFor('Деньги пришли, спасибо!');
    } finally {
      shop.workflows.whenSignalled = async () => undefined;
    }
  });

  it('draws again what changed while it was drawing', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    const makeLink = shop.workflows.whenStarted;
    // Between the drawing of the old state and its end: the worker has recorded the money.
    shop.workflows.whenStarted = async () =>
      void (await shop.pool.query(`UPDATE payments SET status = 'paid', paid_at = now() WHERE id = $1`, [id]));
    try {
      await showAgain(buyer, id);
      await buyer.waitFor('Деньги пришли, спасибо!');
    } finally {
      shop.workflows.whenStarted = makeLink;
    }
  });

  it('cancels only after asking, and says that the link cannot be closed', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    await buyer.click('✖️ Отменить заказ');
    await buyer.waitFor('Если вы уже заплатили, не отменяйте');
    expect(shop.workflows.calls.some((call) => call.startsWith('buyerCancels'))).toBe(false);
    shop.workflows.whenSignalled = (_name, paymentId) => shop.payments.dismiss(paymentId);
    await buyer.click('✖️ Да, отменить');
    await buyer.waitFor('Заказ отменён');
    shop.workflows.whenSignalled = async () => undefined;
    expect(shop.workflows.calls).toContain(`buyerCancels ${id}`);
    await buyer.send('/start');
    await buyer.waitFor('Здравствуйте');
    expect((await buyer.lastMessage())?.text).not.toContain('неоплаченный заказ');
  });

  it('passes the choice on while the panel is away, the money back only after asking', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    await shop.pool.query(
      `UPDATE payments SET status = 'delayed', paid_at = now(), reason = 'panel-unavailable' WHERE id = $1`,
      [id],
    );
    await showAgain(buyer, id);
    await buyer.waitFor('сервер не отвечает');
    await buyer.click('⏳ Подождать');
    await waitUntil(async () => (await lastAlert(buyer))?.text?.startsWith('Хорошо, продолжаю'), { what: 'the toast' });
    expect(shop.workflows.calls).toContain(`decideDelay ${id} wait`);
    await buyer.click('🔀 Другой сервер');
    await waitUntil(() => shop.workflows.calls.includes(`decideDelay ${id} another-server`), { what: 'the choice' });
    await buyer.click('↩️ Вернуть деньги');
    await buyer.waitFor('Вернуть деньги?');
    expect(shop.workflows.calls).not.toContain(`decideDelay ${id} refund`);
    await buyer.click('↩️ Да, вернуть 299 ₽');
    await waitUntil(() => shop.workflows.calls.includes(`decideDelay ${id} refund`), { what: 'the choice' });
  });

  it('opens the payment from the link of the return page', async () => {
    const buyer = newBuyer();
    const id = await pendingPayment(buyer);
    await buyer.start(`pay_${id}`);
    const shown = await buyer.waitFor('Ссылка готова');
    await waitUntil(async () => (await shop.payments.byId(id))?.screenMessageId === shown.messageId, {
      what: 'the live screen is this message',
    });
  });

  it('offers to go on with an open payment at /start', async () => {
    const buyer = newBuyer();
    await pendingPayment(buyer);
    await buyer.send('/start');
    await buyer.waitFor('У вас есть неоплаченный заказ');
    await buyer.click('💳 Открыть заказ');
    await buyer.waitFor('Ссылка готова');
  });
});
