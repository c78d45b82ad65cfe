import { chromium, type Browser, type Page } from 'playwright-core';
import { testEnvironment } from '../support/environment';

/**
 * Chromium without a sandbox, as tests run in containers, and without anything that talks to the internet by itself.
 */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: testEnvironment('TEST_CHROMIUM_PATH'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export const DESKTOP = { width: 1400, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** A visitor with a browser of their own, and what went wrong on their page: `faults` must stay empty. */
export interface Visitor {
  readonly page: Page;
  readonly faults: string[];
  close(): Promise<void>;
}

export async function openVisitor(browser: Browser, url: string, viewport = DESKTOP): Promise<Visitor> {
  const phone = viewport.width < 760;
  const context = await browser.newContext({
    viewport,
    locale: 'ru-RU',
    isMobile: phone,
    hasTouch: phone,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  // Covers what the content security policy refused, too.
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}
