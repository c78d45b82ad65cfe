import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError, type Transformer } from 'grammy';
import { boundedPause } from '../gateways/errors';
import { NEVER_SENT } from '../gateways/http';

/** How long an answer to a person is tried for, in ms; after that nobody waits for it. */
const WITHIN_MS = 12_000;
/** Pauses between the attempts of a call that may be repeated however often, in ms. */
const PAUSES_MS = [300, 1_000, 2_000, 3_000, 4_000];
/**
 * Pauses between the attempts to send a message of which nobody knows whether it arrived, in ms: an outage of seconds
 * leaves nobody without an answer, and each attempt may show the message once more.
 */
const SEND_PAUSES_MS = [1_000, 3_000, 4_000];
/** Methods that may be repeated without a second effect. */
const REPEATABLE = /^(edit|answer|delete|set|get)/;

export interface AutoRetryOptions {
  /** Waits so many ms; another one only in tests. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

type Answer = Awaited<ReturnType<Parameters<Transformer>[0]>>;
type Attempt = { readonly answer: Answer } | { readonly error: unknown };

/**
 * Repeats a call of the bot that has failed on its way: after a 429, which has had no effect, when its pause has
 * passed; after a lost connection or a fault of Telegram's with growing pauses. Getting updates has its own loop.
 */
export function autoRetry({ pause = sleep }: AutoRetryOptions = {}): Transformer {
  return async (previous, method, payload, signal) => {
    let waitedMs = 0;
    for (let failures = 0; ; failures += 1) {
      const attempt: Attempt = await previous(method, payload, signal).then(
        (answer) => ({ answer: answer as Answer }),
        (error: unknown) => ({ error }),
      );
      const pauseMs = method === 'getUpdates' ? undefined : pauseAfter(attempt, method, failures);
      if (pauseMs === undefined || waitedMs + pauseMs > WITHIN_MS || signal?.aborted) {
        if ('error' in attempt) throw attempt.error;
        return attempt.answer as Awaited<ReturnType<typeof previous<typeof method>>>;
      }
      await pause(pauseMs);
      waitedMs += pauseMs;
    }
  };
}

/** @returns milliseconds until the next attempt; `undefined`: there is none */
function pauseAfter(attempt: Attempt, method: string, failures: number): number | undefined {
  if ('error' in attempt) {
    if (!(attempt.error instanceof HttpError)) return undefined;
    const { code } = (attempt.error.error ?? {}) as { code?: unknown };
    const wasSent = typeof code !== 'string' || !NEVER_SENT.has(code);
    return (wasSent && !REPEATABLE.test(method) ? SEND_PAUSES_MS : PAUSES_MS)[failures];
  }
  const { answer } = attempt;
  if (answer.ok) return undefined;
  if (answer.error_code === 429) return boundedPause((answer.parameters?.retry_after ?? 1) * 1000);
  if (answer.error_code < 500) return undefined;
  return (REPEATABLE.test(method) ? PAUSES_MS : SEND_PAUSES_MS)[failures];
}
