/** The bot as a process: everything is built here and handed on; nothing else knows where anything comes from. */
import { GrammyError } from 'grammy';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createPaymentWorkflows, type PaymentWorkflows } from '../clients/paymentWorkflows';
import { createRefundWorkflows, type RefundWorkflows } from '../clients/refundWorkflows';
import type { Logger } from '../config/logger';
import type { Settings } from '../config/settings';
import { classifyTelegramError } from '../gateways/telegram/classify';
import { createHttpServer } from '../http/server';
import { createRepositories } from '../storage/postgres/repositories';
import { createCache } from '../storage/redis/cache';
import { createShopCaches } from '../storage/redis/caches';
import { createChatLock } from '../storage/redis/chatLock';
import { createFsmStore } from '../storage/redis/fsm';
import { createLimiter, createLimits } from '../storage/redis/limits';
import { createPaymentData, type PaymentData } from '../storage/redis/paymentData';
import { createSessions } from '../storage/redis/sessions';
import { createUpdateDedup } from '../storage/redis/updateDedup';
import type { Payment } from '../domain/payment';
import { createBot } from './createBot';
import { DIALOG_VERSION, dialogSchema, IDLE, type DialogState } from './dialog';
import { openInfrastructure } from '../process/infrastructure';
import { createBotMetrics, createStorageMetrics } from './metrics';
import { cacheSchemas, createCachedQueries, type BotCaches } from './cachedQueries';
import { botRoutes } from './routes';
import { createSupportService } from '../support/supportService';
import { startUpdateSource, type UpdateSource } from './updateSource';
import { temporalUiOf } from '../messages/screens/webUi';

export interface BotProcess {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Rejects when the process can't go on (the token was revoked); otherwise stays pending. */
  readonly failed: Promise<never>;
  /** Refuses new work, lets running work end, closes everything. */
  stop(): Promise<void>;
}

export interface BotProcessOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Ends the waiting at start. */
  readonly signal?: AbortSignal;
  /** Instead of Temporal's, for tests of the bot alone. */
  readonly paymentWorkflows?: PaymentWorkflows;
  readonly refundWorkflows?: RefundWorkflows;
  /** Instead of those in Redis, for measuring what they spare. */
  readonly caches?: BotCaches;
  /** Limits that are right for people and too short for a test whose processes may stand still, in ms. Defaults: see `answering` and `createRedisConnections`. */
  readonly patience?: { readonly answerAfterMs?: number; readonly redisCommandTimeoutMs?: number };
}

/** "I have paid": asked at once three times in half a minute, then the watch is quick enough. */
const CHECKS = { name: 'paymentChecks', limit: 3, windowMs: 30_000, onUnavailable: 'allow' } as const;
/** The page a buyer comes back to has his payment looked at, however often it is reloaded. */
const RETURNS = { name: 'payReturns', limit: 1, windowMs: 10_000, onUnavailable: 'refuse' } as const;

/** @throws DependencyUnavailableError, or the listening error of HTTP_PORT */
export async function startBotProcess({
  settings,
  logger,
  signal = new AbortController().signal,
  paymentWorkflows: given,
  refundWorkflows: givenRefunds,
  caches: otherCaches,
  patience = {},
}: BotProcessOptions): Promise<BotProcess> {
  const { answerAfterMs, ...patienceAtStart } = patience;
  const infrastructure = await openInfrastructure(settings, logger, signal, patienceAtStart);
  const { pool, redis, temporal } = infrastructure;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const storageMetrics = createStorageMetrics(registry, (what) =>
    logger.warn(what, 'a value in Redis could not be used and was dropped'),
  );
  const onUnreadable = storageMetrics.unreadable;
  // A token begins with the bot's own id (Bot API reference, authorising your bot).
  const botId = Number.parseInt(settings.BOT_TOKEN, 10);

  const { users, payments, subscriptions, catalogue, shopCounts } = createRepositories(pool);
  const caches =
    otherCaches ??
    createShopCaches(
      createCache({ redis: redis.cache, now: () => performance.now(), hooks: storageMetrics.cache }),
      cacheSchemas,
    );
  const limits = createLimits({ redis: redis.limits, onUnreadable });
  const dataOf = async (found: Promise<Payment | undefined>): Promise<PaymentData | undefined> => {
    const payment = await found;
    return (
      payment && {
        paymentId: payment.id,
        yookassaId: payment.yookassaId,
        userId: payment.userId,
        serverCode: payment.serverCode,
      }
    );
  };
  const paymentData = createPaymentData({
    redis: redis.cache,
    rebuild: {
      byPaymentId: (id) => dataOf(payments.byId(id)),
      byYookassaId: (id) => dataOf(payments.byYooKassaId(id)),
    },
    onUnreadable,
  });
  const paymentWorkflows =
    given ??
    createPaymentWorkflows(temporal.client, {
      pollIntervalMs: settings.PAYMENT_POLL_INTERVAL,
      pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT,
      refundAfterMs: settings.REFUND_AFTER,
    });
  const refundWorkflows = givenRefunds ?? createRefundWorkflows(temporal.client);

  const { bot, handleUpdate } = createBot({
    token: settings.BOT_TOKEN,
    apiRoot: settings.TELEGRAM_API_ROOT,
    logger,
    now: () => new Date(),
    adminIds: settings.ADMIN_IDS,
    publicUrl: settings.PUBLIC_URL,
    temporalUi: temporalUiOf(settings),
    metrics: createBotMetrics(registry),
    answerAfterMs,
    cachedQueries: createCachedQueries({ caches, users, catalogue, subscriptions }),
    users,
    payments,
    shopCounts,
    paymentWorkflows,
    refundWorkflows,
    buyerRule: { withinMs: settings.BUYER_REFUND_WITHIN, maxTraffic: settings.BUYER_REFUND_MAX_TRAFFIC },
    support: createSupportService({ pool, temporal: temporal.client, paymentWorkflows, refundWorkflows }),
    dialogs: createFsmStore<DialogState>({
      redis: redis.fsm,
      botId,
      schema: dialogSchema,
      version: DIALOG_VERSION,
      initial: IDLE,
      onUnreadable,
    }),
    sessions: createSessions({ redis: redis.fsm, botId, now: Date.now, onUnreadable }),
    paymentData,
    limits,
    checkLimit: createLimiter({ redis: redis.limits, ...CHECKS, onUnreadable }),
    chatLock: createChatLock({
      redis: redis.fsm,
      onLost: () => logger.warn('a chat lock was lost while its work ran'),
    }),
    updateDedup: createUpdateDedup({ redis: redis.limits, botId }),
  });

  let stopping = false;
  const { routes, webhookDispatcher } = botRoutes({
    settings,
    logger,
    registry,
    infrastructure,
    payments,
    paymentData,
    paymentWorkflows,
    refundWorkflows,
    apiRequests: limits.apiRequests,
    returns: createLimiter({ redis: redis.limits, ...RETURNS, onUnreadable }),
    handleUpdate,
    botUsername: () => (bot.isInited() ? bot.botInfo.username : undefined),
    isStopping: () => stopping,
  });
  const server = createHttpServer({ routes, logger });
  const url = await server
    .listen({ host: settings.HTTP_HOST, port: settings.HTTP_PORT })
    .catch(async (error: unknown) => {
      await infrastructure.close();
      throw error;
    });
  logger.info({ url, mode: settings.BOT_MODE }, 'listening');

  let updateSource: UpdateSource | undefined;
  const arrival = new AbortController();
  // Webhooks of YooKassa are taken whether or not Telegram is there.
  const failed = (async (): Promise<never> => {
    bot.botInfo = await untilTelegramAnswers(() => bot.api.getMe(arrival.signal as never), logger, arrival.signal);
    updateSource = startUpdateSource({ settings, logger, api: bot.api, botId, redis: redis.limits, handleUpdate });
    return updateSource.failed;
  })();
  failed.catch(() => undefined);

  return {
    url,
    failed,
    async stop() {
      stopping = true;
      arrival.abort();
      await updateSource?.stop();
      await server.close();
      await webhookDispatcher.idle();
      await infrastructure.close();
    },
  };
}

/** @throws Error for a token that Telegram does not know: waiting would not help */
async function untilTelegramAnswers<T>(ask: () => Promise<T>, logger: Logger, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) return new Promise(() => undefined);
      if (error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404)) {
        throw new Error('Telegram does not know this BOT_TOKEN. Copy it again from @BotFather.');
      }
      const verdict = classifyTelegramError(error, 'getMe');
      logger.warn(
        { reason: verdict.kind === 'failed' ? verdict.error.message : verdict.kind },
        'Telegram does not answer yet; trying on',
      );
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  }
}
