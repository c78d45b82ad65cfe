import { Client, Connection } from '@temporalio/client';
import { paymentWorkflowId } from '../src/workflows/contracts/payment';
import { SEARCH_ATTRIBUTES } from '../src/workflows/contracts/searchAttributes';

export interface WorkflowView {
  readonly id: string;
  /** Where the Temporal Web UI shows it; `null` when no Web UI is known. */
  readonly url: string | null;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, …; `null` while Temporal can't be asked. */
  readonly status: string | null;
  /** The shop's word, the search attribute `PaymentStatus`: `pending`, `paid`, `issued`, … */
  readonly paymentStatus: string | null;
  readonly telegramId: number | null;
}

/** Reads the state of payment workflows. Never fails: what isn't known is `null`. */
export interface WorkflowLens {
  view(paymentId: string): Promise<WorkflowView>;
  close(): Promise<void>;
}

export interface WorkflowLensOptions {
  readonly address: string | undefined;
  readonly namespace: string;
  readonly uiUrl: string | undefined;
}

/** Final states don't change any more except by a later refund, so they are asked for rarely. */
const FINAL_FRESH_MS = 10_000;
const TIME_LIMIT_MS = 1500;
/** After a failure Temporal is not asked for this long, so that the page stays quick while Temporal is away. */
const PAUSE_MS = 3000;

export function createWorkflowLens({ address, namespace, uiUrl }: WorkflowLensOptions): WorkflowLens {
  const connection = address === undefined ? undefined : Connection.lazy({ address });
  const client = connection && new Client({ connection, namespace });
  const finals = new Map<string, { view: WorkflowView; at: number }>();
  let pausedUntil = 0;

  return {
    async view(paymentId) {
      const id = paymentWorkflowId(paymentId);
      const unknown: WorkflowView = {
        id,
        url:
          uiUrl === undefined
            ? null
            : `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`,
        status: null,
        paymentStatus: null,
        telegramId: null,
      };
      const known = finals.get(id);
      if (known && Date.now() - known.at < FINAL_FRESH_MS) return known.view;
      if (!connection || !client || Date.now() < pausedUntil) return known?.view ?? unknown;
      try {
        const { status, typedSearchAttributes } = await connection.withDeadline(Date.now() + TIME_LIMIT_MS, () =>
          client.workflow.getHandle(id).describe(),
        );
        const view: WorkflowView = {
          ...unknown,
          status: status.name,
          paymentStatus: typedSearchAttributes.get(SEARCH_ATTRIBUTES.paymentStatus) ?? null,
          telegramId: Number(typedSearchAttributes.get(SEARCH_ATTRIBUTES.telegramUserId)) || null,
        };
        if (status.name !== 'RUNNING') finals.set(id, { view, at: Date.now() });
        return view;
      } catch (error) {
        if ((error as Error).name !== 'WorkflowNotFoundError') pausedUntil = Date.now() + PAUSE_MS;
        return known?.view ?? unknown;
      }
    },
    async close() {
      await connection?.close();
    },
  };
}
