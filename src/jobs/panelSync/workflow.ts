import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { panelSyncOf } from './childWorkflow';
import {
  PANEL_SYNC_CHILD_WORKFLOW,
  PANEL_SYNC_SIGNALS,
  panelSyncChildId,
  type DriftCounts,
  type PanelSyncActivities,
  type PanelSyncOutcome,
  type PanelSyncSummary,
} from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

const catalogue = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

const notices = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Given up before the run ends: the next one goes on. */
const revocations = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '10m',
  scheduleToCloseTimeout: '20m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 4 },
});

/**
 * A run ends before the next one is due, so that a slow panel does not delay the others; its own part goes on by
 * itself.
 */
const RUN_LIMIT = '25m';

/**
 * Reads every panel, each in a workflow of its own: one that is away or slow affects only itself. A part that waits for
 * an operator outlives its run; the next runs find it under its id and leave that panel alone.
 */
export async function panelSync(): Promise<PanelSyncSummary> {
  const waiting = new Set<string>();
  setHandler(PANEL_SYNC_SIGNALS.waiting, (serverCode) => void waiting.add(serverCode));
  const { servers, withRevocations } = await catalogue.panelsToSync();
  const limit = new CancellationScope();
  let isLate = false;
  void limit
    .run(() => sleep(RUN_LIMIT, { summary: 'before the next run is due' }))
    .then(
      () => (isLate = true),
      () => undefined,
    );
  // Not a part of each panel's own workflow: that may wait for an operator for a day.
  const revoking = Promise.all(withRevocations.map(revokeAgain));
  let done = 0;
  const outcomes = await Promise.all(
    servers.map(async (serverCode) => {
      const outcome = await syncOne(
        serverCode,
        () => isLate || waiting.has(serverCode),
        () => waiting.has(serverCode),
      );
      done += 1;
      setCurrentDetails(`${done} of ${servers.length} panels`);
      return outcome;
    }),
  );
  limit.cancel();
  await recordOutcomes(outcomes);
  const revoked = await revoking;
  return { ...summarise(outcomes), revoked: revoked.reduce((sum, count) => sum + count, 0) };
}

/** A notice that can't be sent is given up after ten minutes: the next run tells it. */
async function recordOutcomes(outcomes: readonly PanelSyncOutcome[]): Promise<void> {
  const { runId } = workflowInfo();
  await Promise.all(
    outcomes.map(async ({ serverCode, outcome, reason, reading }) => {
      const run = { serverCode, outcome, ...(reason && { reason }), ...(reading && { reading }) };
      try {
        await notices.recordRun({ runId, ...run });
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
    }),
  );
}

/** @returns how many the panel has confirmed; one that is away is asked again by the next run */
async function revokeAgain(serverCode: string): Promise<number> {
  try {
    const { revoked } = await revocations.revokeAgain.executeWithOptions({ summary: `revocations on ${serverCode}` }, [
      { serverCode },
    ]);
    return revoked;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return 0;
  }
}

async function syncOne(
  serverCode: string,
  stopsWaiting: () => boolean,
  needsOperator: () => boolean,
): Promise<PanelSyncOutcome> {
  try {
    const child = await startChild<typeof panelSyncOf>(PANEL_SYNC_CHILD_WORKFLOW, {
      workflowId: panelSyncChildId(serverCode),
      args: [{ serverCode, parentId: workflowInfo().workflowId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // Longer than a proposal and its repairs take. One that hangs would keep its panel from ever being synced again.
      workflowExecutionTimeout: '50h',
      staticSummary: `panel ${serverCode}`,
    });
    let outcome: PanelSyncOutcome | undefined;
    const ended = child.result().then(
      (result) => void (outcome = result),
      () => void (outcome = { serverCode, outcome: 'away', reason: 'its workflow failed' }),
    );
    await Promise.race([ended, condition(stopsWaiting)]);
    return outcome ?? { serverCode, outcome: needsOperator() ? 'waiting-for-operator' : 'still-running' };
  } catch (error) {
    if (isCancellation(error)) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { serverCode, outcome: 'still-running' };
    return { serverCode, outcome: 'away', reason: String(error) };
  }
}

function summarise(outcomes: readonly PanelSyncOutcome[]): Omit<PanelSyncSummary, 'revoked'> {
  const drift: Record<string, number> = {};
  for (const { reading } of outcomes)
    for (const [kind, count] of Object.entries(reading?.drift ?? {})) drift[kind] = (drift[kind] ?? 0) + count;
  const sum = (of: (outcome: PanelSyncOutcome) => number | undefined) =>
    outcomes.reduce((total, outcome) => total + (of(outcome) ?? 0), 0);
  return {
    panels: outcomes.length,
    synced: outcomes.filter(({ outcome }) => outcome === 'synced').length,
    accounts: sum(({ reading }) => reading?.ours),
    written: sum(({ reading }) => reading?.written),
    repaired: sum(({ repaired }) => repaired),
    drift: drift as DriftCounts,
    others: outcomes
      .filter(({ outcome }) => outcome !== 'synced')
      .map(({ serverCode, outcome, reason }) => ({ serverCode, outcome, ...(reason === undefined ? {} : { reason }) })),
  };
}
