import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';
import type { ReferralRewardActivities, ReferralRewardsSummary } from './contract';

/** While something is away the run ends; the next one goes on. */
const main = proxyActivities<ReferralRewardActivities>({
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/**
 * Rewards what invited friends have bought. What is due is given by workflows of its own (`grant-referral-<reward>`).
 */
export async function referralRewards(): Promise<ReferralRewardsSummary> {
  const sum = await moveAndTell();
  setCurrentDetails(
    `${sum.earned} purchases rewarded, ${sum.due} rewards due, ${sum.revoked} revoked, ${sum.told} messages`,
  );
  return sum;
}

async function moveAndTell(): Promise<ReferralRewardsSummary> {
  let told = 0;
  let moved: Omit<ReferralRewardsSummary, 'told'>;
  try {
    moved = await main.moveRewards();
  } finally {
    // Also in a run in which nothing could be moved on.
    ({ told } = await main.tellOfRewards());
  }
  return { ...moved, told };
}
