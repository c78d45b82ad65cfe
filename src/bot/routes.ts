/** What the bot's process serves over HTTP. */
import type { Registry } from 'prom-client';
import type { PaymentWorkflows } from '../clients/paymentWorkflows';
import type { RefundWorkflows } from '../clients/refundWorkflows';
import type { Logger } from '../config/logger';
import type { Settings } from '../config/settings';
import { createWebhookDispatcher, type WebhookDispatcher } from '../http/webhookDispatcher';
import { openAppRoutes } from '../http/pages/openApp';
import { payReturnRoutes } from '../http/pages/payReturn';
import { healthRoutes } from '../http/routes/health';
import { metricsRoutes } from '../http/routes/metrics';
import { telegramWebhookRoutes } from '../http/routes/telegramWebhook';
import { yookassaWebhookRoutes } from '../http/routes/yookassaWebhook';
import type { HttpRoutes } from '../http/server';
import type { PaymentsRepository } from '../storage/postgres/payments';
import { createWebhookEventsRepository } from '../storage/postgres/webhookEvents';
import type { Limiter } from '../storage/redis/limits';
import type { PaymentDataStore } from '../storage/redis/paymentData';
import type { ShopBot } from './createBot';
import type { Infrastructure } from '../process/infrastructure';

export interface BotRoutesDeps {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly infrastructure: Infrastructure;
  readonly payments: Pick<PaymentsRepository, 'byId' | 'byYooKassaId' | 'refunds'>;
  readonly paymentData: PaymentDataStore;
  readonly paymentWorkflows: Pick<PaymentWorkflows, 'notified' | 'ensureRunning'>;
  readonly refundWorkflows: Pick<RefundWorkflows, 'notify'>;
  readonly apiRequests: Limiter;
  /** How often the return page may have one payment looked at. */
  readonly returns: Limiter;
  readonly handleUpdate: ShopBot['handleUpdate'];
  /** `undefined` until Telegram has answered once. */
  readonly botUsername: () => string | undefined;
  readonly isStopping: () => boolean;
}

export function botRoutes(deps: BotRoutesDeps): { routes: HttpRoutes[]; webhookDispatcher: WebhookDispatcher } {
  const {
    settings,
    logger,
    registry,
    infrastructure,
    payments,
    paymentData,
    paymentWorkflows,
    refundWorkflows,
    apiRequests,
    returns,
    handleUpdate,
    botUsername,
    isStopping,
  } = deps;
  const { pool, redis, temporal } = infrastructure;
  const trustedProxies = settings.TRUSTED_PROXIES;
  const webhookEvents = createWebhookEventsRepository(pool);
  const webhookDispatcher = createWebhookDispatcher({
    knownPaymentId: async (yookassaId) => (await paymentData.byYookassaId(yookassaId))?.paymentId,
    payments,
    isSettledRefund: async (id) => (await payments.refunds.byYooKassaId(id))?.status === 'succeeded',
    paymentWorkflows,
    refundWorkflows,
    webhookEvents,
    logger,
  });
  const limit = async (client: string): Promise<number> => (await apiRequests.hit(`http-${client}`)).retryAfterMs;
  const lookAgain = async (paymentId: string): Promise<void> => {
    if (!(await returns.hit(paymentId)).allowed) return;
    // Anybody may open the page with any id: one that belongs to no payment of ours reaches nobody.
    if ((await paymentData.byPaymentId(paymentId)) !== undefined) await paymentWorkflows.notified(paymentId);
  };

  const routes = [
    healthRoutes({
      parts: [
        { name: 'postgres', essential: true, check: () => pool.query('SELECT 1') },
        {
          name: 'redis',
          essential: false,
          check: () => Promise.all([redis.fsm.ping(), redis.cache.ping(), redis.limits.ping()]),
        },
        { name: 'temporal', essential: false, check: () => temporal.client.workflowService.getSystemInfo({}) },
        {
          name: 'telegram',
          essential: false,
          check: async () => botUsername() ?? Promise.reject(new Error('not reached yet')),
        },
      ],
      isStopping,
    }),
    metricsRoutes(registry),
    yookassaWebhookRoutes({
      ranges: settings.YOOKASSA_WEBHOOK_IPS,
      trustedProxies,
      webhookEvents,
      stored: webhookDispatcher.dispatch,
      logger,
    }),
    payReturnRoutes({
      botUsername,
      lookAgain: (paymentId) =>
        void lookAgain(paymentId).catch((error: unknown) =>
          logger.warn({ err: error }, 'a returning buyer’s payment could not be looked at'),
        ),
      limit,
      trustedProxies,
    }),
    openAppRoutes({ limit, trustedProxies }),
  ];
  if (settings.BOT_MODE === 'webhook')
    routes.push(telegramWebhookRoutes({ secret: settings.TELEGRAM_WEBHOOK_SECRET!, handleUpdate, logger }));
  return { routes, webhookDispatcher };
}
