import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  PANEL_SYNC_SIGNALS,
  panelSyncChildId,
  type DriftCounts,
  type PanelSyncActivities,
  type PanelSyncOutcome,
  type PanelSyncSummary,
} from '../contracts/panelSync';
import { PANEL_SYNC_CHILD_WORKFLOW } from '../contracts/schedules';
import type { panelSyncOf } from './panelSyncOf';

const catalogue = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** The run ends before the next one is due, whatever a single panel takes: its part goes on by itself, the others' next sync is in time. */
const PATIENCE = '25m';

/**
 * Reads every panel, each in a workflow of its own: one that is away, slow or full of surprises affects only itself. A part
 * that waits for an operator outlives its run; the next runs find it under its id and leave that panel alone.
 */
export async function panelSync(): Promise<PanelSyncSummary> {
  const waiting = new Set<string>();
  setHandler(defineSignal<[string]>(PANEL_SYNC_SIGNALS.waiting), (serverCode) => void waiting.add(serverCode));
  const { servers } = await catalogue.activePanels();
  const patience = new CancellationScope();
  let late = false;
  void patience
    .run(() => sleep(PATIENCE, { summary: 'before the next run is due' }))
    .then(
      () => (late = true),
      () => undefined,
    );
  let done = 0;
  const outcomes = await Promise.all(
    servers.map(async (serverCode) => {
      const outcome = await syncOne(
        serverCode,
        () => late || waiting.has(serverCode),
        () => waiting.has(serverCode),
      );
      done += 1;
      setCurrentDetails(`${done} of ${servers.length} panels`);
      return outcome;
    }),
  );
  patience.cancel();
  return summarise(outcomes);
}

async function syncOne(serverCode: string, leaveIt: () => boolean, waits: () => boolean): Promise<PanelSyncOutcome> {
  try {
    const child = await startChild<typeof panelSyncOf>(PANEL_SYNC_CHILD_WORKFLOW, {
      workflowId: panelSyncChildId(serverCode),
      args: [{ serverCode, parentId: workflowInfo().workflowId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `panel ${serverCode}`,
    });
    let outcome: PanelSyncOutcome | undefined;
    const over = child.result().then(
      (result) => void (outcome = result),
      () => void (outcome = { serverCode, outcome: 'away', reason: 'its workflow failed' }),
    );
    await Promise.race([over, condition(leaveIt)]);
    return outcome ?? { serverCode, outcome: waits() ? 'waiting-for-operator' : 'still-running' };
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
