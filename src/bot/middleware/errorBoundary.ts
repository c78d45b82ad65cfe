import type { MiddlewareFn } from 'grammy';
import type { Logger } from '../../config/logger';
import { classifyTelegramError, type TelegramVerdict } from '../../gateways/telegram/classify';
import { GrammyError, HttpError } from 'grammy';
import { ChatBusyError } from '../../storage/redis/chatLock';
import { isRedisUnavailable } from '../../storage/redis/errors';
import type { BotContext } from '../context';
import { PaymentNotStoredError } from '../paymentNotStored';
import { plain } from '../../messages/locales/index';
import { failureScreen, storageAwayScreen } from '../../messages/screens/trouble';
import type { Screen } from '../../messages/screens/screen';
import { answer, send } from '../show';

export interface ErrorBoundaryDeps {
  readonly logger: Logger;
  /** Called when Telegram says that this user can't be written to. */
  readonly markUnreachable: (userId: number) => Promise<void>;
  /** Called when the update could not be handled. */
  readonly onFailure: () => void;
}

/**
 * Catches every error of handling an update, logs it and tells the user. Only those pass after which the update counts as
 * not handled and is delivered again.
 */
export function errorBoundary({ logger, markUnreachable, onFailure }: ErrorBoundaryDeps): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof ChatBusyError || error instanceof PaymentNotStoredError) throw error;
      const verdict =
        error instanceof GrammyError || error instanceof HttpError ? classifyTelegramError(error, 'update') : undefined;
      if (verdict?.kind === 'unreachable-user') {
        if (ctx.visit) await markUnreachable(ctx.visit.userId).catch(() => undefined);
        return;
      }
      onFailure();
      const log = ctx.visit?.log ?? logger;
      if (isRedisUnavailable(error)) log.warn({ operation: error.operation }, 'an update failed because Redis is away');
      else log.error({ err: loggable(error, verdict) }, 'an update could not be handled');
      if (!ctx.visit) return;
      await apologise(ctx, error).catch(() => log.warn('the message about the failure could not be sent either'));
      // Whatever has failed, no pressed button goes on showing its progress indicator.
      await answer(ctx);
    }
  };
}

/** Without secrets: grammY's own errors contain the token and the whole payload. */
function loggable(error: unknown, verdict: TelegramVerdict | undefined): unknown {
  if (verdict === undefined) return error;
  return verdict.kind === 'failed' ? verdict.error : new Error(`telegram: ${verdict.kind}`);
}

async function apologise(ctx: BotContext, error: unknown): Promise<void> {
  const { language, incident, answered } = ctx.visit;
  const screen: Screen = isRedisUnavailable(error) ? storageAwayScreen(language) : failureScreen(incident, language);
  // A callback query that is not answered yet can show it without a new message.
  if (ctx.callbackQuery && !answered && !isRedisUnavailable(error))
    return answer(ctx, plain(language, 'alert-failure', { incident }), { alert: true });
  await send(ctx, screen);
}
