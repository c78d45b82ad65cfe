/**
 * Runs loads that bypass the cache: a few at a time. Callers who ask for the same key while its load waits share one
 * load.
 */
export interface LoadQueue {
  run<T>(key: string, load: () => Promise<T>): Promise<T>;
}

/**
 * A load is shared only until it begins: one that is running may have read PostgreSQL before a write that the caller
 * already knows of.
 * @param limit loads that may run at once
 */
export function createLoadQueue(limit: number): LoadQueue {
  const waiting = new Map<string, Promise<unknown>>();
  /** Admits the next waiting load. */
  const admissions: (() => void)[] = [];
  let running = 0;

  function admitted(): Promise<void> | undefined {
    if (running < limit) {
      running += 1;
      return undefined;
    }
    return new Promise((resolve) => admissions.push(resolve));
  }

  function done(): void {
    const next = admissions.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    run<T>(key: string, load: () => Promise<T>): Promise<T> {
      const shared = waiting.get(key);
      if (shared) return shared as Promise<T>;
      const task = (async () => {
        await admitted();
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
