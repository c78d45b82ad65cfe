/** What a visitor of the demo page does in the chat and at the checkout. */
import type { Locator, Page } from 'playwright-core';
import { waitUntil } from '../support/wait';

export const STEP_MS = 45_000;
/** Location, server, plan, confirmation, and one to spare. */
const MOST_STEPS = 6;

/** The newest message that has buttons: the bot's one live screen. */
export function screenOf(page: Page): Locator {
  return page
    .getByTestId('message')
    .filter({ has: page.getByTestId('inline-button') })
    .last();
}

/** Begins the chat, as somebody new. */
export async function begin(page: Page): Promise<void> {
  await page.getByTestId('start-chat').click();
  await screenOf(page).waitFor();
}

/** Presses a button of the bot's one live screen. */
export async function tap(page: Page, label: string | RegExp): Promise<void> {
  const found = screenOf(page).getByTestId('inline-button').filter({ hasText: label });
  await found.waitFor({ timeout: STEP_MS });
  await found.click();
}

/** Waits for a message with these words. */
export function reads(page: Page, words: string): Promise<void> {
  return page.getByTestId('message').filter({ hasText: words }).last().waitFor({ timeout: STEP_MS });
}

/**
 * Says /buy and takes the first choice on every screen until the bot shows a link to the checkout.
 * @returns the pay button
 */
export async function orderFirstOffer(page: Page): Promise<Locator> {
  const before = await page.getByTestId('message').count();
  await page.getByTestId('chat-input').fill('/buy');
  await page.getByTestId('send').click();
  // The command itself, and the answer to it.
  await waitUntil(async () => (await page.getByTestId('message').count()) >= before + 2, {
    what: 'an answer to /buy',
    timeoutMs: STEP_MS,
  });
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const screen = screenOf(page);
    const payButton = screen.locator('[data-testid="inline-button"][data-kind="url"]');
    if ((await payButton.count()) > 0) return payButton.first();
    const shown = await screen.innerText();
    await screen.locator('[data-testid="inline-button"][data-kind="callback"]').first().click();
    await waitUntil(
      async () =>
        (await screen.locator('[data-kind]').count()) > 0 &&
        withoutTime(await screen.innerText()) !== withoutTime(shown),
      {
        what: `the screen after "${shown.split('\n')[0]}"`,
        timeoutMs: STEP_MS,
      },
    );
  }
  throw new Error(`no link to the checkout after ${MOST_STEPS} screens`);
}

function withoutTime(text: string): string {
  return text.replace(/\d\d:\d\d/g, '');
}

/** Waits until YooKassa has the money: closing the checkout while the form is on its way would call it back. */
export async function pay(page: Page, card: string, yookassaUrl: string): Promise<void> {
  const before = await paidAt(yookassaUrl);
  const checkout = page.frameLocator('[data-testid="checkout-frame"]');
  await checkout.getByTestId(`card-${card}`).click();
  await checkout.getByTestId('pay').click();
  await waitUntil(async () => (await paidAt(yookassaUrl)) > before, { what: 'the money is at YooKassa' });
}

async function paidAt(yookassaUrl: string): Promise<number> {
  const payments = (await (await fetch(`${yookassaUrl}/_sim/payments`)).json()) as { status: string }[];
  return payments.filter(({ status }) => status === 'succeeded').length;
}

/** The key as the buyer reads it: a link set as code. */
export function keyOf(page: Page): Locator {
  return page.locator('[data-testid="message"][data-from="bot"] :is(code, pre)').filter({ hasText: /^https?:\/\// });
}
