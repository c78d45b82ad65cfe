import { setTimeout as sleep } from 'node:timers/promises';
import { GrammyError } from 'grammy';
import type { Logger } from '../config/logger';
import { classifyTelegramError } from '../gateways/telegram/classify';

/** Between two attempts at least, in ms; Telegram may ask for more, and gets no more than `LONGEST_PAUSE_MS`. */
const PAUSE_MS = 3_000;

export interface WaitForTelegramOptions {
  readonly logger: Logger;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Waits so many ms; another one only in tests. */
  readonly pause?: (ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>;
}

/**
 * Asks until Telegram answers, however long it is away: meanwhile the bot's process serves what it can.
 *
 * @returns its answer; nothing any more once `signal` is aborted
 * @throws Error for a token that Telegram does not know: waiting would not help
 */
export async function untilTelegramAnswers<T>(
  ask: () => Promise<T>,
  { logger, signal, pause = sleep }: WaitForTelegramOptions,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) return new Promise(() => undefined);
      if (error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404)) {
        throw new Error('Telegram does not know this BOT_TOKEN. Copy it again from @BotFather.');
      }
      const verdict = classifyTelegramError(error, 'getMe');
      const [reason, retryAfterMs = 0] =
        verdict.kind === 'failed' ? [verdict.error.message, verdict.error.retryAfterMs] : [verdict.kind];
      const waitMs = Math.max(PAUSE_MS, retryAfterMs);
      logger.warn({ reason, waitMs }, 'Telegram does not answer yet; trying again');
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
