import { isCancellation, log, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ServiceWatchActivities, ServiceWatchSummary } from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

/** Longer than the slowest answer is waited for; the next run comes in two minutes anyway. */
const activities = proxyActivities<ServiceWatchActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '3m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Asks every outside service whether it is there and takes the shop's key, and tells the owner when one is not. */
export async function serviceWatch(): Promise<ServiceWatchSummary> {
  const checked = await activities.checkServices();
  setCurrentDetails(checked.failing.length === 0 ? 'all answer' : `failing: ${checked.failing.join(', ')}`);
  return { ...checked, told: await tell() };
}

/** While Telegram is away nobody can be told; what is untold stays so in the database. */
async function tell(): Promise<number | null> {
  try {
    return (await activities.tellOutages()).told;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the owner could not be told of an outage; the next run tries again', { error: String(error) });
    return null;
  }
}
