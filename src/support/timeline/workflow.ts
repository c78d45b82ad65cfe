import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { describeWorkflow } from '../../clients/describeWorkflow';
import { paymentProgress, paymentWorkflowId, type PaymentProgress } from '../../workflows/contracts/payment';
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
  /** Timers that are running, with when they ring. */
  readonly timers: readonly { readonly what: string; readonly at: Date }[];
  /** `undefined` when no worker answered in time. */
  readonly progress: PaymentProgress | undefined;
}

/** A worker that is there answers a query in milliseconds. */
const QUERY_WITHIN_MS = 3_000;

export type WorkflowInspector = ReturnType<typeof createWorkflowInspector>;

/** Reads from Temporal how the workflows of a payment stand: its own, and the one of refunds after the delivery. */
export function createWorkflowInspector(client: Client) {
  const closely = async (
    workflowId: string,
    query: QueryDefinition<PaymentProgress>,
  ): Promise<PaymentWorkflowState | undefined> => {
    const found = await describeWorkflow(client, workflowId);
    if (!found) return undefined;
    const handle = client.workflow.getHandle(workflowId, found.runId);
    const progress = await client
      .withDeadline(Date.now() + QUERY_WITHIN_MS, () => handle.query<PaymentProgress>(query))
      .catch(() => undefined);
    const timers = found.status.name === 'RUNNING' ? timersOf((await handle.fetchHistory()).events ?? []) : [];
    return { ...lookOf(found), timers, progress };
  };

  return {
    /**
     * The cheap part: whether anything looks after it. The running one of the two, else the payment's own; `undefined`:
     * there is none.
     */
    async look(paymentId: string): Promise<PaymentWorkflowState | undefined> {
      const own = await describeWorkflow(client, paymentWorkflowId(paymentId));
      const found =
        own?.status.name === 'RUNNING' ? own : ((await describeWorkflow(client, refundWorkflowId(paymentId))) ?? own);
      return found && { ...lookOf(found), timers: [], progress: undefined };
    },

    /** Everything of both, their own words included. */
    async lookClosely(paymentId: string): Promise<PaymentWorkflowState[]> {
      const looks = await Promise.all([
        closely(paymentWorkflowId(paymentId), paymentProgress),
        closely(refundWorkflowId(paymentId), refundProgress),
      ]);
      return looks.filter((look) => look !== undefined);
    },
  };
}

function lookOf(found: WorkflowExecutionDescription): Omit<PaymentWorkflowState, 'timers' | 'progress'> {
  return {
    workflowId: found.workflowId,
    runId: found.runId,
    status: found.status.name,
    startedAt: found.startTime,
    closedAt: found.closeTime,
    events: Number(found.historyLength),
    pending: (found.raw.pendingActivities ?? []).map((activity) => ({
      what: activity.activityType?.name ?? 'an activity',
      attempt: activity.attempt ?? 1,
      lastFailure: activity.lastFailure?.message ?? undefined,
      nextAt: dateOf(activity.nextAttemptScheduleTime),
    })),
  };
}
