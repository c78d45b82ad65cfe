import { ActivityCancellationType, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ClosingActivities, ExpiryActivities, ExpiryBulkActivities, ExpirySummary, PanelClosing } from '../contracts/expiry';
import { addCounts, NO_MESSAGES, type BulkCounts, type ListPosition } from '../contracts/reminders';
import { BULK_TASK_QUEUE } from '../contracts/schedules';

const record = proxyActivities<ExpiryActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** A panel that is away longer than this is left to the next run, and to the sync that first reaches it again. */
const panels = proxyActivities<ClosingActivities>({
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1h',
  heartbeatTimeout: '1m',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
});

const bulk = proxyActivities<ExpiryBulkActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '5h',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
  summary: 'tell the people',
});

/**
 * Ends what has ended: in the record first, then on the panels and to the people, side by side. Each step is absolute and
 * guarded by the end it was decided on, so a renewal wins at whatever moment it comes.
 */
export async function subscriptionExpiry(): Promise<ExpirySummary> {
  let closed = 0;
  for (let more = true; more; ) {
    const batch = await record.closeExpired.executeWithOptions({ summary: 'close in the record' }, []);
    closed += batch.closed;
    more = batch.more;
    setCurrentDetails(`${closed} closed`);
  }
  const { servers } = await record.serversToClose();
  setCurrentDetails(`${closed} closed; telling ${servers.length} panels and the people`);
  const [onPanels, told] = await Promise.all([Promise.all(servers.map(closeOn)), tellEverybody()]);

  const done = onPanels.flatMap(({ closing }) => (closing ? [closing] : []));
  return {
    closed,
    disabled: done.reduce((sum, { disabled }) => sum + disabled, 0),
    reopened: done.reduce((sum, { reopened }) => sum + reopened, 0),
    panelsAway: onPanels.flatMap(({ closing, ...server }) => (closing ? [] : [server])),
    told,
  };
}

async function closeOn({ serverCode, accounts }: { serverCode: string; accounts: number }): Promise<{ serverCode: string; accounts: number; closing?: PanelClosing }> {
  try {
    return { serverCode, accounts, closing: await panels.closeOnPanel.executeWithOptions({ summary: `panel ${serverCode}: ${accounts}` }, [{ serverCode }]) };
  } catch {
    // Why is in the history; the others' panels and people must not wait for this one.
    return { serverCode, accounts };
  }
}

async function tellEverybody(): Promise<BulkCounts> {
  let counts = NO_MESSAGES;
  let after: ListPosition | null = null;
  do {
    const page: { counts: BulkCounts; next: ListPosition | null } = await bulk.tellExpired({ after });
    counts = addCounts(counts, page.counts);
    after = page.next;
  } while (after !== null);
  return counts;
}
