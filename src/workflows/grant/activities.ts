import { proxyActivities } from '@temporalio/workflow';
import type { GrantActivities } from '../contracts/grant';
import { DATABASE, PANEL_FIRST_ATTEMPTS, PANEL_UNTIL_BACK, TELEGRAM } from '../retryPolicies';

export const database =
  proxyActivities<Pick<GrantActivities, 'giveGrant' | 'recordGrantDelayed' | 'moveGrant' | 'endGrant'>>(DATABASE);

export const panelFirstAttempts = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>(PANEL_FIRST_ATTEMPTS);

/** Nobody's money waits, so there is no deadline. */
export const panel = proxyActivities<Pick<GrantActivities, 'deliverGrant'>>(PANEL_UNTIL_BACK);

export const telegram =
  proxyActivities<Pick<GrantActivities, 'sendGrantKey' | 'showGrant' | 'alertOwnersOfGrant' | 'tellOwnerOfGrantDelay'>>(
    TELEGRAM,
  );
