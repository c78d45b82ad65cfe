/** Runs loads without a cache in front of them: a few at a time, and one for all who ask for the same thing while it waits. */
export interface LoadQueue {
  run<T>(key: string, load: () => Promise<T>): Promise<T>;
}

/**
 * @param limit loads that may run at once
 *
 * Callers share a load only while it has not begun: one that has may have read the truth before the write they have just seen.
 */
export function createLoadQueue(limit: number): LoadQueue {
  const waiting = new Map<string, Promise<unknown>>();
  const line: (() => void)[] = [];
  let running = 0;

  function turn(): Promise<void> | undefined {
    if (running < limit) {
      running += 1;
      return undefined;
    }
    return new Promise((resolve) => line.push(resolve));
  }

  function done(): void {
    const next = line.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    run<T>(key: string, load: () => Promise<T>): Promise<T> {
      const shared = waiting.get(key);
      if (shared) return shared as Promise<T>;
      const task = (async () => {
        await turn();
        waiting.delete(key);
        try {
          return await load();
        } finally {
          done();
        }
      })();
      waiting.set(key, task);
      return task;
    },
  };
}
