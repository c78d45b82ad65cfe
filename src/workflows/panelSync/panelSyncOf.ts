import {
  ActivityCancellationType,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClosingActivities } from '../contracts/expiry';
import {
  PANEL_SYNC_SIGNALS,
  type PanelReading,
  type PanelSyncActivities,
  type PanelSyncChildInput,
  type PanelSyncOutcome,
} from '../contracts/panelSync';
import { SEARCH_ATTRIBUTES } from '../contracts/searchAttributes';

/** In half an hour the next run asks again: no need for more patience. */
const panel = proxyActivities<PanelSyncActivities & ClosingActivities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '25m',
  heartbeatTimeout: '2m',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 4 },
});

const owner = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** A proposal older than this is about a panel that has long changed: the next run makes a new one. */
const PROPOSAL_LIFE = '24h';

/**
 * One panel: what it shows goes into the record, what it has not confirmed is told again, where it differs from the record it
 * is set right. More differences than the set share look like a mistake of somebody else's: then nothing is changed before
 * an operator has signalled `approve`.
 */
export async function panelSyncOf({ serverCode, parentId }: PanelSyncChildInput): Promise<PanelSyncOutcome> {
  let decision: 'approve' | 'reject' | undefined;
  setHandler(defineSignal(PANEL_SYNC_SIGNALS.approve), () => void (decision = 'approve'));
  setHandler(defineSignal(PANEL_SYNC_SIGNALS.reject), () => void (decision = 'reject'));
  const runId = workflowInfo().runId;
  try {
    const reading = await panel.readPanel.executeWithOptions({ summary: `read ${serverCode}` }, [
      { serverCode, runId },
    ]);
    if (reading.needsApproval) {
      // What was signalled before there was a proposal was meant for another one.
      decision = undefined;
      await propose(serverCode, parentId, runId, reading);
      await condition(() => decision !== undefined, PROPOSAL_LIFE, { summary: 'until the proposal is too old' });
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: false }]);
      if (decision !== 'approve')
        return {
          serverCode,
          outcome: 'rejected',
          reading,
          reason: decision === undefined ? 'nobody decided' : 'an operator said no',
        };
    }
    const closing = await panel.closeOnPanel.executeWithOptions({ summary: 'ends it has not confirmed' }, [
      { serverCode },
    ]);
    const { repaired } =
      reading.repairs > 0
        ? await panel.repairPanel.executeWithOptions({ summary: `${reading.repairs} repairs` }, [{ serverCode, runId }])
        : { repaired: 0 };
    setCurrentDetails(`${reading.ours} accounts read, ${repaired} repaired, ${closing.disabled} ended`);
    return { serverCode, outcome: 'synced', reading, closing, repaired };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { serverCode, outcome: 'away', reason: reasonOf(error) };
  }
}

async function propose(serverCode: string, parentId: string, runId: string, reading: PanelReading): Promise<void> {
  const drift = Object.entries(reading.drift)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(', ');
  const note = `panel ${serverCode}: ${reading.repairs} of ${reading.ours} accounts differ (${drift}; the panel shows ${reading.theirs}). Nothing was changed. If the panel is right as it is, signal "reject"; to set it to our record, signal "approve"`;
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
  setCurrentDetails(`**waiting for an operator**: ${note}`);
  // The run may be over by now: nobody waits for this, and nothing here waits for it.
  void getExternalWorkflowHandle(parentId)
    .signal(PANEL_SYNC_SIGNALS.waiting, serverCode)
    .catch(() => undefined);
  await owner.askOwner({ serverCode, runId, note }).catch((error: unknown) => {
    if (isCancellation(error)) throw error;
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
}
