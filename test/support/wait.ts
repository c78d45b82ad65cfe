import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a check gives something truthy, and returns that. A check that throws counts as "not yet".
 * @param options.what completes "waited ... for ..." in the error
 * @throws Error with the check's last error when the time is up (default 150 s: generous, it only ends what hangs)
 */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  options: { what?: string; timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const { what = 'the condition', timeoutMs = 150_000, everyMs = 25 } = options;
  const end = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const value = await check();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(everyMs);
  } while (performance.now() < end);
  throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`, { cause: last });
}
