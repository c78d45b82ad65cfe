/** For each key one piece of work at a time within this process, in the order of the calls. */
export interface KeyedQueue {
  /**
   * Waits until everybody who entered before has left.
   * @returns the function that leaves and lets the next one in
   * @throws QueueTimeoutError when that took longer than `waitMs`
   */
  enter(key: string, waitMs: number): Promise<() => void>;
}

export class QueueTimeoutError extends Error {
  override readonly name = 'QueueTimeoutError';
}

export function createKeyedQueue(): KeyedQueue {
  /** Whoever waits, by key. A key that nobody holds has no entry. */
  const waiting = new Map<string, (() => void)[]>();

  function leave(key: string): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = waiting.get(key)?.shift();
      if (next) next();
      else waiting.delete(key);
    };
  }

  return {
    enter(key, waitMs) {
      const queue = waiting.get(key);
      if (!queue) {
        waiting.set(key, []);
        return Promise.resolve(leave(key));
      }
      return new Promise((resolve, reject) => {
        const go = (): void => {
          clearTimeout(timer);
          resolve(leave(key));
        };
        const timer = setTimeout(() => {
          queue.splice(queue.indexOf(go), 1);
          reject(new QueueTimeoutError(`not admitted within ${waitMs} ms`));
        }, waitMs);
        queue.push(go);
      });
    },
  };
}
