import { afterAll, beforeAll } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startStack } from '../support/stack';
import { launchBrowser } from './browser';

/** Only ends what hangs: a purchase takes seconds, one that must wait for a poll a little longer. */
export const TIME_LIMIT_MS = 240_000;

interface Demo {
  readonly browser: Browser;
  readonly stack: Awaited<ReturnType<typeof startStack>>;
}

/** A browser and the whole shop behind the demo page, for the tests of a file. Call it inside `describe`. */
export function useDemo(): Demo {
  const demo: { -readonly [Part in keyof Demo]?: Demo[Part] } = {};
  beforeAll(async () => {
    [demo.browser, demo.stack] = await Promise.all([launchBrowser(), startStack()]);
  }, TIME_LIMIT_MS);
  afterAll(async () => {
    await demo.browser?.close();
    await demo.stack?.stop();
  }, TIME_LIMIT_MS);
  return demo as Demo;
}
