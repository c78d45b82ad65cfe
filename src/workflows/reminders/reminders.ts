import { continueAsNew, proxyActivities, setCurrentDetails, workflowInfo, ActivityCancellationType } from '@temporalio/workflow';
import { progressLine } from '../../domain/progress';
import { addCounts, NO_MESSAGES, type ReminderActivities, type ReminderBulkActivities, type RemindersInput, type RemindersSummary } from '../contracts/reminders';
import { BULK_TASK_QUEUE } from '../contracts/schedules';

const list = proxyActivities<ReminderActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'count what ends soon',
});

/** A page takes as long as Telegram's pace and pauses make it; a reminder half a day late is worse than none. */
const bulk = proxyActivities<ReminderBulkActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '8h',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/** A new history long before the server's warning at 10,240 events; a page is about 6 of them. */
const PAGES_PER_RUN = 300;

/**
 * Tells people that their subscription ends soon. Which message fits whom is decided row by row when its turn comes, against
 * the record of that moment, and each is claimed before it is sent: whatever is killed, repeated or run beside this one,
 * nobody gets the same reminder twice, and nobody gets one after he has renewed.
 */
export async function subscriptionReminders({ resume }: RemindersInput = {}): Promise<RemindersSummary> {
  const startedMs = resume?.startedMs ?? Date.now();
  const total = resume?.total ?? (await list.countEnding()).subscriptions;
  let scanned = resume?.scanned ?? 0;
  let counts = resume?.counts ?? NO_MESSAGES;
  let after = resume?.after ?? null;

  for (let page = 1; ; page += 1) {
    const sent = await bulk.sendReminders.executeWithOptions({ summary: `from row ${scanned + 1}` }, [{ after }]);
    scanned += sent.scanned;
    counts = addCounts(counts, sent.counts);
    after = sent.next;
    setCurrentDetails(`${progressLine(scanned, total, Date.now() - startedMs)}; ${counts.sent} sent, ${counts.sentBefore} sent before, ${counts.unreachable} unreachable`);
    if (after === null) break;
    if (page >= PAGES_PER_RUN || workflowInfo().continueAsNewSuggested) await continueAsNew<typeof subscriptionReminders>({ resume: { startedMs, after, total, scanned, counts } });
  }
  return { ...counts, scanned, seconds: Math.round((Date.now() - startedMs) / 1_000) };
}
