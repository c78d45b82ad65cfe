import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { PAYMENT_PROGRESS_QUERY, paymentWorkflowId, type PaymentProgress } from '../../workflows/contracts/payment';

/** Something the workflow is doing or waiting for right now. */
export interface PendingWork {
  readonly what: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly lastFailure: string | undefined;
  /** When the next attempt starts; `undefined` while one is running. */
  readonly nextAt: Date | undefined;
}

export interface PaymentWorkflowLook {
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

export type WorkflowLooker = ReturnType<typeof createWorkflowLooker>;

/** Reads how a payment's workflow stands, from Temporal. */
export function createWorkflowLooker(client: Client) {
  const describe = async (paymentId: string) => {
    try {
      return await client.workflow.getHandle(paymentWorkflowId(paymentId)).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  };

  return {
    /** The cheap part: whether it runs. `undefined`: there is none. */
    async look(paymentId: string): Promise<PaymentWorkflowLook | undefined> {
      const found = await describe(paymentId);
      return found && { ...lookOf(found), timers: [], progress: undefined };
    },

    /** Everything, its own words included. */
    async lookClosely(paymentId: string): Promise<PaymentWorkflowLook | undefined> {
      const found = await describe(paymentId);
      if (!found) return undefined;
      const handle = client.workflow.getHandle(paymentWorkflowId(paymentId), found.runId);
      const progress = await client.withDeadline(Date.now() + QUERY_WITHIN_MS, () => handle.query<PaymentProgress>(PAYMENT_PROGRESS_QUERY)).catch(() => undefined);
      const timers = found.status.name === 'RUNNING' ? timersOf((await handle.fetchHistory()).events ?? []) : [];
      return { ...lookOf(found), timers, progress };
    },
  };
}

type Description = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;

function lookOf(found: Description): Omit<PaymentWorkflowLook, 'timers' | 'progress'> {
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

type HistoryEvents = NonNullable<Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']>;

/** Timers that were started and have neither rung nor been cancelled. */
function timersOf(events: HistoryEvents): { what: string; at: Date }[] {
  const running = new Map<string, { what: string; at: Date }>();
  for (const event of events) {
    const started = event.timerStartedEventAttributes;
    const at = dateOf(event.eventTime);
    if (started?.timerId && at) {
      const summary = event.userMetadata?.summary?.data;
      running.set(started.timerId, { what: summary ? textOf(summary) : 'a timer', at: new Date(at.getTime() + msOf(started.startToFireTimeout)) });
    }
    const ended = event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId;
    if (ended) running.delete(ended);
  }
  return [...running.values()];
}

function textOf(json: Uint8Array): string {
  try {
    return String(JSON.parse(Buffer.from(json).toString()));
  } catch {
    return 'a timer';
  }
}

type Duration = { seconds?: unknown; nanos?: number | null } | null | undefined;

function msOf(duration: Duration): number {
  return Number(duration?.seconds ?? 0) * 1_000 + Math.floor((duration?.nanos ?? 0) / 1e6);
}

function dateOf(timestamp: Duration): Date | undefined {
  return timestamp ? new Date(msOf(timestamp)) : undefined;
}
