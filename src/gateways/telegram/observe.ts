import { GrammyError, type Transformer } from 'grammy';
import type { HttpObserver } from '../http';
import { classifyTelegramError, type TelegramVerdict } from './classify';

/** How a call ended, in the words of the other services' metrics: its HTTP status, or the kind of error without one. */
function outcomeOf(verdict: TelegramVerdict): string {
  return verdict.kind === 'failed' ? String(verdict.error.status ?? verdict.error.kind) : verdict.kind;
}

/**
 * Tells `observe` of every call to the Bot API, each attempt of a repeated one too: install it before whatever repeats.
 * A call that the shop itself has ended is not a failure of Telegram's and is left out.
 */
export function observeTelegram(observe: HttpObserver): Transformer {
  return async (previous, method, payload, signal) => {
    const started = performance.now();
    const done = (outcome: string): void =>
      observe({ service: 'telegram', operation: method, outcome, durationMs: performance.now() - started });
    try {
      const answer = await previous(method, payload, signal);
      const refused = () => new GrammyError('refused', answer as never, method, {});
      done(answer.ok ? '200' : outcomeOf(classifyTelegramError(refused(), method)));
      return answer;
    } catch (error) {
      if (!signal?.aborted) done(outcomeOf(classifyTelegramError(error, method)));
      throw error;
    }
  };
}
