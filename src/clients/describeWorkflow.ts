import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import type { QueryDefinition, SignalDefinition } from '@temporalio/common';

/**
 * What Temporal says of the newest run under a workflow id; `undefined` when it knows none.
 * @throws the client's error when Temporal does not answer
 */
export async function describeWorkflow(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Whether a workflow runs under this id. @throws the client's error when Temporal does not answer */
export async function isWorkflowRunning(client: Client, workflowId: string): Promise<boolean> {
  const found = await describeWorkflow(client, workflowId);
  return found !== undefined && isRunningStatus(found.status.name);
}

/** @param name of the status, as Temporal's client tells it */
export function isRunningStatus(name: string): boolean {
  return name === 'RUNNING';
}

/**
 * Signals the workflow that runs under this id.
 * @returns false: none does
 * @throws the client's error when Temporal does not answer
 */
export async function signalIfRunning<Args extends unknown[]>(
  client: Client,
  workflowId: string,
  definition: SignalDefinition<Args>,
  // Not inferred from: a payload must fit the definition, not the definition the payload.
  ...args: NoInfer<Args>
): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(definition, ...args);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/**
 * Asks the workflow that runs, or has run, under this id.
 * @returns `undefined`: Temporal knows none
 * @throws the client's error when Temporal does not answer, or no worker does in time
 */
export async function queryIfKnown<Answer>(
  client: Client,
  workflowId: string,
  definition: QueryDefinition<Answer>,
): Promise<Answer | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).query(definition);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
