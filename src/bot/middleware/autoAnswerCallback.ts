import type { MiddlewareFn } from 'grammy';
import type { BotContext } from '../context';
import { answer } from '../show';

/** In ms. A button that spins for longer looks broken. */
const ANSWER_AFTER_MS = 700;

/**
 * Every pressed button stops spinning: with the feature's own words, or silently when it has none or takes long.
 * @param options.afterMs how long is long. Default 700 ms. Of what the feature has to say after that, only alerts are still said, as
 * messages (see `answer`)
 */
export function autoAnswerCallback({
  afterMs = ANSWER_AFTER_MS,
}: { afterMs?: number | undefined } = {}): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    if (!ctx.callbackQuery) return next();
    const timer = setTimeout(() => void answer(ctx), afterMs);
    try {
      await next();
      // Not after a failure: the error boundary still has something to say.
      await answer(ctx);
    } finally {
      clearTimeout(timer);
    }
  };
}
