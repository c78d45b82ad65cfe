import { setTimeout as pause } from 'node:timers/promises';
import { HttpError, type Transformer } from 'grammy';

/** Longer than this nobody waits for a screen, and a webhook must be answered in time. */
const MAX_PAUSE_MS = 3_000;
/** Repeating these changes nothing, so a lost connection is tried again. A repeated `send*` could show twice. */
const REPEATABLE = /^(edit|answer|delete|set|get)/;

/** Calls of the bot: obeys Telegram's "later" when it is short, and repeats once what may be repeated. */
export function autoRetry(): Transformer {
  return async (previous, method, payload, signal) => {
    try {
      const first = await previous(method, payload, signal);
      const waitMs = first.ok || first.error_code !== 429 ? undefined : (first.parameters?.retry_after ?? 1) * 1000;
      if (waitMs === undefined || waitMs > MAX_PAUSE_MS) return first;
      await pause(waitMs);
    } catch (error) {
      if (!(error instanceof HttpError) || !REPEATABLE.test(method) || method === 'getUpdates' || signal?.aborted)
        throw error;
    }
    return previous(method, payload, signal);
  };
}
