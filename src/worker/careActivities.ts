import { Context } from '@temporalio/activity';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { createCleanupActivities } from '../activities/cleanup';
import { createExpiryActivities } from '../activities/expiry';
import { createOwnerNotice } from '../activities/ownerNotice';
import { createPanelSyncActivities } from '../activities/panelSync';
import { createReconciliationActivities } from '../activities/reconciliation';
import { createPaymentKeeper } from '../activities/reconciliation/keeper';
import { createReminderActivities } from '../activities/reminders';
import { temporalUiOf } from '../messages/screens/webUi';
import type { Settings } from '../config/settings';
import type { HttpObserver } from '../gateways/http';
import { createTelegramGateway } from '../gateways/telegram';
import { createYooKassaClient } from '../gateways/yookassa/client';
import { createCatalogueRepository } from '../storage/postgres/catalogue';
import { createPanelDeactivationsRepository } from '../storage/postgres/panelDeactivations';
import { createExpiryNoticesRepository } from '../storage/postgres/expiryNotices';
import { createNotificationsRepository } from '../storage/postgres/notifications';
import { createPanelSyncRepository } from '../storage/postgres/panelSync';
import { createPaymentsRepository } from '../storage/postgres/payments';
import { createReconciliationRepository } from '../storage/postgres/reconciliation';
import { createRetentionRepository } from '../storage/postgres/retention';
import { createSubscriptionsRepository } from '../storage/postgres/subscriptions';
import { createTelegramPace } from '../storage/postgres/telegramPace';
import { createWebhookEventsRepository } from '../storage/postgres/webhookEvents';
import type { BulkActivities, CareActivities } from '../workflows/contracts/care';
import { keptPanels, usersTelling } from './activities';
import type { SharedMemory } from './sharedMemory';

/** What the scheduled workflows run on: `short` on the main queue, `bulk` on the queue of messages that can wait. */
export interface Care {
  readonly short: CareActivities;
  readonly bulk: BulkActivities;
}

export interface CareDeps {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly redis: { readonly fsm: Redis; readonly cache: Redis };
  readonly memory: SharedMemory;
  readonly observe?: HttpObserver;
  /** The clock; another one only in tests. */
  readonly now?: () => Date;
}

const DAY_MS = 86_400_000;
/** Each write makes a panel start a job; mass repairs leave it room for the deliveries in between. */
const PANEL_WRITE_GAP_MS = 50;

/** Builds the activities of the scheduled workflows. */
export function createCareActivities({
  settings,
  pool,
  redis,
  memory,
  observe,
  now = () => new Date(),
}: CareDeps): Care {
  const observing = observe === undefined ? {} : { observe };
  const payments = createPaymentsRepository(pool);
  const subscriptions = createSubscriptionsRepository(pool);
  const catalogue = createCatalogueRepository(pool);
  const panelDeactivations = createPanelDeactivationsRepository(pool);
  const notifications = createNotificationsRepository(pool);
  const users = usersTelling(pool, memory);
  const records = createReconciliationRepository(pool);
  const reconciliation = {
    ...records,
    async closeNeverAsked(paymentId: string, before: Date) {
      const closed = await records.closeNeverAsked(paymentId, before);
      const payment = closed ? await payments.byId(paymentId) : undefined;
      // Its place is free again.
      if (payment) await memory.forget(payment.userId, payment.locationCode);
      return closed;
    },
  };
  const telegram = createTelegramGateway({
    token: settings.BOT_TOKEN,
    apiRoot: settings.TELEGRAM_API_ROOT,
    timeoutMs: 15_000,
    ...observing,
  });
  const yookassa = createYooKassaClient({
    baseUrl: settings.YOOKASSA_API_URL,
    shopId: settings.YOOKASSA_SHOP_ID,
    secretKey: settings.YOOKASSA_SECRET_KEY,
    ...observing,
  });
  const temporalUi = temporalUiOf(settings);
  const noticeOwner = createOwnerNotice({ telegram, notifications, users, adminIds: settings.ADMIN_IDS, temporalUi });
  // Clients of their own: a buyer's delivery never stands in line behind a thousand repairs.
  const panelOf = keptPanels(observe, PANEL_WRITE_GAP_MS);
  const pace = {
    pollIntervalMs: settings.PAYMENT_POLL_INTERVAL,
    pollTimeoutMs: settings.PAYMENT_POLL_TIMEOUT,
    refundAfterMs: settings.REFUND_AFTER,
  };
  const keeper = () => createPaymentKeeper(Context.current().client, pace);

  const expiryNotices = createExpiryNoticesRepository(pool);
  const bulk = {
    telegram,
    expiryNotices,
    notifications,
    users,
    pace: createTelegramPace(pool, { perSecond: settings.TELEGRAM_BULK_RATE }),
    now,
  };
  const { sendReminders, ...reminders } = createReminderActivities(bulk);
  const { tellExpired, ...expiry } = createExpiryActivities({
    ...bulk,
    panelDeactivations,
    subscriptions,
    catalogue,
    panelOf,
    graceMs: settings.SUBSCRIPTION_GRACE,
    forget: memory.forget,
  });
  return {
    short: {
      ...reminders,
      ...expiry,
      ...createPanelSyncActivities({
        sync: createPanelSyncRepository(pool),
        panelDeactivations,
        subscriptions,
        catalogue,
        panelOf,
        noticeOwner,
        maxShare: settings.PANEL_SYNC_MAX_CHANGES,
      }),
      ...createReconciliationActivities({
        yookassa,
        payments,
        reconciliation,
        webhookEvents: createWebhookEventsRepository(pool),
        keeper,
        noticeOwner,
        now,
      }),
      ...createCleanupActivities({
        payments,
        reconciliation,
        retention: createRetentionRepository(pool),
        redis,
        keeper,
        keepMs: {
          webhooks: settings.WEBHOOK_RETENTION,
          'yookassa-requests': settings.WEBHOOK_RETENTION,
          people: settings.PERSONAL_DATA_RETENTION,
          notifications: settings.NOTIFICATION_RETENTION,
          'panel-samples': settings.PANEL_SAMPLE_RETENTION,
          'panel-drift': settings.PANEL_SAMPLE_RETENTION,
          'access-revocations': 90 * DAY_MS,
        },
        now,
      }),
    },
    bulk: { sendReminders, tellExpired },
  };
}
