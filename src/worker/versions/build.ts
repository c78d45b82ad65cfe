import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkerDeploymentOptions } from '@temporalio/worker';

/** Which workflow code a worker runs; `npm run build` writes it to `dist/build.json`. */
export interface Build {
  /**
   * Hash of all sources in the workflow bundle, the libraries' too. Releases that differ only in other code have the
   * same id, and continue each other's workflows.
   */
  readonly id: string;
  /** The version in package.json. */
  readonly release: string;
}

/** The name under which Temporal lists the builds of this shop. */
export const DEPLOYMENT_NAME = 'gigabridge';

/** @returns the build in `dist`; `undefined` when the process runs from sources, where workflows are not versioned */
export function readBuild(distFolder: string): Build | undefined {
  try {
    return JSON.parse(readFileSync(path.join(distFolder, 'build.json'), 'utf8')) as Build;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * How a Temporal worker of this build introduces itself. Every workflow is pinned: all of a run, with its activities on
 * all of our task queues, is done by workers of the build it began on. A workflow that moved to another build would
 * have to be replayable there, which nothing here provides for (no `patched`); the scheduled ones are pinned too, since
 * they end within minutes.
 */
export function deploymentOptions({ id }: Pick<Build, 'id'>): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: DEPLOYMENT_NAME, buildId: id },
    defaultVersioningBehavior: 'PINNED',
  };
}
