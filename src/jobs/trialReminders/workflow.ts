import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { addCounts, BULK_TASK_QUEUE, NO_MESSAGES, type BulkPage, type ListPosition } from '../bulkMessages/contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';
import type { TrialReminderActivities, TrialRemindersSummary } from './contract';

/** While Telegram is away the run ends; the next one goes on. */
const bulk = proxyActivities<TrialReminderActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '12m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/**
 * Tells people of their trials. Each message is claimed before it is sent: whatever is killed, repeated or run at the
 * same time, nobody gets the same one twice.
 */
export async function trialReminders(): Promise<TrialRemindersSummary> {
  let sum: TrialRemindersSummary = { ...NO_MESSAGES, scanned: 0 };
  let after: ListPosition | null = null;
  do {
    const page: BulkPage = await bulk.sendTrialReminders({ after });
    sum = { ...addCounts(sum, page.counts), scanned: sum.scanned + page.scanned };
    setCurrentDetails(`${sum.scanned} trials looked at; ${sum.sent} sent, ${sum.sentBefore} sent before`);
    after = page.next;
  } while (after !== null);
  return sum;
}
