/** The refund's groups of activities, each with the patience that what it depends on deserves. */
import { proxyActivities } from '@temporalio/workflow';
import type { PanelActivities, TelegramActivities } from '../contracts/activities';
import type { ReturnActivities } from '../contracts/refund';
import { DATABASE, TELEGRAM, YOOKASSA, YOOKASSA_REFUND } from '../retryPolicies';

export const yookassa = proxyActivities<ReturnActivities>(YOOKASSA);

export const follower = proxyActivities<ReturnActivities>(YOOKASSA_REFUND);

export const record = proxyActivities<ReturnActivities>(DATABASE);

export const tell = proxyActivities<ReturnActivities & TelegramActivities>(TELEGRAM);

/** The panel is told until it has confirmed. */
export const panel = proxyActivities<PanelActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'tell the panel what is left of the access',
});
