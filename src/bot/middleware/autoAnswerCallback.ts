import type { MiddlewareFn } from 'grammy';
import type { BotContext } from '../context';
import { answer } from '../show';

/** In ms. A button that shows its progress indicator for longer looks broken. */
const ANSWER_AFTER_MS = 700;

/**
 * Answers every callback query that the feature itself has not answered: when it ends, or after `afterMs` when it takes
 * longer.
 * @param options.afterMs default 700 ms. What the feature answers after that is not shown, except alerts, which are
 *   sent as messages (see `answer`)
 */
export function autoAnswerCallback({
  afterMs = ANSWER_AFTER_MS,
}: { afterMs?: number | undefined } = {}): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    if (!ctx.callbackQuery) return next();
    const timer = setTimeout(() => void answer(ctx), afterMs);
    try {
      await next();
      // Not after a failure: then the error boundary answers.
      await answer(ctx);
    } finally {
      clearTimeout(timer);
    }
  };
}
