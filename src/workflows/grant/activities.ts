import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { GrantActivities } from '../contracts/grant';
import { DATABASE, HEARTBEAT_TIMEOUT, TELEGRAM } from '../retryPolicies';

export const shop = proxyActivities<Pick<GrantActivities, 'giveGrant' | 'moveGrant'>>(DATABASE);

/** Nobody's money waits, so there is no deadline: attempts with growing pauses, until the panel is back. */
export const panel = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // An attempt that is running when it is cancelled is waited for: it may have had its effect.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
  summary: 'make the key on the panel, until it is back',
});

export const telegram =
  proxyActivities<Pick<GrantActivities, 'sendGrantKey' | 'showGrant' | 'alertOwnersOfGrant'>>(TELEGRAM);
