/**
 * The bot as a process: opens the connections, builds the bot, serves HTTP and receives updates until it is stopped.
 */
import type { UserFromGetMe } from 'grammy/types';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { GrantWorkflows } from '../clients/grantWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import type { Logger } from '../config/logger';
import type { BotSettings } from '../config/settings';
import { createHttpServer } from '../http/server';
import { openInfrastructure } from '../process/infrastructure';
import { requireOwnUser } from '../storage/postgres/requireOwnUser';
import type { BotCaches } from './cachedQueries';
import { createBot } from './createBot';
import { createBotDependencies } from './dependencies';
import { botRoutes } from './routes';
import { untilTelegramAnswers } from './untilTelegramAnswers';
import { startUpdateSource, type UpdateSource } from './updateSource';

export interface BotProcess {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Rejects when the process can't continue (the token was revoked); otherwise stays pending. */
  readonly failed: Promise<never>;
  /** Accepts no new work, waits for running work, closes everything. */
  stop(): Promise<void>;
}

export interface BotProcessOptions {
  readonly settings: BotSettings;
  readonly logger: Logger;
  /** Ends the waiting for PostgreSQL, Redis and Temporal at start. */
  readonly signal?: AbortSignal;
  /** Instead of Temporal's, for tests of the bot alone. */
  readonly paymentWorkflows?: PaymentWorkflows;
  readonly refundWorkflows?: RefundWorkflows;
  readonly grantWorkflows?: GrantWorkflows;
  /** Instead of those in Redis, to measure what the caches save. */
  readonly caches?: BotCaches;
  /**
   * Time limits in ms, for tests on a slow machine. Defaults: see `autoAnswerCallback` and `createRedisConnections`.
   */
  readonly timeLimits?: { readonly answerAfterMs?: number; readonly redisCommandTimeoutMs?: number };
}

/** @throws DependencyUnavailableError, UnusableDatabaseError, or the error of listening on HTTP_PORT */
export async function startBotProcess({
  settings,
  logger,
  signal = new AbortController().signal,
  timeLimits = {},
  ...replacements
}: BotProcessOptions): Promise<BotProcess> {
  const { answerAfterMs, ...infrastructureLimits } = timeLimits;
  const infrastructure = await openInfrastructure(settings, logger, signal, infrastructureLimits);
  if (settings.BOT_DATABASE_USER === 'own')
    await requireOwnUser(infrastructure.pool).catch(async (error: unknown) => {
      await infrastructure.close();
      throw error;
    });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // A token begins with the bot's own id (Bot API reference, authorising your bot).
  const botId = Number.parseInt(settings.BOT_TOKEN, 10);
  const dependencies = createBotDependencies({ settings, logger, registry, infrastructure, botId, ...replacements });
  const { bot, handleUpdate } = createBot({
    ...dependencies,
    token: settings.BOT_TOKEN,
    apiRoot: settings.TELEGRAM_API_ROOT,
    answerAfterMs,
  });

  let stopping = false;
  const { routes, webhookDispatcher } = botRoutes({
    settings,
    registry,
    infrastructure,
    dependencies,
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
  const stopWaiting = new AbortController();
  // Notifications of providers are accepted before Telegram has answered.
  const failed = (async (): Promise<never> => {
    bot.botInfo = await untilTelegramAnswers(async () => checkedMe(await bot.api.getMe(stopWaiting.signal as never)), {
      logger,
      signal: stopWaiting.signal,
    });
    const { redis } = infrastructure;
    updateSource = startUpdateSource({ settings, logger, api: bot.api, botId, redis: redis.limits, handleUpdate });
    return updateSource.failed;
  })();
  failed.catch(() => undefined);

  return {
    url,
    failed,
    async stop() {
      stopping = true;
      stopWaiting.abort();
      await updateSource?.stop();
      await server.close();
      await webhookDispatcher.idle();
      await infrastructure.close();
    },
  };
}

/** @throws Error when it is not an answer to getMe: the bot's own name is needed for links and commands */
function checkedMe(me: UserFromGetMe): UserFromGetMe {
  if (typeof me.id === 'number' && typeof me.username === 'string') return me;
  throw new Error('the answer to getMe has no id or username');
}
