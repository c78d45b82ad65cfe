import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { GrantActivities } from '../contracts/grant';
import { DATABASE, HEARTBEAT_TIMEOUT, TELEGRAM } from '../retryPolicies';

export const shop =
  proxyActivities<Pick<GrantActivities, 'giveGrant' | 'recordGrantDelayed' | 'moveGrant' | 'endGrant'>>(DATABASE);

/** The first attempts, soon enough after each other that nobody need be told of a hiccup. */
export const panelFirstAttempts = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '40s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
  summary: 'make the key on the panel',
});

/** Nobody's money waits, so there is no deadline: attempts with growing pauses, until the panel is back. */
export const panel = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // An attempt that is running when it is cancelled is waited for: it may have had its effect.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'make the key on the panel, until it is back',
});

export const telegram =
  proxyActivities<Pick<GrantActivities, 'sendGrantKey' | 'showGrant' | 'alertOwnersOfGrant' | 'tellOwnerOfGrantDelay'>>(
    TELEGRAM,
  );
