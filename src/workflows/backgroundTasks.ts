import { isCancellation, log } from '@temporalio/workflow';

/** Work that has to end before its workflow does, but that no step waits for: messages, screens, accounts to remove. */
export interface BackgroundTasks {
  /** Takes the promise over: a failure is logged and goes no further. */
  start(task: Promise<unknown>): void;
  isIdle(): boolean;
  /** Waits until all of it has ended, also what is started meanwhile. */
  finish(): Promise<void>;
}

/** @param workflow its type, for the log */
export function createBackgroundTasks(workflow: string): BackgroundTasks {
  const running = new Set<Promise<unknown>>();
  return {
    start(task) {
      const guarded = task
        .catch((error: unknown) => {
          // A message that could not be delivered for a day must not fail the workflow: PostgreSQL says where the
          // money is.
          if (!isCancellation(error))
            log.warn(`a background task of the ${workflow} has failed`, { error: String(error) });
        })
        .finally(() => running.delete(guarded));
      running.add(guarded);
    },
    isIdle: () => running.size === 0,
    async finish() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
