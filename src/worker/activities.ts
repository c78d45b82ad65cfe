import type { Pool } from 'pg';
import { createFulfilmentActivities, type FulfilmentLimits } from '../activities/fulfillPayment';
import { createOpenWatches } from '../activities/openWatches';
import { createPanelActivities } from '../activities/panel';
import { createReturnActivities } from '../activities/returns';
import { createShopActivities } from '../activities/shop';
import { createChat, createTelegramActivities } from '../activities/telegram';
import { createYooKassaActivities } from '../activities/yookassa';
import { temporalUiOf } from '../messages/screens/webUi';
import type { Settings } from '../config/settings';
import { createHiddifyPanel, type HiddifyPanel } from '../gateways/hiddify';
import type { HttpObserver } from '../gateways/http';
import { createTelegramGateway } from '../gateways/telegram';
import { createYooKassaClient } from '../gateways/yookassa/client';
import { createCatalogueRepository, type PanelAccess } from '../storage/postgres/catalogue';
import { createPanelDeactivationsRepository } from '../storage/postgres/panelDeactivations';
import { createNotificationsRepository } from '../storage/postgres/notifications';
import { createPaymentsRepository } from '../storage/postgres/payments';
import { createSubscriptionsRepository } from '../storage/postgres/subscriptions';
import { createTelegramPace } from '../storage/postgres/telegramPace';
import { createUsersRepository, type UsersRepository } from '../storage/postgres/users';
import { createWithdrawalsRepository } from '../storage/postgres/withdrawals';
import type { SharedMemory } from './sharedMemory';
import { createUrgentTelegram } from './urgentTelegram';

export type AllActivities = ReturnType<typeof createActivities>;

export interface ActivitiesDeps {
  readonly settings: Pick<
    Settings,
    | 'BOT_TOKEN'
    | 'TELEGRAM_API_ROOT'
    | 'YOOKASSA_API_URL'
    | 'YOOKASSA_SHOP_ID'
    | 'YOOKASSA_SECRET_KEY'
    | 'YOOKASSA_RECEIPT_EMAIL'
    | 'YOOKASSA_VAT_CODE'
    | 'BUYER_REFUND_WITHIN'
    | 'BUYER_REFUND_MAX_TRAFFIC'
    | 'PUBLIC_URL'
    | 'ADMIN_IDS'
    | 'TEMPORAL_UI_URL'
    | 'TEMPORAL_NAMESPACE'
    | 'TELEGRAM_BULK_RATE'
  >;
  readonly pool: Pool;
  /** Told of every change, so that no replica of the bot shows what is no longer true. */
  readonly memory: SharedMemory;
  readonly observe?: HttpObserver;
  readonly onPoll?: (latenessMs: number) => void;
  /** The clock; another one only in tests. */
  readonly now?: () => Date;
  /** See `fulfilmentBy`; others only in tests. */
  readonly fulfilmentLimits?: FulfilmentLimits;
}

/** Builds every gateway and repository once and hands them to the activities. */
export function createActivities({
  settings,
  pool,
  memory,
  observe,
  onPoll,
  now = () => new Date(),
  fulfilmentLimits,
}: ActivitiesDeps) {
  const observing = observe === undefined ? {} : { observe };
  const payments = createPaymentsRepository(pool);
  const subscriptions = createSubscriptionsRepository(pool);
  const users = usersTelling(pool, memory);
  const notifications = createNotificationsRepository(pool);
  const catalogue = createCatalogueRepository(pool);
  const telegram = createUrgentTelegram(
    createTelegramGateway({
      token: settings.BOT_TOKEN,
      apiRoot: settings.TELEGRAM_API_ROOT,
      timeoutMs: 15_000,
      ...observing,
    }),
    createTelegramPace(pool, { perSecond: settings.TELEGRAM_BULK_RATE }),
  );
  const panelOf = keptPanels(observe);
  const watches = createOpenWatches();
  const yookassa = {
    yookassa: createYooKassaClient({
      baseUrl: settings.YOOKASSA_API_URL,
      shopId: settings.YOOKASSA_SHOP_ID,
      secretKey: settings.YOOKASSA_SECRET_KEY,
      ...observing,
    }),
    payments,
    receipt:
      settings.YOOKASSA_RECEIPT_EMAIL === undefined
        ? undefined
        : { email: settings.YOOKASSA_RECEIPT_EMAIL, vatCode: settings.YOOKASSA_VAT_CODE },
    now,
  };
  const chat = createChat({
    telegram,
    payments,
    subscriptions,
    notifications,
    users,
    publicUrl: settings.PUBLIC_URL,
    now,
  });
  const panel = createPanelActivities({
    catalogue,
    payments,
    subscriptions,
    withdrawals: createWithdrawalsRepository(pool),
    panelDeactivations: createPanelDeactivationsRepository(pool),
    panelOf,
    forget: memory.forget,
  });
  return {
    ...createYooKassaActivities({
      ...yookassa,
      watches,
      // Without a public address the buyer comes back to Telegram itself.
      returnUrl: (paymentId) =>
        settings.PUBLIC_URL === undefined ? 'https://t.me/' : `${settings.PUBLIC_URL}/pay/return?p=${paymentId}`,
      linkMade: memory.remember,
      ...(onPoll === undefined ? {} : { onPoll }),
    }),
    ...createShopActivities({ payments, forget: memory.forget, serverChanged: memory.remember, now }),
    ...panel,
    ...createFulfilmentActivities({
      ...yookassa,
      deliver: panel.deliverSubscription,
      chat,
      watches,
      forget: memory.forget,
      limits: fulfilmentLimits,
    }),
    ...createReturnActivities({
      ...yookassa,
      subscriptions,
      catalogue,
      notifications,
      users,
      telegram,
      panelOf,
      adminIds: settings.ADMIN_IDS,
      rule: { withinMs: settings.BUYER_REFUND_WITHIN, maxTraffic: settings.BUYER_REFUND_MAX_TRAFFIC },
      forget: memory.forget,
    }),
    ...createTelegramActivities({
      chat,
      telegram,
      notifications,
      users,
      watches,
      adminIds: settings.ADMIN_IDS,
      temporalUi: temporalUiOf(settings),
    }),
  };
}

/** Long enough for the panel's first job to have ended, short enough for a buyer who is just setting up his app. */
const REFRESH_NEW_AFTER_MS = 15_000;

/** Somebody who can't be written to any more is told of to the bot, which otherwise believes that nothing has changed. */
export function usersTelling(pool: Pool, memory: Pick<SharedMemory, 'forgetUser'>): UsersRepository {
  const users = createUsersRepository(pool);
  return {
    ...users,
    async setReachable(userId, reachable) {
      await users.setReachable(userId, reachable);
      await memory.forgetUser(userId);
    },
  };
}

/** One client per panel, made at its first use and again when the owner changes its address or key. */
export function keptPanels(observe: HttpObserver | undefined, writeGapMs = 0): (access: PanelAccess) => HiddifyPanel {
  const kept = new Map<string, { access: PanelAccess; panel: HiddifyPanel }>();
  return (access) => {
    const known = kept.get(access.serverCode);
    if (known && known.access.adminUrl === access.adminUrl && known.access.apiKey === access.apiKey) return known.panel;
    const panel = createHiddifyPanel({
      adminUrl: access.adminUrl,
      apiKey: access.apiKey,
      writeGapMs,
      refreshNewAfterMs: REFRESH_NEW_AFTER_MS,
      ...(observe === undefined ? {} : { observe }),
    });
    kept.set(access.serverCode, { access, panel });
    return panel;
  };
}
