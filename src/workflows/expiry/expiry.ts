import {
  ActivityCancellationType,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { progressLine } from '../../domain/progress';
import type {
  ClosingActivities,
  ExpiryActivities,
  ExpiryBulkActivities,
  ExpiryInput,
  ExpirySummary,
  PanelOutcome,
} from '../contracts/expiry';
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

/** A new history long before the server's warning at 10,240 events; a page is about 6 of them. */
const PAGES_PER_RUN = 300;

/**
 * Ends what has ended: in the record first, then on the panels and to the people, side by side. Each step is absolute and
 * guarded by the end it was decided on, so a renewal wins at whatever moment it comes.
 */
export async function subscriptionExpiry({ resume }: ExpiryInput = {}): Promise<ExpirySummary> {
  let line = resume ? `${resume.closed} closed` : '';
  const show = (progress: string) => setCurrentDetails([line, progress].filter((part) => part !== '').join('; '));

  const closed = resume?.closed ?? (await closeInTheRecord(show));
  line = `${closed} closed`;
  const onPanels = resume
    ? Promise.resolve(resume.onPanels)
    : closeOnPanels((done, all) => void (line = `${closed} closed; ${done} of ${all} panels`));
  const [panelOutcomes, telling] = await Promise.all([onPanels, tell(resume?.telling, show)]);
  if (telling.after !== null) {
    const { after, ...rest } = telling;
    await continueAsNew<typeof subscriptionExpiry>({
      resume: { closed, onPanels: panelOutcomes, telling: { ...rest, after } },
    });
  }

  const done = panelOutcomes.flatMap(({ closing }) => (closing ? [closing] : []));
  return {
    closed,
    disabled: done.reduce((sum, { disabled }) => sum + disabled, 0),
    reopened: done.reduce((sum, { reopened }) => sum + reopened, 0),
    panelsAway: panelOutcomes.flatMap(({ closing, ...server }) => (closing ? [] : [server])),
    told: telling.counts,
  };
}

async function closeInTheRecord(show: (progress: string) => void): Promise<number> {
  let closed = 0;
  for (let more = true; more;) {
    const batch = await record.closeExpired.executeWithOptions({ summary: 'close in the record' }, []);
    closed += batch.closed;
    more = batch.more;
    show(`${closed} closed`);
  }
  return closed;
}

async function closeOnPanels(note: (done: number, all: number) => void): Promise<PanelOutcome[]> {
  const { servers } = await record.serversToClose();
  let done = 0;
  note(done, servers.length);
  return Promise.all(
    servers.map(async (server) => {
      const outcome = await closeOn(server);
      note((done += 1), servers.length);
      return outcome;
    }),
  );
}

async function closeOn({ serverCode, accounts }: { serverCode: string; accounts: number }): Promise<PanelOutcome> {
  try {
    return {
      serverCode,
      accounts,
      closing: await panels.closeOnPanel.executeWithOptions({ summary: `panel ${serverCode}: ${accounts}` }, [
        { serverCode },
      ]),
    };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Why is in the history; the others' panels and people must not wait for this one.
    return { serverCode, accounts };
  }
}

/** @returns where it stopped: `after` is `null` at the end of the list, else a new history has to go on there */
async function tell(
  from: NonNullable<ExpiryInput['resume']>['telling'] | undefined,
  show: (progress: string) => void,
): Promise<{ startedMs: number; after: ListPosition | null; total: number; scanned: number; counts: BulkCounts }> {
  const startedMs = from?.startedMs ?? Date.now();
  const total = from?.total ?? (await record.countToTell()).subscriptions;
  let scanned = from?.scanned ?? 0;
  let counts = from?.counts ?? NO_MESSAGES;
  let after: ListPosition | null = from?.after ?? null;
  for (let page = 1; ; page += 1) {
    const told = await bulk.tellExpired({ after });
    scanned += told.scanned;
    counts = addCounts(counts, told.counts);
    after = told.next;
    show(
      `people: ${progressLine(scanned, total, Date.now() - startedMs)}; ${counts.sent} told, ${counts.sentBefore} told before, ${counts.unreachable} unreachable`,
    );
    if (after === null || page >= PAGES_PER_RUN || workflowInfo().continueAsNewSuggested)
      return { startedMs, after, total, scanned, counts };
  }
}
