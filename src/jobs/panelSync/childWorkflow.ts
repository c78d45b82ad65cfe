import {
  ActivityCancellationType,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/searchAttributes';
import type { DeactivationActivities } from '../expiry/contract';
import {
  PANEL_SYNC_SIGNALS,
  type PanelReading,
  type PanelSyncActivities,
  type PanelSyncChildInput,
  type PanelSyncOutcome,
} from './contract';
import { HEARTBEAT_TIMEOUT } from '../../workflows/retryPolicies';

/** Given up after 25 minutes: the next run, half an hour after this one, asks again. */
const panel = proxyActivities<PanelSyncActivities & DeactivationActivities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '25m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 4 },
});

const owner = proxyActivities<PanelSyncActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** The panel will have changed by then; the next run makes a new proposal. */
const PROPOSAL_TTL = '24h';

/**
 * One panel: what it shows goes into the database, ends it has not confirmed are told again, and where it differs from
 * the database it is repaired. More differences than the set share look like a mistake (another panel behind the
 * address, a lost database): then nothing is changed before an operator has signalled `approve`.
 */
export async function panelSyncOf({ serverCode, parentId }: PanelSyncChildInput): Promise<PanelSyncOutcome> {
  let decision: 'approve' | 'reject' | undefined;
  setHandler(PANEL_SYNC_SIGNALS.approve, () => void (decision = 'approve'));
  setHandler(PANEL_SYNC_SIGNALS.reject, () => void (decision = 'reject'));
  const runId = workflowInfo().runId;
  try {
    const reading = await panel.readPanel.executeWithOptions({ summary: `read ${serverCode}` }, [
      { serverCode, runId },
    ]);
    if (reading.needsApproval) {
      // A signal from before this proposal was meant for an earlier one.
      decision = undefined;
      await propose(serverCode, parentId, runId, reading);
      await condition(() => decision !== undefined, PROPOSAL_TTL, { summary: 'until the proposal is too old' });
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: false }]);
      if (decision !== 'approve')
        return {
          serverCode,
          outcome: 'rejected',
          reading,
          reason: decision === undefined ? 'nobody decided' : 'an operator said no',
        };
    }
    const deactivations = await panel.deactivateOnPanel.executeWithOptions({ summary: 'ends it has not confirmed' }, [
      { serverCode },
    ]);
    if (reading.toLimit > 0)
      await panel.limitTraffic.executeWithOptions({ summary: 'unlimited time that is over' }, [{ serverCode }]);
    const { repaired } =
      reading.repairs > 0
        ? await panel.repairPanel.executeWithOptions({ summary: `${reading.repairs} repairs` }, [{ serverCode, runId }])
        : { repaired: 0 };
    const { deactivated } = deactivations;
    const how = reading.isWhole ? '' : ` one by one (the panel can’t give its list), ${reading.unreadable} unreadable`;
    setCurrentDetails(`${reading.ours} accounts read${how}, ${repaired} repaired, ${deactivated} deactivated`);
    return { serverCode, outcome: 'synced', reading, deactivations, repaired };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { serverCode, outcome: 'away', reason: reasonOf(error) };
  }
}

async function propose(serverCode: string, parentId: string, runId: string, reading: PanelReading): Promise<void> {
  const { ours, theirs, drift, repairs } = reading;
  const kinds = Object.entries(drift)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(', ');
  const note =
    `panel ${serverCode}: ${repairs} of ${ours} accounts differ (${kinds}; the panel shows ` +
    `${theirs}). Nothing was changed. If the panel is right as it is, signal "reject"; to set it to the ` +
    'shop’s database, signal "approve"';
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.needsAttention, value: true }]);
  setCurrentDetails(`**waiting for an operator**: ${note}`);
  // The run may have ended; then nobody needs this signal.
  void getExternalWorkflowHandle(parentId)
    .signal(PANEL_SYNC_SIGNALS.waiting, serverCode)
    .catch(() => undefined);
  await owner.askOwner({ serverCode, runId, reading: { ours, theirs, drift, repairs } }).catch((error: unknown) => {
    if (isCancellation(error)) throw error;
  });
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
}
