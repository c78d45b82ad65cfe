import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from '../../config/logger';
import { DEPLOYMENT_NAME, type Build } from './build';

// temporal.api.enums.v1.WorkerDeploymentVersionStatus
const INACTIVE = 1;
const CURRENT = 2;
/** gRPC status: Temporal knows no such build yet; it does a moment after the workers' first poll. */
const NOT_FOUND = 5;

const LOG_EVERY_MS = 30_000;
const LONGEST_PAUSE_MS = 2_000;

export interface TakeNewWorkOptions {
  readonly build: Pick<Build, 'id'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Ends the waiting, for a process that is told to stop. */
  readonly signal?: AbortSignal;
}

/**
 * Has Temporal give new workflows to this build ("current version"), when this is the first time that the build runs. A
 * build that has been replaced never takes them back by itself: its worker only finishes what it began, however often
 * it is restarted. Going back to it is an operator's command (docs/upgrades.md). Call it when the workers of the build
 * poll.
 *
 * Refused by the server, for example because a task queue has waiting tasks and no worker in this build, it goes on
 * trying.
 *
 * @returns whether this build is the one that gets new workflows; `false` too when `signal` ended the trying
 */
export async function takeNewWork(client: Client, { build, logger, signal }: TakeNewWorkOptions): Promise<boolean> {
  const { workflowService } = client.connection;
  const { namespace } = client.options;
  const version = { deploymentName: DEPLOYMENT_NAME, buildId: build.id };
  let loggedAt = performance.now();
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (signal?.aborted) return false;
    try {
      const { workerDeploymentVersionInfo: info } = await workflowService.describeWorkerDeploymentVersion({
        namespace,
        deploymentVersion: version,
      });
      if (info?.status === CURRENT) return true;
      if (info?.status !== INACTIVE) {
        logger.warn(
          { build: build.id },
          'this build was replaced by another one: this worker only finishes the workflows it began (docs/upgrades.md)',
        );
        return false;
      }
      await workflowService.setWorkerDeploymentCurrentVersion({ namespace, ...version, identity: `build ${build.id}` });
      logger.info({ build: build.id }, 'new workflows go to this build');
      return true;
    } catch (error) {
      const isNew = (error as { code?: number }).code === NOT_FOUND;
      if (performance.now() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = performance.now();
        logger.warn(
          { build: build.id, reason: isNew ? 'Temporal does not know it yet' : (error as Error).message },
          'new workflows do not go to this build yet; trying again (docs/upgrades.md)',
        );
      }
    }
    await pause(pauseMs);
  }
}
