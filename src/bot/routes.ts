/** What the bot's process serves over HTTP. */
import type { Registry } from 'prom-client';
import type { BotSettings } from '../config/settings';
import { createWebhookDispatcher, type WebhookDispatcher } from '../http/webhookDispatcher';
import { openAppRoutes } from '../http/pages/openApp';
import { payReturnRoutes } from '../http/pages/payReturn';
import { healthRoutes } from '../http/routes/health';
import { metricsRoutes } from '../http/routes/metrics';
import { providerWebhookRoutes } from '../http/routes/providerWebhooks';
import { telegramWebhookRoutes } from '../http/routes/telegramWebhook';
import type { HttpRoutes } from '../http/server';
import type { ShopBot } from './createBot';
import type { BotDependencies } from './dependencies';
import type { Infrastructure } from '../process/infrastructure';
import { createWebhooks } from '../providers/registry';

export interface BotRoutesDeps {
  readonly settings: BotSettings;
  readonly registry: Registry;
  readonly infrastructure: Infrastructure;
  readonly dependencies: Pick<
    BotDependencies,
    | 'logger'
    | 'payments'
    | 'catalogue'
    | 'webhookEvents'
    | 'paymentData'
    | 'paymentWorkflows'
    | 'refundWorkflows'
    | 'limits'
    | 'returnPageLimit'
  >;
  readonly handleUpdate: ShopBot['handleUpdate'];
  /** `undefined` until Telegram has answered once. */
  readonly botUsername: () => string | undefined;
  readonly isStopping: () => boolean;
}

export function botRoutes({
  settings,
  registry,
  infrastructure,
  dependencies,
  handleUpdate,
  botUsername,
  isStopping,
}: BotRoutesDeps): { routes: HttpRoutes[]; webhookDispatcher: WebhookDispatcher } {
  const { logger, payments, catalogue, webhookEvents, paymentData } = dependencies;
  const { paymentWorkflows, refundWorkflows, limits, returnPageLimit } = dependencies;
  const { pool, redis, temporal } = infrastructure;
  const trustedProxies = settings.TRUSTED_PROXIES;
  const webhookDispatcher = createWebhookDispatcher({
    knownPaymentId: async (provider, ref) => (await paymentData.byProviderRef(provider, ref))?.paymentId,
    payments,
    hasSucceededRefund: payments.hasSucceededRefund,
    paymentWorkflows,
    refundWorkflows,
    webhookEvents,
    logger,
  });
  const limit = async (client: string): Promise<number> =>
    (await limits.apiRequests.hit(`http-${client}`)).retryAfterMs;
  const checkPayment = async (paymentId: string): Promise<void> => {
    if (!(await returnPageLimit.hit(paymentId)).allowed) return;
    // Anybody may open the page with any id; only ids of existing payments reach a workflow.
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
    ...createWebhooks(settings).map((webhook) =>
      providerWebhookRoutes({ webhook, trustedProxies, webhookEvents, stored: webhookDispatcher.dispatch, logger }),
    ),
    payReturnRoutes({
      botUsername,
      checkPayment: (paymentId) =>
        void checkPayment(paymentId).catch((error: unknown) =>
          logger.warn({ err: error }, 'the payment of a buyer who came back to the return page could not be checked'),
        ),
      limit,
      trustedProxies,
    }),
    openAppRoutes({ clientUrls: catalogue.clientUrls, limit, trustedProxies }),
  ];
  if (settings.BOT_MODE === 'webhook')
    routes.push(telegramWebhookRoutes({ secret: settings.TELEGRAM_WEBHOOK_SECRET!, handleUpdate, logger }));
  return { routes, webhookDispatcher };
}
