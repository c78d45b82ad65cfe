/** One close watch of this process. */
export interface RunningWatch {
  /** Resolves when the watch is stopped. */
  readonly stopped: Promise<void>;
  isStopped(): boolean;
  /** The watch has ended, for whatever reason. */
  remove(): void;
}

export interface RunningWatches {
  add(paymentId: string): RunningWatch;
  /** Ends the watches of this payment: the money is recorded or the key is sent, so nothing is left to be watched. */
  stop(paymentId: string): void;
}

/**
 * The close watches of this process, so that one whose payment is over ends at once. It only saves time: a watch in
 * another process, or one that nobody stops, learns of its cancellation from Temporal with its next heartbeat, up to
 * six seconds later. What it saves: bench/README.md, "Money to key".
 */
export function createRunningWatches(): RunningWatches {
  const running = new Map<string, Set<() => void>>();
  return {
    add(paymentId) {
      let isStopped = false;
      let stop = (): void => undefined;
      const stopped = new Promise<void>((resolve) => {
        stop = () => {
          isStopped = true;
          resolve();
        };
      });
      // Two attempts overlap when the first one's worker was only thought to be dead.
      const attempts = running.get(paymentId) ?? new Set();
      running.set(paymentId, attempts.add(stop));
      return {
        stopped,
        isStopped: () => isStopped,
        remove() {
          attempts.delete(stop);
          if (attempts.size === 0 && running.get(paymentId) === attempts) running.delete(paymentId);
        },
      };
    },
    stop(paymentId) {
      for (const stop of running.get(paymentId) ?? []) stop();
    },
  };
}
