import { DAY_MS } from '../../domain/duration';
import { withProgress } from '../../activities/heartbeat';
import { endedScreen } from '../../messages/screens/reminder';
import type { Settings } from '../../config/settings';
import { endSubject } from '../../domain/reminders';
import type { ExpiringSubscription } from '../../storage/postgres/expiryNotices';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';
import type { BulkMessage } from '../bulkMessages/bulkSender';
import type { BulkPage } from '../bulkMessages/contract';
import { PAGE_ROWS, sendPage, startOfPage, type PageDependencies, type PageProgress } from '../bulkMessages/sendPage';
import type { DeactivationActivities, ExpiryActivities, ExpiryBulkActivities, PanelDeactivations } from './contract';
import { deactivateOnPanel, type DeactivationDependencies } from './deactivateOnPanel';

export interface ExpiryDependencies extends PageDependencies, DeactivationDependencies {
  readonly settings: Pick<Settings, 'SUBSCRIPTION_GRACE'>;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase'>;
}

const BATCH = 500;
/** Whoever's subscription ended longer ago and who was never told need not hear of it any more. */
const NOTICE_WITHIN_MS = 7 * DAY_MS;

const ENDED_KIND = 'ended';

/** The end of subscriptions: in the database, on the panels, to the people. */
export function createExpiryActivities(dependencies: ExpiryDependencies): {
  main: ExpiryActivities & DeactivationActivities;
  bulk: ExpiryBulkActivities;
} {
  const { panelDeactivations, expiryNotices, cacheInvalidation, settings, now } = dependencies;
  const noticesSince = () => new Date(now().getTime() - NOTICE_WITHIN_MS);
  return {
    main: {
      async expireSubscriptions() {
        const at = now();
        const endedBefore = new Date(at.getTime() - settings.SUBSCRIPTION_GRACE);
        const expired = await panelDeactivations.markExpired(endedBefore, at, BATCH);
        for (const subscription of expired) await cacheInvalidation.invalidatePurchase(subscription);
        return { expired: expired.length, more: expired.length === BATCH };
      },

      countExpiryNotices: async () => ({ subscriptions: await expiryNotices.countExpired(noticesSince()) }),

      serversToDeactivate: async () => ({ servers: await panelDeactivations.servers() }),

      deactivateOnPanel: ({ serverCode }) =>
        withProgress<PanelDeactivations, PanelDeactivations>((from, save, signal) =>
          deactivateOnPanel(dependencies, serverCode, from ?? { deactivated: 0, reactivated: 0 }, save, signal),
        ),
    },
    bulk: {
      sendExpiryNotices: ({ after }) =>
        withProgress<PageProgress, BulkPage>(async (from, save, signal) => {
          const start = from ?? startOfPage(after);
          const rows = await expiryNotices.expired(noticesSince(), start.after, PAGE_ROWS - start.scanned);
          return sendPage({ dependencies, rows, start, messageFor: endedMessage, save, signal });
        }),
    },
  };
}

function endedMessage(row: ExpiringSubscription): BulkMessage {
  return {
    userId: row.userId,
    kind: ENDED_KIND,
    subject: endSubject(row.id, row.expiresAt),
    subscriptionId: row.id,
    status: 'expired',
    expiresAt: row.expiresAt,
    screen: () => endedScreen({ subscription: row }, row.language),
  };
}
