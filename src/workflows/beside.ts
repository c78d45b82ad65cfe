import { isCancellation, log } from '@temporalio/workflow';

/** Work that must end before its workflow does, but that nothing in the story waits for: messages, screens, accounts to remove. */
export interface Beside {
  readonly start: (work: Promise<unknown>) => void;
  readonly isQuiet: () => boolean;
  /** Waits for all of it, also for what is started meanwhile. */
  readonly settled: () => Promise<void>;
}

/** @param story what it runs beside, for the log */
export function openBeside(story: string): Beside {
  const running = new Set<Promise<unknown>>();
  return {
    start(work) {
      const guarded = work
        .catch((error: unknown) => {
          // A message that could not be delivered for a day must not fail it; the money's state is recorded elsewhere.
          if (!isCancellation(error)) log.warn(`work beside the ${story} was given up`, { error: String(error) });
        })
        .finally(() => running.delete(guarded));
      running.add(guarded);
    },
    isQuiet: () => running.size === 0,
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
