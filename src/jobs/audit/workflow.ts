import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AuditActivities, AuditSummary } from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

/** A panel that is away makes an audit impossible: it is tried for an hour, then the next run compares. */
const activities = proxyActivities<AuditActivities>({
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '10m' },
});

/** Compares where the payment providers, the database and the panels say the money and the access are. Changes nothing. */
export async function audit(): Promise<AuditSummary> {
  const summary = await activities.compareBooks();
  const found = Object.entries(summary.differences).map(([kind, count]) => `${kind}: ${count}`);
  setCurrentDetails(found.length === 0 ? 'no differences' : `**differences**: ${found.join(', ')}`);
  return summary;
}
