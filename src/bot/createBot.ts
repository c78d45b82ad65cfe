import { Bot } from 'grammy';
import type { Update } from 'grammy/types';
import { observeTelegram } from '../gateways/telegram';
import { telegramTransformers } from '../gateways/telegram/api';
import type { OnPlain } from '../gateways/telegram/decoration';
import { ChatBusyError } from '../storage/redis/chatLock';
import type { BotContext } from './context';
import { blockedFeature } from './features/blocked';
import { grantServersFeature } from './features/grantServers';
import { buyFeature } from './features/buy';
import { deskFeature } from './features/desk';
import { createFeatures } from './features/createFeatures';
import { giftsFeature } from './features/gifts';
import { infoFeature, languageFeature } from './features/info';
import { membershipFeature } from './features/membership';
import { deskAnswerFeature, deskTextFeature } from './features/deskText';
import { paymentFeature } from './features/payment';
import { referralFeature } from './features/referral';
import { settingsFeature } from './features/settings';
import { promoFeature } from './features/promo';
import { starsFeature } from './features/stars';
import { startFeature } from './features/start';
import { subscriptionsFeature } from './features/subscriptions';
import { trialFeature } from './features/trial';
import { unhandledFeature } from './features/unhandled';
import { vouchersFeature } from './features/vouchers';
import type { UpdateOutcome } from './metrics';
import { autoAnswerCallback } from './middleware/autoAnswerCallback';
import { errorBoundary } from './middleware/errorBoundary';
import { limit } from './middleware/limit';
import { sequentialize } from './middleware/sequentialize';
import { history, person } from './middleware/person';
import { visit } from './middleware/visit';
import { autoRetry } from './autoRetry';
import { PaymentNotStoredError } from './paymentNotStored';
import type { BotDeps } from './ports';

/** The kinds of updates that Telegram is asked to send (Bot API reference, getUpdates). */
export const ALLOWED_UPDATES = ['message', 'callback_query', 'my_chat_member', 'pre_checkout_query'] as const;

export interface ShopBot {
  readonly bot: Bot<BotContext>;
  /**
   * Handles an update once, however often Telegram delivers it. An update that fails is logged and counts as handled.
   * @returns `postponed`: another replica is handling it, the chat is busy, or this replica is not ready. It must not
   *   be confirmed to Telegram, so that it is delivered again
   */
  handleUpdate(update: Update): Promise<'handled' | 'duplicate' | 'postponed'>;
}

/** Builds the bot. It does not receive updates by itself: the process polls or serves the webhook. */
export function createBot(deps: BotDeps): ShopBot {
  const { logger, metrics, updateDedup, sessions, cachedQueries, users, limits } = deps;
  const bot = new Bot<BotContext>(deps.token, {
    client: { apiRoot: deps.apiRoot, timeoutSeconds: 40, sensitiveLogs: false },
  });
  const onPlain: OnPlain = (call) => logger.error(call, 'Telegram refused a part of a message; it was sent without it');
  // Measured is every attempt of a repeated call.
  bot.api.config.use(...telegramTransformers(onPlain, observeTelegram(metrics.observeCall), autoRetry()));

  const markUnreachable = async (userId: number): Promise<void> => {
    await users.setReachable(userId, false);
    await cachedQueries.invalidateUser(userId);
  };
  const outcomes = new WeakMap<Update, UpdateOutcome>();
  const features = createFeatures(deps);

  bot.use(async (ctx, next) =>
    errorBoundary({ logger, markUnreachable, onFailure: () => outcomes.set(ctx.update, 'failed') })(ctx, next),
  );
  bot.use(starsFeature(deps));
  bot.use(membershipFeature({ ...deps, paymentScreens: features.paymentScreens }));
  bot.use(visit(logger));
  // Before whatever may wait for Redis or for the chat: a pressed button is answered in time all the same.
  bot.use(autoAnswerCallback({ afterMs: deps.answerAfterMs }));
  bot.use(async (ctx, next) =>
    limit({ limits, adminIds: deps.adminIds, cachedQueries, onLimited: () => outcomes.set(ctx.update, 'limited') })(
      ctx,
      next,
    ),
  );
  bot.use(sequentialize(deps.chatLock));
  bot.use(person(cachedQueries, sessions));
  bot.use(history(sessions));
  bot.use(
    deskAnswerFeature(features),
    blockedFeature(features),
    promoFeature(features),
    vouchersFeature(features),
    referralFeature(features),
    startFeature(features),
    buyFeature(features),
    giftsFeature(features),
    trialFeature(features),
    grantServersFeature(features),
    paymentFeature(features),
    subscriptionsFeature(features),
    infoFeature(features),
    languageFeature(features),
    settingsFeature(features),
    deskFeature(features),
    deskTextFeature(features),
    unhandledFeature(features),
  );

  return {
    bot,
    async handleUpdate(update) {
      const started = performance.now();
      const done = (outcome: UpdateOutcome) => metrics.update(kindOf(update), outcome, performance.now() - started);
      // A replica that has just started may get an update before getMe was answered; grammY can't handle any before
      // that.
      if (!bot.isInited()) {
        done('postponed');
        return 'postponed';
      }
      const standing = await updateDedup.begin(update.update_id);
      if (standing !== 'first') {
        done(standing === 'done' ? 'duplicate' : 'postponed');
        return standing === 'done' ? 'duplicate' : 'postponed';
      }
      try {
        await bot.handleUpdate(update);
      } catch (thrown) {
        // grammY wraps errors of middleware.
        const error = thrown instanceof Error && 'error' in thrown ? thrown.error : thrown;
        if (error instanceof ChatBusyError || error instanceof PaymentNotStoredError) {
          await updateDedup.abandon(update.update_id);
          done('postponed');
          return 'postponed';
        }
        outcomes.set(update, 'failed');
        // An error that the error boundary did not handle. Only its name is logged: the error may contain the whole
        // update.
        logger.error(
          { reason: error instanceof Error ? error.name : typeof error, updateId: update.update_id },
          'an update failed outside the error boundary and is not handled again',
        );
      }
      await updateDedup.finish(update.update_id);
      done(outcomes.get(update) ?? 'handled');
      return 'handled';
    },
  };
}

function kindOf(update: Update): string {
  return ALLOWED_UPDATES.find((kind) => kind in update) ?? 'other';
}
