import { TimeoutFailure } from '@temporalio/common';
import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
  ActivityCancellationType,
} from '@temporalio/workflow';
import { progressLine } from '../../domain/progress';
import {
  addCounts,
  NO_MESSAGES,
  type BulkPage,
  type ListPosition,
  type ReminderActivities,
  type ReminderBulkActivities,
  type RemindersInput,
  type RemindersSummary,
} from '../contracts/reminders';
import { BULK_TASK_QUEUE } from '../contracts/schedules';

const list = proxyActivities<ReminderActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'count what ends soon',
});

/** A page takes as long as Telegram's pace and pauses make it; no page, and no run, goes on for longer than `LATEST_MS`. */
const bulk = proxyActivities<ReminderBulkActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '1h',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/** A reminder half a day late is worse than none: then the next day's run says it in the words of that day. */
const LATEST_MS = 8 * 3_600_000;

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

  const summary = (): RemindersSummary => ({
    ...counts,
    scanned,
    seconds: Math.round((Date.now() - startedMs) / 1_000),
  });
  for (let page = 1; ; page += 1) {
    const leftMs = startedMs + LATEST_MS - Date.now();
    const sent = leftMs > 0 ? await onePage(after, leftMs, scanned) : undefined;
    if (!sent) return { ...summary(), unfinished: true };
    scanned += sent.scanned;
    counts = addCounts(counts, sent.counts);
    after = sent.next;
    setCurrentDetails(
      `${progressLine(scanned, total, Date.now() - startedMs)}; ${counts.sent} sent, ${counts.sentBefore} sent before, ${counts.unreachable} unreachable`,
    );
    if (after === null) break;
    if (page >= PAGES_PER_RUN || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof subscriptionReminders>({ resume: { startedMs, after, total, scanned, counts } });
  }
  return summary();
}

/** @returns nothing when the time of the run was over in the middle of the page @throws when Telegram was away for all of it */
async function onePage(after: ListPosition | null, leftMs: number, scanned: number): Promise<BulkPage | undefined> {
  try {
    return await bulk.sendReminders.executeWithOptions(
      { summary: `from row ${scanned + 1}`, scheduleToCloseTimeout: leftMs },
      [{ after }],
    );
  } catch (error) {
    if (error instanceof Error && error.cause instanceof TimeoutFailure) return undefined;
    throw error;
  }
}
