import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
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

const catalogue = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
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
  const { servers } = await catalogue.activePanels();
  const limit = new CancellationScope();
  let isLate = false;
  void limit
    .run(() => sleep(RUN_LIMIT, { summary: 'before the next run is due' }))
    .then(
      () => (isLate = true),
      () => undefined,
    );
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
  return summarise(outcomes);
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

function summarise(outcomes: readonly PanelSyncOutcome[]): PanelSyncSummary {
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
