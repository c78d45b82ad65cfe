import { Context } from '@temporalio/activity';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { createChat } from '../activities/chat';
import { createDelayNotice, createTellOfNoKey } from '../activities/delayNotice';
import { createOutageNotices } from '../activities/outageNotices';
import { createPanelCheck, createProviderCheck } from '../activities/serviceChecks';
import { createShowUnseenGrants } from '../activities/unseenGrants';
import { createSendInvoice } from '../activities/provider/sendInvoice';
import { createSendKey } from '../activities/sendKey';
import { createTellGiver } from '../activities/giftNotice';
import { createRefusedOrderNotice } from '../activities/refusedOrderNotice';
import { createTellMissed, createTellOwners } from '../activities/ownerNotice';
import { temporalUiOf } from '../messages/screens/webUi';
import { createGiftWorkflows } from '../clients/giftWorkflows';
import { createGrantWorkflows } from '../clients/grantWorkflows';
import { createPaymentWorkflowClient } from '../clients/paymentWorkflowClient';
import type { WorkerSettings } from '../config/settings';
import type { HttpObserver } from '../gateways/http';
import {
  createApi,
  createBotUsername,
  createTelegramGateway,
  createTelegramStars,
  findUnreachable,
  readBotStanding,
} from '../gateways/telegram';
import { createProviders } from '../providers/registry';
import { createRepositories } from '../storage/postgres/repositories';
import { createTelegramPace } from '../storage/postgres/telegramPace';
import type { OutagesRepository } from '../storage/postgres/outages';
import type { UsersRepository } from '../storage/postgres/users';
import { createAuditSources } from '../support/audit/sources';
import type { CacheInvalidation } from '../storage/redis/cacheInvalidation';
import { createPanels } from './panels';
import { createUrgentTelegram } from './urgentTelegram';

export interface WorkerEnvironment {
  readonly settings: WorkerSettings;
  readonly pool: Pool;
  readonly redis: { readonly fsm: Redis; readonly cache: Redis };
  readonly cacheInvalidation: CacheInvalidation;
  /** Called after every call to Telegram, a provider or a panel. */
  readonly observe?: HttpObserver;
  /** The clock; another one only in tests. */
  readonly now?: () => Date;
}

export type WorkerDependencies = ReturnType<typeof createWorkerDependencies>;

/** Each write makes a panel start a job; many writes in a row leave it room for the deliveries in between. */
const BULK_PANEL_WRITE_GAP_MS = 50;

/**
 * Every gateway and repository of the worker, made once. The factories of activities take what they need from here by
 * name: an activity that needs something new adds it here, and nowhere else.
 */
export function createWorkerDependencies({
  settings,
  pool,
  redis,
  cacheInvalidation,
  observe,
  now = () => new Date(),
}: WorkerEnvironment) {
  const observing = observe === undefined ? {} : { observe };
  const repositories = createRepositories(pool);
  const { notifications } = repositories;
  const outages = invalidatingServers(repositories.outages, cacheInvalidation);
  const users = invalidating(repositories.users, cacheInvalidation);
  const telegramPace = createTelegramPace(pool, { perSecond: settings.TELEGRAM_BULK_RATE });
  const telegramOptions = {
    token: settings.BOT_TOKEN,
    apiRoot: settings.TELEGRAM_API_ROOT,
    timeoutMs: 15_000,
    ...observing,
  };
  const telegram = createTelegramGateway(telegramOptions);
  const urgentTelegram = createUrgentTelegram(telegram, telegramPace);
  const botUsername = createBotUsername(telegramOptions);
  const temporalUi = temporalUiOf(settings);
  const owners = { telegram, notifications, users, adminIds: settings.ADMIN_IDS };
  const tellOwners = createTellOwners(owners);
  const panelOf = createPanels(observe);
  const checkPanel = createPanelCheck({ ...repositories, outages, panelOf, now });
  const providers = createProviders({ settings, now, observe });
  const checkProvider = createProviderCheck({ outages, providers, now });
  const tellOutage = createOutageNotices({ ...repositories, ...owners, providers, tellOwners, now });
  const tellOfNoKey = createTellOfNoKey({ outages, checkPanel, tellOutage, now });
  return {
    settings,
    redis,
    cacheInvalidation,
    observe,
    now,

    ...repositories,
    users,
    outages,

    /** For messages that can wait; whoever sends many takes turns at `telegramPace`. */
    telegram,
    telegramPace,
    /** For messages that people wait for. */
    urgentTelegram,
    botUsername,
    /** What the buyer of a payment reads. */
    chat: createChat({ ...repositories, users, telegram: urgentTelegram, now }),
    showUnseenGrants: createShowUnseenGrants({ ...repositories, users, telegram: urgentTelegram }),
    sendInvoice: createSendInvoice({
      ...repositories,
      users,
      providers,
      stars: createTelegramStars(createApi(telegramOptions)),
    }),
    sendKey: createSendKey({
      ...repositories,
      users,
      telegram: urgentTelegram,
      botUsername,
      publicUrl: settings.PUBLIC_URL,
    }),
    /** What the giver of a gift is told of it. */
    tellGiver: createTellGiver({ ...repositories, users, telegram: urgentTelegram, botUsername }),
    providers,
    panelOf,
    /** For jobs that write to many accounts. Clients of their own: a delivery never waits behind a thousand repairs. */
    bulkPanelOf: createPanels(observe, BULK_PANEL_WRITE_GAP_MS),

    temporalUi,
    tellOwners,
    tellMissed: createTellMissed(owners),
    checkPanel,
    tellOutage,
    checkProvider,
    tellOfRefusedOrder: createRefusedOrderNotice({
      outages,
      notifications,
      checkProvider,
      tellOutage,
      tellOwners,
      temporalUi,
      now,
    }),
    tellOfNoKey,
    tellOfDelay: createDelayNotice({ tellOfNoKey, tellOwners, temporalUi }),
    botStanding: () => readBotStanding(telegramOptions),
    unreachableAdmins: () => findUnreachable(telegramOptions, settings.ADMIN_IDS),
    /** Only inside an activity, as below. */
    auditSources: () => createAuditSources({ providers: providers.all, panelOf }, pool, Context.current().client),
    grantWorkflows: () => createGrantWorkflows(Context.current().client),
    giftWorkflows: () => createGiftWorkflows(Context.current().client),
    /** Only inside an activity: it uses the worker's own connection. */
    paymentWorkflowClient: () =>
      createPaymentWorkflowClient(Context.current().client, {
        pollIntervalMs: settings.PAYMENT_POLL_INTERVAL,
        pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT,
        refundAfterMs: settings.REFUND_AFTER,
      }),
  };
}

/** Which servers make keys is cached by the bot. */
function invalidatingServers(outages: OutagesRepository, { invalidateServers }: CacheInvalidation): OutagesRepository {
  const show = async (changed: string | undefined): Promise<string | undefined> => {
    if (changed !== undefined) await invalidateServers(changed);
    return changed;
  };
  return {
    ...outages,
    failed: async (...failure) => show(await outages.failed(...failure)),
    answered: async (...answer) => show(await outages.answered(...answer)),
  };
}

/** Whether somebody can be written to is cached by the bot. */
function invalidating(users: UsersRepository, { invalidateUser }: CacheInvalidation): UsersRepository {
  return {
    ...users,
    async setReachable(userId, reachable) {
      await users.setReachable(userId, reachable);
      await invalidateUser(userId);
    },
  };
}
