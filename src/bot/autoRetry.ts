import { setTimeout as pause } from 'node:timers/promises';
import { HttpError, type Transformer } from 'grammy';

/** A longer wait would keep the user without a screen and the webhook without an answer. */
const MAX_PAUSE_MS = 3_000;
/**
 * Methods that may be repeated after a lost connection without a second effect. A repeated `send*` could show a message
 * twice.
 */
const REPEATABLE = /^(edit|answer|delete|set|get)/;

/**
 * Retries a call of the bot once: after a 429 that asks for a short wait, or after a lost connection when the method
 * allows it.
 */
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
