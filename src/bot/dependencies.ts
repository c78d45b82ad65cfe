/** Builds what the bot and its HTTP routes need from the settings and the open connections. */
import { referralTerms } from '../domain/referral/referral';
import type { Registry } from 'prom-client';
import { createGrantWorkflows, type GrantWorkflows } from '../clients/grantWorkflows';
import { createPaymentWorkflows, type PaymentWorkflows } from '../clients/paymentWorkflows';
import { createRefundWorkflows, type RefundWorkflows } from '../clients/refundWorkflows';
import type { Logger } from '../config/logger';
import type { BotSettings } from '../config/settings';
import { createDeskAccess } from '../desk/access';
import { createDeskCards } from '../desk/cards';
import { createDeskDays } from '../desk/days';
import { createDeskNumbers } from '../desk/numbers';
import { createDeskSearch } from '../desk/search';
import type { Payment } from '../domain/payment';
import { temporalUiOf } from '../messages/screens/webUi';
import type { Infrastructure } from '../process/infrastructure';
import { acceptedContact } from '../providers/registry';
import { createCache } from '../storage/redis/cache';
import { createCacheInvalidation } from '../storage/redis/cacheInvalidation';
import { createShopCaches } from '../storage/redis/caches';
import { createChatLock } from '../storage/redis/chatLock';
import { createFsmStore } from '../storage/redis/fsm';
import { createLimiter, createLimits } from '../storage/redis/limits';
import { createPaymentData, type PaymentData } from '../storage/redis/paymentData';
import { createGuesses } from '../storage/redis/guesses';
import { createSessions } from '../storage/redis/sessions';
import { createUpdateDedup } from '../storage/redis/updateDedup';
import { createDecideWaiting } from '../support/decideWaiting';
import { createDecisionsRepository } from '../storage/postgres/decisions';
import { createPeopleDesk } from '../desk/people';
import { createPanelService } from '../support/panelService';
import { createGrantSupport } from '../support/grantSupport';
import { createSupportService } from '../support/supportService';
import { cacheSchemas, createCachedQueries, type BotCaches } from './cachedQueries';
import {
  DESK_DIALOG_SECONDS,
  DESK_DIALOG_VERSION,
  DESK_IDLE,
  deskDialogSchema,
  type DeskDialogState,
} from './deskDialog';
import { DIALOG_VERSION, dialogSchema, IDLE, type DialogState } from './dialog';
import { createBotMetrics, createStorageMetrics } from './metrics';
import { createBotQueries } from './queries';

/**
 * "I have paid" asks the provider at once, three times in half a minute; beyond that the payment's own watch is fast
 * enough.
 */
const CHECKS = { name: 'paymentChecks', limit: 3, windowMs: 30_000, onUnavailable: 'allow' } as const;
/** The return page has a payment checked once in ten seconds, however often it is reloaded. */
const RETURN_PAGES = { name: 'payReturns', limit: 1, windowMs: 10_000, onUnavailable: 'refuse' } as const;

export interface BotDependenciesOptions {
  readonly settings: BotSettings;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly infrastructure: Infrastructure;
  readonly botId: number;
  /** Replace the ones made here; see `BotProcessOptions`. */
  readonly paymentWorkflows?: PaymentWorkflows | undefined;
  readonly refundWorkflows?: RefundWorkflows | undefined;
  readonly grantWorkflows?: GrantWorkflows | undefined;
  readonly caches?: BotCaches | undefined;
}

export type BotDependencies = ReturnType<typeof createBotDependencies>;

export function createBotDependencies(options: BotDependenciesOptions) {
  const { settings, logger, registry, botId } = options;
  const { pool, redis, temporal } = options.infrastructure;
  const storageMetrics = createStorageMetrics(registry, (what) =>
    logger.warn(what, 'a value in Redis could not be used and was dropped'),
  );
  const onUnreadable = storageMetrics.unreadable;

  const queries = createBotQueries(pool);
  const { users, payments, subscriptions, catalogue, shopCounts, owedKeys, notifications, webhookEvents } = queries;
  const { outages, waitingForPanel, promoOffers, freeGrants, vouchers, gifts, referrals, starCharges } = queries;
  const caches =
    options.caches ??
    createShopCaches(
      createCache({ redis: redis.cache, now: () => performance.now(), hooks: storageMetrics.cache }),
      cacheSchemas,
    );
  const paymentWorkflows =
    options.paymentWorkflows ??
    createPaymentWorkflows(temporal.client, {
      pollIntervalMs: settings.PAYMENT_POLL_INTERVAL,
      pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT,
      refundAfterMs: settings.REFUND_AFTER,
    });
  const refundWorkflows = options.refundWorkflows ?? createRefundWorkflows(temporal.client);
  const grantWorkflows = options.grantWorkflows ?? createGrantWorkflows(temporal.client);

  const sessions = createSessions({ redis: redis.fsm, botId, now: Date.now, onUnreadable });
  const support = createSupportService({
    pool,
    temporal: temporal.client,
    paymentWorkflows,
    refundWorkflows,
    sessions,
  });

  return {
    logger,
    now: () => new Date(),
    adminIds: settings.ADMIN_IDS,
    deskAccess: createDeskAccess({ ...queries, adminIds: settings.ADMIN_IDS }),
    deskSearch: createDeskSearch({ ...queries, support }),
    deskCards: createDeskCards(queries),
    deskDays: createDeskDays({ ...queries, grantWorkflows, now: () => new Date() }),
    deskNumbers: createDeskNumbers({ ...queries, now: () => new Date() }),
    deskDialogs: createFsmStore<DeskDialogState>({
      redis: redis.fsm,
      botId,
      name: 'desk',
      schema: deskDialogSchema,
      version: DESK_DIALOG_VERSION,
      initial: DESK_IDLE,
      ttlSeconds: DESK_DIALOG_SECONDS,
      onUnreadable,
    }),
    publicUrl: settings.PUBLIC_URL,
    temporalUi: temporalUiOf(settings),
    metrics: createBotMetrics(registry),
    cachedQueries: createCachedQueries({ caches, users, catalogue, subscriptions }),
    users,
    payments,
    subscriptions,
    starCharges,
    hasSucceededRefund: payments.hasSucceededRefund,
    owedKeys,
    notifications,
    catalogue,
    webhookEvents,
    shopCounts,
    outages,
    waitingForPanel,
    paymentWorkflows,
    refundWorkflows,
    freeGrants,
    grantWorkflows,
    vouchers,
    gifts,
    referrals,
    referralDays: settings.REFERRAL_DAYS,
    referralTerms: referralTerms(settings),
    sellsGifts: settings.GIFTS,
    acceptedContact: acceptedContact(settings),
    buyerRule: { withinMs: settings.BUYER_REFUND_WITHIN, maxTraffic: settings.BUYER_REFUND_MAX_TRAFFIC },
    support,
    grantSupport: createGrantSupport({ freeGrants, decisions: createDecisionsRepository(pool), grantWorkflows }),
    decideWaiting: createDecideWaiting(waitingForPanel, support, grantWorkflows),
    peopleDesk: createPeopleDesk(pool),
    panels: createPanelService({
      pool,
      now: () => new Date(),
      invalidateCatalogue: createCacheInvalidation(redis.cache, logger).invalidateCatalogue,
    }),
    dialogs: createFsmStore<DialogState>({
      redis: redis.fsm,
      botId,
      schema: dialogSchema,
      version: DIALOG_VERSION,
      initial: IDLE,
      onUnreadable,
    }),
    sessions,
    paymentData: createPaymentData({
      redis: redis.cache,
      rebuild: {
        byPaymentId: async (id) => paymentDataOf(await payments.byId(id)),
        byProviderRef: async (provider, ref) => paymentDataOf(await payments.byProviderRef(provider, ref)),
      },
      onUnreadable,
    }),
    limits: createLimits({ redis: redis.limits, onUnreadable }),
    promoOffers,
    promoGuesses: createGuesses(redis.limits, 'promo'),
    checkLimit: createLimiter({ redis: redis.limits, ...CHECKS, onUnreadable }),
    voucherGuesses: createGuesses(redis.limits, 'vouchers'),
    returnPageLimit: createLimiter({ redis: redis.limits, ...RETURN_PAGES, onUnreadable }),
    chatLock: createChatLock({
      redis: redis.fsm,
      onLost: () => logger.warn('the lock of a chat was lost while an update of that chat was handled'),
    }),
    updateDedup: createUpdateDedup({ redis: redis.limits, botId }),
  };
}

function paymentDataOf(payment: Payment | undefined): PaymentData | undefined {
  if (!payment) return undefined;
  const { id: paymentId, provider, providerRef, userId, serverCode } = payment;
  return { paymentId, provider, providerRef, userId, serverCode };
}
