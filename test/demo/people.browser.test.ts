/** What one visitor of the demo page can give another, and the promo code that the page names. */
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ROOT, runModule } from '../scripts/run';
import { waitUntil } from '../support/wait';
import { openVisitor } from './browser';
import { begin, keyOf, pay, reads, screenOf, STEP_MS, tap } from './chat';
import { TIME_LIMIT_MS, useDemo } from './useDemo';

describe('Visitors of the demo page', () => {
  const demo = useDemo();

  /** Presses a button whose link opens the bot as somebody else. @returns their page, with the chat begun */
  async function openedAsGuest(page: Page, label: string): Promise<Page> {
    const [guest] = await Promise.all([page.context().waitForEvent('page', { timeout: STEP_MS }), tap(page, label)]);
    await begin(guest);
    return guest;
  }
  const buyerOf = (page: Page): Promise<string> =>
    page.evaluate<string>(
      "JSON.parse(sessionStorage.getItem('gigabridge.buyer') ?? localStorage.getItem('gigabridge.buyer')).id",
    );

  it(
    'buy with the promo code that the page names, at the price that it leaves',
    async () => {
      const made = await runModule(
        `import { makePromoCode } from './lib/demo.mjs'; await makePromoCode(process.env);`,
        {
          root: ROOT,
          env: demo.stack.env,
        },
      );
      expect(made).toMatchObject({ code: 0 });
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl);
      await page.getByText('DEMO-').first().waitFor({ timeout: STEP_MS });
      const guide = await page.locator('body').innerText();
      for (const offer of ['Попробовать бесплатно', 'Подарить подписку', 'Пригласить друга'])
        expect(guide).toContain(offer);
      const named = /DEMO-[0-9]+/.exec(guide)![0];
      await begin(page);
      await tap(page, 'Промокод');
      await reads(page, 'Какой у вас промокод');
      await page.getByTestId('chat-input').fill(named);
      await page.getByTestId('send').click();
      await reads(page, 'Скидка 20 %');
      for (const label of ['Выбрать подписку', 'Нидерланды', 'Выбрать за меня', 'Месяц · 239', 'Оплатить 239'])
        await tap(page, label);
      await tap(page, '💳 Оплатить 239');
      await pay(page, '4111111111111111', demo.stack.yookassaUrl);
      await page.getByTestId('checkout-close').click();
      await keyOf(page).first().waitFor({ timeout: STEP_MS });
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );

  it(
    'give each other a subscription, and invite each other: a link of the chat opens a second one',
    async () => {
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl);
      await begin(page);
      for (const label of ['Подарить подписку', 'Месяц ·', 'Оплатить 299', '💳 Оплатить']) await tap(page, label);
      await pay(page, '4111111111111111', demo.stack.yookassaUrl);
      await page.getByTestId('checkout-close').click();
      const receiver = await openedAsGuest(page, 'Переслать');
      expect(await buyerOf(receiver)).not.toBe(await buyerOf(page));
      await reads(receiver, 'Вам подарили подписку');
      await tap(receiver, 'Нидерланды');
      await keyOf(receiver).first().waitFor({ timeout: STEP_MS });
      await receiver.locator('[data-testid="panel-user"][data-mine]').first().waitFor({ timeout: STEP_MS });
      await reads(page, 'Ваш подарок забрали');

      await page.getByTestId('chat-input').fill('/menu');
      await page.getByTestId('send').click();
      await tap(page, 'Пригласить друга');
      // Who has claimed the gift came by the giver.
      await reads(page, 'Пришли по ссылке: 1.');
      const friend = await openedAsGuest(page, 'Поделиться ссылкой');
      await reads(friend, 'Здравствуйте');
      await page.getByTestId('chat-input').fill('/menu');
      await page.getByTestId('send').click();
      await waitUntil(async () => (await screenOf(page).innerText()).includes('Пригласить друга'), {
        what: 'the menu',
      });
      await tap(page, 'Пригласить друга');
      await reads(page, 'Пришли по ссылке: 2.');
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );
});
