import { createFulfilmentActivities, type FulfilmentLimits } from '../activities/fulfillPayment';
import { createRunningWatches } from '../activities/runningWatches';
import { createFreeGrantActivities } from '../activities/freeGrants';
import { createGrantScreens } from '../activities/grantScreens';
import { createGiftActivities } from '../activities/gifts';
import { createPanelActivities } from '../activities/panel';
import { createProviderActivities } from '../activities/provider';
import { createRefundActivities } from '../activities/refunds';
import { createPaymentRecordActivities } from '../activities/paymentRecords';
import { createTelegramActivities } from '../activities/telegram';
import type { GiftActivities } from '../workflows/contracts/gift';
import type { GrantActivities } from '../workflows/contracts/grant';
import type { WorkerDependencies } from './dependencies';

export type PaymentActivities = ReturnType<typeof createPaymentActivities>;

export interface PaymentActivityOptions {
  readonly onPoll?: (latenessMs: number) => void;
  /** See `fulfilmentBy`; others only in tests. */
  readonly fulfilmentLimits?: FulfilmentLimits;
}

/** The activities of the `payment` and `refund` workflows. */
export function createPaymentActivities(
  dependencies: WorkerDependencies,
  { onPoll, fulfilmentLimits }: PaymentActivityOptions = {},
) {
  const { settings, urgentTelegram: telegram } = dependencies;
  const common = { ...dependencies, telegram, adminIds: settings.ADMIN_IDS };
  const watches = createRunningWatches();
  const panel = createPanelActivities(common);
  return {
    ...createProviderActivities({
      ...common,
      watches,
      // Without a public address the buyer comes back to Telegram itself.
      returnUrl: (paymentId) =>
        settings.PUBLIC_URL === undefined ? 'https://t.me/' : `${settings.PUBLIC_URL}/pay/return?p=${paymentId}`,
      ...(onPoll === undefined ? {} : { onPoll }),
    }),
    ...createPaymentRecordActivities(common),
    ...panel,
    ...createFulfilmentActivities({
      ...common,
      deliver: panel.deliverSubscription,
      watches,
      limits: fulfilmentLimits,
    }),
    ...createRefundActivities({
      ...common,
      revokedGiftDiscount: settings.REVOKED_GIFT_DISCOUNT,
      rule: { withinMs: settings.BUYER_REFUND_WITHIN, maxTraffic: settings.BUYER_REFUND_MAX_TRAFFIC },
    }),
    ...createTelegramActivities({ ...common, watches }),
  };
}

/** The activities of the `grant` and `gift` workflows. */
export function createGrantActivities(dependencies: WorkerDependencies): GrantActivities & GiftActivities {
  const { settings, urgentTelegram: telegram } = dependencies;
  return {
    ...createFreeGrantActivities({ ...dependencies, telegram, adminIds: settings.ADMIN_IDS }),
    ...createGrantScreens({ ...dependencies, telegram }),
    ...createGiftActivities(dependencies),
  };
}
