import type { Client } from '@temporalio/client';
import { TypedSearchAttributes, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { GrantCase } from '../domain/freeGrant';
import {
  GRANT_WORKFLOW,
  grantAsked,
  grantClosed,
  grantProgress,
  grantRetried,
  grantServerAsked,
  grantWorkflowId,
  type GrantInput,
  type GrantProgress,
  type GrantRequest,
} from '../workflows/contracts/grant';
import { MAIN_TASK_QUEUE } from '../workflows/contracts/payment';
import { SEARCH_ATTRIBUTES } from '../workflows/contracts/searchAttributes';
import { isWorkflowRunning, queryIfKnown, signalIfRunning } from './describeWorkflow';

export type GrantWorkflows = ReturnType<typeof createGrantWorkflows>;

/** Starts `grant` workflows, and asks them how they stand. */
export function createGrantWorkflows(client: Client) {
  const started = (request: GrantRequest) => ({
    workflowId: grantWorkflowId(request),
    taskQueue: MAIN_TASK_QUEUE,
    args: [{ request }] as [GrantInput],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${request.kind} for ${request.userId}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: SEARCH_ATTRIBUTES.telegramUserId, value: String(request.userId) },
      { key: SEARCH_ATTRIBUTES.needsAttention, value: false },
    ]),
  });

  return {
    /**
     * Asks for a free grant: finds the workflow that runs for it, or starts one, which finds what was given before.
     * @param messageId of the message in which the person reads how it stands
     */
    async ask(request: GrantRequest, messageId: number): Promise<void> {
      await client.workflow.signalWithStart(GRANT_WORKFLOW, {
        ...started(request),
        signal: grantAsked,
        signalArgs: [{ messageId, request }],
      });
    },

    /** The same where nobody reads how it stands. */
    async ensureRunning(request: GrantRequest): Promise<void> {
      await client.workflow.start(GRANT_WORKFLOW, started(request));
    },

    isRunning: (of: GrantCase): Promise<boolean> => isWorkflowRunning(client, grantWorkflowId(of)),

    /** Has how it stands shown in one more message. @returns false: no workflow runs for it */
    showIn: (of: GrantCase, messageId: number): Promise<boolean> =>
      signalIfRunning(client, grantWorkflowId(of), grantAsked, { messageId }),

    /** Has its next step tried now, however long a pause there is. @returns false: no workflow runs for it */
    retry: (of: GrantCase): Promise<boolean> => signalIfRunning(client, grantWorkflowId(of), grantRetried),

    /** Has another server make its key, because its panel makes none. @param messageId as of `ask` @returns as `retry` */
    changeServer: (of: GrantCase, messageId: number): Promise<boolean> =>
      signalIfRunning(client, grantWorkflowId(of), grantServerAsked, { messageId }),

    /** Gives up on what can't be recorded; anything else it leaves. @returns as `retry` */
    close: (of: GrantCase): Promise<boolean> => signalIfRunning(client, grantWorkflowId(of), grantClosed),

    /** What the running, or ended, workflow says of itself; `undefined` when there is none. */
    progress: (of: GrantCase): Promise<GrantProgress | undefined> =>
      queryIfKnown(client, grantWorkflowId(of), grantProgress),
  };
}
