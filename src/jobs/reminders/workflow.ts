import { TimeoutFailure } from '@temporalio/common';
import {
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
  ActivityCancellationType,
} from '@temporalio/workflow';
import { HOUR_MS } from '../../domain/duration';
import { progressLine } from '../../domain/progress';
import {
  addCounts,
  BULK_TASK_QUEUE,
  NO_MESSAGES,
  PAGES_PER_HISTORY,
  type BulkPage,
  type ListPosition,
} from '../bulkMessages/contract';
import type { ReminderActivities, ReminderBulkActivities, RemindersInput, RemindersSummary } from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

const database = proxyActivities<ReminderActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
  summary: 'count what ends soon',
});

/**
 * A page takes as long as Telegram's limits and pauses make it; no page, and no run, goes on for longer than
 * `LATEST_MS`.
 */
const bulk = proxyActivities<ReminderBulkActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '1h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
});

/** A reminder half a day late is worse than none: then the next day's run says it in the words of that day. */
const LATEST_MS = 8 * HOUR_MS;

/**
 * Tells people that their subscription ends soon. Which message fits whom is decided row by row when its turn comes, by
 * what the database says then, and each is claimed before it is sent: whatever is killed, repeated or run at the same
 * time, nobody gets the same reminder twice, and nobody gets one after they have renewed.
 */
export async function subscriptionReminders({ resume }: RemindersInput = {}): Promise<RemindersSummary> {
  const startedMs = resume?.startedMs ?? Date.now();
  const total = resume?.total ?? (await database.countEnding()).subscriptions;
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
      `${progressLine(scanned, total, Date.now() - startedMs)}; ` +
        `${counts.sent} sent, ${counts.sentBefore} sent before, ${counts.unreachable} unreachable`,
    );
    if (after === null) break;
    if (page >= PAGES_PER_HISTORY || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof subscriptionReminders>({ resume: { startedMs, after, total, scanned, counts } });
  }
  return summary();
}

/**
 * @returns nothing when the time of the run was over in the middle of the page
 * @throws when Telegram was away for all of it
 */
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
