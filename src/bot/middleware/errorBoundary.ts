import type { MiddlewareFn } from 'grammy';
import type { Logger } from '../../config/logger';
import { classifyTelegramError, type TelegramVerdict } from '../../gateways/telegram/classify';
import { GrammyError, HttpError } from 'grammy';
import { ChatBusyError } from '../../storage/redis/chatLock';
import { isRedisUnavailable } from '../../storage/redis/errors';
import type { BotContext } from '../context';
import { plain } from '../../messages/locales/index';
import { failureScreen, storageAwayScreen } from '../../messages/screens/trouble';
import type { Screen } from '../../messages/screens/screen';
import { answer, send } from '../show';

export interface ErrorBoundaryDeps {
  readonly logger: Logger;
  /** Telegram says that this person can't be written to. */
  readonly markUnreachable: (userId: number) => Promise<void>;
  /** Told that this update could not be handled. */
  readonly onFailure: () => void;
}

/**
 * Around everything: no update takes the bot down, and nobody is left without a word. A chat that is still busy passes through:
 * that update was not handled and comes again.
 */
export function errorBoundary({ logger, markUnreachable, onFailure }: ErrorBoundaryDeps): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof ChatBusyError) throw error;
      const verdict =
        error instanceof GrammyError || error instanceof HttpError ? classifyTelegramError(error, 'update') : undefined;
      if (verdict?.kind === 'unreachable-user') {
        if (ctx.visit) await markUnreachable(ctx.visit.userId).catch(() => undefined);
        return;
      }
      onFailure();
      const log = ctx.visit?.log ?? logger;
      if (isRedisUnavailable(error)) log.warn({ operation: error.operation }, 'an update needed Redis, which is away');
      else log.error({ err: loggable(error, verdict) }, 'an update could not be handled');
      if (ctx.visit) await apologise(ctx, error).catch(() => log.warn('the apology could not be sent either'));
    }
  };
}

/** grammY's own errors hold the token and the whole payload. */
function loggable(error: unknown, verdict: TelegramVerdict | undefined): unknown {
  if (verdict === undefined) return error;
  return verdict.kind === 'failed' ? verdict.error : new Error(`telegram: ${verdict.kind}`);
}

async function apologise(ctx: BotContext, error: unknown): Promise<void> {
  const { language, incident, answered } = ctx.visit;
  const screen: Screen = isRedisUnavailable(error) ? storageAwayScreen(language) : failureScreen(incident, language);
  // A pressed button that still spins can say it without a new message.
  if (ctx.callbackQuery && !answered && !isRedisUnavailable(error))
    return answer(ctx, plain(language, 'alert-failure', { incident }), { alert: true });
  await send(ctx, screen);
}
