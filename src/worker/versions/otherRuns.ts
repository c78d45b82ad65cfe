import type { Client } from '@temporalio/client';
import type { Logger } from '../../config/logger';
import { MAIN_TASK_QUEUE } from '../../workflows/contracts/payment';
import { DEPLOYMENT_NAME, type Build } from './build';

/** The namespace holds workflows that this program can't continue. The message says so, and what to do. */
export class UnusableNamespaceError extends Error {
  override readonly name = 'UnusableNamespaceError';
}

/**
 * Looks at the running workflows of other workflow code, before anything is started. Those of a development version
 * (before 1.0.0) can't be continued by anybody: the namespace is refused. Those of another release wait for a worker of
 * their build, and the log says how many there are.
 *
 * Temporal writes the build of a run into its visibility records with the run's first task, so a payment that the bot
 * has just started counts as nobody's. The records are up to about a second late.
 *
 * @returns why the namespace is refused; `undefined` when it can be used
 * @throws the client's error when Temporal does not answer
 */
export async function checkOtherRuns(
  client: Client,
  { build, logger }: { build: Build; logger: Pick<Logger, 'warn'> },
): Promise<UnusableNamespaceError | undefined> {
  const running = `ExecutionStatus = 'Running' AND TaskQueue = '${MAIN_TASK_QUEUE}'`;
  const unversioned = `BuildIds = 'unversioned'`;
  const otherBuilds = `TemporalWorkerDeploymentVersion != '${DEPLOYMENT_NAME}:${build.id}'`;
  const isDevelopment = build.release.startsWith('0.');

  const refused = `${running} AND (${isDevelopment ? `${unversioned} OR ${otherBuilds}` : unversioned})`;
  const example = await firstWorkflowId(client, refused);
  if (example !== undefined) {
    const { count } = await client.workflow.count(refused);
    return new UnusableNamespaceError(refusal(client.options.namespace, count, example, refused));
  }
  if (isDevelopment) return undefined;

  const waiting = `${running} AND ${otherBuilds}`;
  const { count } = await client.workflow.count(waiting);
  if (count > 0)
    logger.warn(
      { workflows: count, query: waiting },
      'these workflows began on other builds and are finished by workers of those builds only: keep one running (docs/upgrades.md)',
    );
  return undefined;
}

async function firstWorkflowId(client: Client, query: string): Promise<string | undefined> {
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 1 })) return workflowId;
  return undefined;
}

function refusal(namespace: string, count: number, example: string, query: string): string {
  return (
    `The Temporal namespace "${namespace}" holds ${count} running workflow${count === 1 ? '' : 's'} of a development version ` +
    `of this program, for example ${example}. Their recorded history does not fit this version's workflows, so nothing was ` +
    'started. If it is the demo, run `npm start -- --reset`. Otherwise set TEMPORAL_NAMESPACE to a new namespace, or end ' +
    `them: \`temporal workflow terminate --namespace ${namespace} --reason upgrade --query "${query}"\`.`
  );
}
