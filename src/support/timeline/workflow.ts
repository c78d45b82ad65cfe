import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { LoadedDataConverter, QueryDefinition } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { describeWorkflow, isRunningStatus } from '../../clients/describeWorkflow';
import { giftProgress, giftWorkflowId } from '../../workflows/contracts/gift';
import { paymentProgress, paymentWorkflowId } from '../../workflows/contracts/payment';
import { refundProgress, refundWorkflowId } from '../../workflows/contracts/refund';
import { timersOf, dateOf } from './timers';

/** Something the workflow is doing or waiting for right now. */
export interface PendingWork {
  readonly what: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly lastFailure: string | undefined;
  /** When the next attempt starts; `undefined` while one is running. */
  readonly nextAt: Date | undefined;
}

export interface PaymentWorkflowState {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly startedAt: Date;
  readonly closedAt: Date | undefined;
  readonly events: number;
  readonly pending: readonly PendingWork[];
  /** Running timers and when they fire. */
  readonly timers: readonly { readonly what: string; readonly at: Date }[];
  /** `undefined` when no worker answered in time. */
  readonly progress: WorkflowProgress | undefined;
}

/** What a workflow says of itself. */
interface WorkflowProgress {
  readonly note: string;
  readonly needsAttention?: boolean;
}

/** A running worker answers a query in milliseconds. */
const QUERY_WITHIN_MS = 3_000;

/**
 * Reads from Temporal the state of a payment's workflows: its own, its gift's, and that of refunds after the delivery.
 */
export function createWorkflowInspector(client: Client) {
  const converter = client.options.loadedDataConverter;
  const inspect = async (
    workflowId: string,
    query: QueryDefinition<WorkflowProgress>,
  ): Promise<PaymentWorkflowState | undefined> => {
    const found = await describeWorkflow(client, workflowId);
    if (!found) return undefined;
    const handle = client.workflow.getHandle(workflowId, found.runId);
    const progress = await client
      .withDeadline(Date.now() + QUERY_WITHIN_MS, () => handle.query<WorkflowProgress>(query))
      .catch(() => undefined);
    const events = isRunningStatus(found.status.name) ? (await handle.fetchHistory()).events : undefined;
    const timers = await timersOf(events ?? [], converter);
    return { ...(await stateOf(found, converter)), timers, progress };
  };

  return {
    /**
     * Without history and progress: the running one of the two workflows, else the payment's own; `undefined`: there is
     * none.
     */
    async describe(paymentId: string): Promise<PaymentWorkflowState | undefined> {
      const own = await describeWorkflow(client, paymentWorkflowId(paymentId));
      const found =
        own && isRunningStatus(own.status.name)
          ? own
          : ((await describeWorkflow(client, refundWorkflowId(paymentId))) ?? own);
      return found && { ...(await stateOf(found, converter)), timers: [], progress: undefined };
    },

    /** All of its workflows with timers and progress. */
    async inspect(paymentId: string): Promise<PaymentWorkflowState[]> {
      const states = await Promise.all([
        inspect(paymentWorkflowId(paymentId), paymentProgress),
        inspect(giftWorkflowId(paymentId), giftProgress),
        inspect(refundWorkflowId(paymentId), refundProgress),
      ]);
      return states.filter((state) => state !== undefined);
    },
  };
}

type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

/** Without the key that it was encrypted with only that there is something to be read. */
async function whatItSays(failure: Failure, converter: LoadedDataConverter): Promise<string | undefined> {
  const error = await decodeOptionalFailureToOptionalError(converter, failure).catch(() => undefined);
  return error?.message ?? failure?.message ?? undefined;
}

/** @param converter what failures say may be encrypted, as payloads are */
async function stateOf(
  found: WorkflowExecutionDescription,
  converter: LoadedDataConverter,
): Promise<Omit<PaymentWorkflowState, 'timers' | 'progress'>> {
  return {
    workflowId: found.workflowId,
    runId: found.runId,
    status: found.status.name,
    startedAt: found.startTime,
    closedAt: found.closeTime,
    events: Number(found.historyLength),
    pending: await Promise.all(
      (found.raw.pendingActivities ?? []).map(async (activity) => ({
        what: activity.activityType?.name ?? 'an activity',
        attempt: activity.attempt ?? 1,
        lastFailure: await whatItSays(activity.lastFailure, converter),
        nextAt: dateOf(activity.nextAttemptScheduleTime),
      })),
    ),
  };
}
