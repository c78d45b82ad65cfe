import {
  ActivityCancellationType,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { progressLine } from '../../domain/progress';
import { addCounts, BULK_TASK_QUEUE, NO_MESSAGES, PAGES_PER_HISTORY } from '../bulkMessages/contract';
import type {
  DeactivationActivities,
  ExpiryActivities,
  ExpiryBulkActivities,
  ExpiryInput,
  ExpirySummary,
  NoticesProgress,
  PanelOutcome,
  ServerToDeactivate,
} from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

const database = proxyActivities<ExpiryActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** A panel that is away longer than this is left to the next run, and to the sync that first reaches it again. */
const panels = proxyActivities<DeactivationActivities>({
  startToCloseTimeout: '30m',
  scheduleToCloseTimeout: '1h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '5m' },
});

const bulk = proxyActivities<ExpiryBulkActivities>({
  taskQueue: BULK_TASK_QUEUE,
  startToCloseTimeout: '1h',
  scheduleToCloseTimeout: '5h',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2m' },
  summary: 'tell the people',
});

/**
 * Ends what has expired: in the database first, then on the panels and to the people at the same time. Each step is
 * absolute and guarded by the end it was decided on, so a renewal wins at whatever moment it comes.
 */
export async function subscriptionExpiry({ resume }: ExpiryInput = {}): Promise<ExpirySummary> {
  let line = resume ? `${resume.expired} expired` : '';
  const show = (progress: string) => setCurrentDetails([line, progress].filter((part) => part !== '').join('; '));

  const expired = resume?.expired ?? (await expireSubscriptions(show));
  line = `${expired} expired`;
  const onPanels = resume
    ? Promise.resolve(resume.onPanels)
    : deactivateOnPanels((done, all) => void (line = `${expired} expired; ${done} of ${all} panels`));
  const [panelOutcomes, notices] = await Promise.all([onPanels, sendNotices(resume?.notices, show)]);
  if (notices.after !== null)
    await continueAsNew<typeof subscriptionExpiry>({ resume: { expired, onPanels: panelOutcomes, notices } });

  const told = panelOutcomes.flatMap(({ deactivations }) => (deactivations ? [deactivations] : []));
  return {
    expired,
    deactivated: told.reduce((sum, { deactivated }) => sum + deactivated, 0),
    reactivated: told.reduce((sum, { reactivated }) => sum + reactivated, 0),
    panelsAway: panelOutcomes.flatMap(({ deactivations, ...server }) => (deactivations ? [] : [server])),
    notices: notices.counts,
  };
}

async function expireSubscriptions(show: (progress: string) => void): Promise<number> {
  let expired = 0;
  for (let more = true; more;) {
    const batch = await database.expireSubscriptions.executeWithOptions({ summary: 'in the database' }, []);
    expired += batch.expired;
    more = batch.more;
    show(`${expired} expired`);
  }
  return expired;
}

async function deactivateOnPanels(onProgress: (done: number, all: number) => void): Promise<PanelOutcome[]> {
  const { servers } = await database.serversToDeactivate();
  let done = 0;
  onProgress(done, servers.length);
  return Promise.all(
    servers.map(async (server) => {
      const outcome = await deactivateOn(server);
      onProgress((done += 1), servers.length);
      return outcome;
    }),
  );
}

async function deactivateOn(server: ServerToDeactivate): Promise<PanelOutcome> {
  const { serverCode, accounts } = server;
  try {
    const deactivations = await panels.deactivateOnPanel.executeWithOptions(
      { summary: `panel ${serverCode}: ${accounts}` },
      [{ serverCode }],
    );
    return { ...server, deactivations };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // The reason is in the history; the other panels and the notices must not wait for this one.
    return server;
  }
}

/** @returns where it stopped: `after` is `null` at the end of the list, else a new history has to go on there */
async function sendNotices(
  from: NoticesProgress | undefined,
  show: (progress: string) => void,
): Promise<NoticesProgress> {
  const startedMs = from?.startedMs ?? Date.now();
  const total = from?.total ?? (await database.countExpiryNotices()).subscriptions;
  let scanned = from?.scanned ?? 0;
  let counts = from?.counts ?? NO_MESSAGES;
  let after = from?.after ?? null;
  for (let page = 1; ; page += 1) {
    const told = await bulk.sendExpiryNotices({ after });
    scanned += told.scanned;
    counts = addCounts(counts, told.counts);
    after = told.next;
    const { sent, sentBefore, unreachable } = counts;
    show(
      `people: ${progressLine(scanned, total, Date.now() - startedMs)}; ` +
        `${sent} told, ${sentBefore} told before, ${unreachable} unreachable`,
    );
    if (after === null || page >= PAGES_PER_HISTORY || workflowInfo().continueAsNewSuggested)
      return { startedMs, after, total, scanned, counts };
  }
}
