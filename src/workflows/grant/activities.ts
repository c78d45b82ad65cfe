import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { GrantActivities } from '../contracts/grant';
import { DATABASE, PANEL_FIRST_ATTEMPTS, PANEL_UNTIL_BACK, TELEGRAM } from '../retryPolicies';

export const database =
  proxyActivities<Pick<GrantActivities, 'findGrant' | 'recordGrantDelayed' | 'moveGrant' | 'endGrant'>>(DATABASE);

/** A minute of attempts, more while PostgreSQL does not answer: nobody need be told of a hiccup. */
export const givingAtFirst = proxyActivities<Pick<GrantActivities, 'giveGrant'>>({
  ...DATABASE,
  // An attempt that is running when it is cancelled is waited for: it may have had its effect.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { ...DATABASE.retry, maximumAttempts: 8 },
  summary: 'record what is given',
});

/** It can't be recorded: attempts with growing pauses, until it can, somebody decides, or a time comes. */
export const giving = proxyActivities<Pick<GrantActivities, 'giveGrant'>>({
  ...DATABASE,
  // As above.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'record what is given, until that can be done',
});

export const panelFirstAttempts = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>(PANEL_FIRST_ATTEMPTS);

/** Nobody's money waits, so there is no deadline. */
export const panel = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>(PANEL_UNTIL_BACK);

export const telegram =
  proxyActivities<Pick<GrantActivities, 'sendGrantKey' | 'showGrant' | 'alertOwnersOfGrant' | 'tellOwnerOfGrantDelay'>>(
    TELEGRAM,
  );
