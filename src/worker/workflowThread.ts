/**
 * One time limit for the thread that workflows run in, instead of one for each call into it.
 *
 * Workflow code that never ends its turn (`for (;;);`) must be found. The SDK (1.24) gives each of the four to six
 * calls of a workflow task `isolateExecutionTimeout`, which can't be switched off, and for each Node starts a thread
 * and ends it (`timeout` of vm.Script.runInContext). For a purchase these are 23 threads, a quarter of what its
 * workflow takes (bench/README.md, "Money to key").
 */
import { Worker } from '@temporalio/worker';
import type { Logger } from '@temporalio/common';
import type { CompiledWorkerOptions } from '@temporalio/worker/lib/worker-options';
import type { WorkflowBundleWithSourceMapAndFilename } from '@temporalio/worker/lib/workflow/workflow-worker-thread/input';
import type { Workflow, WorkflowCreator } from '@temporalio/worker/lib/workflow/interface';

const CHECK_EVERY_MS = 1_000;
/**
 * A task takes milliseconds. Checks are counted, not time: a process that was paused, as by a laptop's sleep, has had
 * one check and not ten.
 */
const CHECKS_WITHOUT_ANSWER = 10;

/**
 * A worker that ends its process with code 1 when the workflow thread has not answered for 10 s. Nothing can interrupt
 * what runs in it, and all other workflows wait. What the process was doing is taken up by the next one; the workflow
 * task itself fails at Temporal, which waits longer before each further attempt, so that the others go on meanwhile.
 */
export class WorkflowWorker extends Worker {
  protected static override async createWorkflowCreator(
    bundle: WorkflowBundleWithSourceMapAndFilename,
    options: CompiledWorkerOptions,
    logger: Logger,
  ): Promise<WorkflowCreator> {
    const unlimited = { ...options, isolateExecutionTimeoutMs: undefined as unknown as number };
    return watchThread(await super.createWorkflowCreator(bundle, unlimited, logger), (runIds) => {
      const waiting = runIds.join(', ');
      logger.error(`Workflow code holds its thread for 10 s, so this process ends; runs that wait for it: ${waiting}`);
      process.exit(1);
    });
  }
}

/**
 * Passes everything on, and notices when nothing is answered any more.
 * @param onSilence gets the ids of the runs that wait for the thread; one of them is what holds it
 */
export function watchThread(creator: WorkflowCreator, onSilence: (runIds: readonly string[]) => void): WorkflowCreator {
  const waiting = new Map<symbol, string>();
  let checks = 0;
  const timer = setInterval(() => {
    checks = waiting.size === 0 ? 0 : checks + 1;
    if (checks >= CHECKS_WITHOUT_ANSWER) onSilence([...new Set(waiting.values())]);
  }, CHECK_EVERY_MS).unref();

  const watched = async <T>(runId: string, call: () => Promise<T>): Promise<T> => {
    const one = Symbol(runId);
    waiting.set(one, runId);
    try {
      return await call();
    } finally {
      waiting.delete(one);
      checks = 0;
    }
  };
  return {
    async createWorkflow(options) {
      const { runId } = options.info;
      const workflow = await watched(runId, () => creator.createWorkflow(options));
      return {
        activate: (activation) => watched(runId, () => workflow.activate(activation)),
        getAndResetSinkCalls: () => workflow.getAndResetSinkCalls(),
        dispose: () => watched(runId, () => workflow.dispose()),
      } satisfies Workflow;
    },
    async destroy() {
      clearInterval(timer);
      await creator.destroy();
    },
  };
}
