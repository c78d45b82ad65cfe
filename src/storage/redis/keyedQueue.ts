/** First come, first served, one at a time for each key, inside this process. */
export interface KeyedQueue {
  /**
   * Waits for the key's turn.
   * @returns call it when done; the next in line goes on
   * @throws QueueTimeoutError when the turn has not come within `waitMs`
   */
  enter(key: string, waitMs: number): Promise<() => void>;
  /** Keys in use, for tests: nothing may pile up. */
  size(): number;
}

export class QueueTimeoutError extends Error {
  override readonly name = 'QueueTimeoutError';
}

export function createKeyedQueue(): KeyedQueue {
  const lines = new Map<string, (() => void)[]>();

  function leave(key: string): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = lines.get(key)?.shift();
      if (next) next();
      else lines.delete(key);
    };
  }

  return {
    size: () => lines.size,
    enter(key, waitMs) {
      const line = lines.get(key);
      if (!line) {
        lines.set(key, []);
        return Promise.resolve(leave(key));
      }
      return new Promise((resolve, reject) => {
        const go = (): void => {
          clearTimeout(timer);
          resolve(leave(key));
        };
        const timer = setTimeout(() => {
          line.splice(line.indexOf(go), 1);
          reject(new QueueTimeoutError(`no turn within ${waitMs} ms`));
        }, waitMs);
        line.push(go);
      });
    },
  };
}
