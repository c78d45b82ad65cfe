/** The activities of a refund, each group with the retry policy that suits what it depends on. */
import { proxyActivities } from '@temporalio/workflow';
import type { PanelActivities, TelegramActivities } from '../contracts/activities';
import type { RefundActivities } from '../contracts/refund';
import { DATABASE, HEARTBEAT_TIMEOUT, PROVIDER, PROVIDER_REFUND, TELEGRAM } from '../retryPolicies';

export const provider = proxyActivities<RefundActivities>(PROVIDER);

/** Each attempt asks once, the retry policy is the pause. */
export const follower = proxyActivities<RefundActivities>(PROVIDER_REFUND);

export const database = proxyActivities<RefundActivities>(DATABASE);

export const telegram = proxyActivities<RefundActivities & TelegramActivities>(TELEGRAM);

/**
 * Repeated until the panel has confirmed, for a day: the panel sync goes on with what is open after that, so that a
 * panel that stays away keeps no workflow running.
 */
export const panel = proxyActivities<PanelActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'tell the panel what is left of the access',
});
