import type { MiddlewareFn } from 'grammy';
import type { BotContext } from '../context';
import { answer } from '../show';

/** A button that spins for longer looks broken. */
const ANSWER_AFTER_MS = 700;

/** Every pressed button stops spinning: with the feature's own words, or silently when it has none or takes long. */
export function answering(): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    if (!ctx.callbackQuery) return next();
    const timer = setTimeout(() => void answer(ctx), ANSWER_AFTER_MS);
    try {
      await next();
      // Not after a failure: the error boundary still has something to say.
      await answer(ctx);
    } finally {
      clearTimeout(timer);
    }
  };
}
