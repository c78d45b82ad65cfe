import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { waitUntil } from '../support/wait';
import { DESKTOP, openVisitor, PHONE } from './browser';
import { keyOf, orderFirstOffer, pay, screenOf, STEP_MS, tap } from './chat';
import { TIME_LIMIT_MS, useDemo } from './useDemo';

describe('A visitor of the demo page', () => {
  const demo = useDemo();

  it(
    'buys a subscription with a test card, reads the key, and finds the user on the panel and the workflow behind it',
    async () => {
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl, DESKTOP);
      await page.getByTestId('start-chat').click();
      await screenOf(page).waitFor();

      await (await orderFirstOffer(page)).click();
      await pay(page, '4111111111111111', demo.stack.yookassaUrl);
      await page.getByTestId('checkout-back').click({ timeout: STEP_MS });
      await page.getByTestId('checkout-frame').waitFor({ state: 'detached' });

      await keyOf(page).first().waitFor({ timeout: STEP_MS });
      expect(await keyOf(page).first().innerText()).toMatch(/^https?:\/\/\S+$/);
      const mine = page.locator('[data-testid="panel-user"][data-mine]');
      await mine.first().waitFor({ timeout: STEP_MS });
      expect(await mine.count()).toBe(1);
      const href = await page.getByTestId('workflow-link').first().getAttribute('href');
      expect(href).toMatch(
        new RegExp(`^${demo.stack.uiUrl}/namespaces/${demo.stack.namespace}/workflows/payment-[\\w-]+$`),
      );
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );

  it(
    'tries it for free: a button for somebody new, the key in the chat, and the user on the panel',
    async () => {
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl, DESKTOP);
      await page.getByTestId('start-chat').click();
      await screenOf(page).waitFor();
      await tap(page, 'Попробовать бесплатно');
      await tap(page, 'Нидерланды');
      await keyOf(page).first().waitFor({ timeout: STEP_MS });
      const mine = page.locator('[data-testid="panel-user"][data-mine]');
      await mine.first().waitFor({ timeout: STEP_MS });
      expect(await mine.count()).toBe(1);
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );

  it(
    'does the same on a phone, where the checkout fills the screen and everything else is one tab away',
    async () => {
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl, PHONE);
      await page.getByTestId('start-chat').tap();
      await screenOf(page).waitFor();

      await (await orderFirstOffer(page)).tap();
      const frame = page.getByTestId('checkout-frame');
      await frame.waitFor();
      expect((await frame.boundingBox())?.width).toBe(PHONE.width);
      await pay(page, '2202474301322987', demo.stack.yookassaUrl);
      await page.getByTestId('checkout-close').tap();

      await keyOf(page).first().waitFor({ timeout: STEP_MS });
      expect(await sideways(page)).toBe(0);
      await page.getByTestId('tab-panel').tap();
      await page.locator('[data-testid="panel-user"][data-mine]').first().waitFor({ timeout: STEP_MS });
      expect(await page.getByTestId('workflow-link').first().isVisible()).toBe(true);
      expect(await sideways(page)).toBe(0);
      await page.getByTestId('tab-break').tap();
      expect(await page.getByTestId('kill-worker').isVisible()).toBe(true);
      expect(await sideways(page)).toBe(0);
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );

  it(
    'gets the key although every notification of YooKassa is lost, because the shop looks by itself',
    async () => {
      const { page, faults, close } = await openVisitor(demo.browser, demo.stack.demoUrl, DESKTOP);
      await page.getByTestId('start-chat').click();
      await screenOf(page).waitFor();
      await page.getByTestId('break-webhooks-lost').click();
      await waitUntil(() => page.getByTestId('break-webhooks-lost').isChecked(), { what: 'the switch is on' });

      await (await orderFirstOffer(page)).click();
      await pay(page, '5555555555554444', demo.stack.yookassaUrl);
      await page.getByTestId('checkout-close').click();

      await keyOf(page).first().waitFor({ timeout: STEP_MS });
      expect(await page.getByTestId('break-webhooks-lost').isChecked()).toBe(true);
      await page.getByTestId('heal').click();
      await waitUntil(async () => !(await page.getByTestId('break-webhooks-lost').isChecked()), { what: 'the repair' });
      expect(faults).toEqual([]);
      await close();
    },
    TIME_LIMIT_MS,
  );
});

/** By how much the page is wider than the screen. */
function sideways(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
