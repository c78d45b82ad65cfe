/** One close watch of this process. */
export interface OpenWatch {
  /** Resolves when it is called off. */
  readonly calledOff: Promise<void>;
  isCalledOff(): boolean;
  close(): void;
}

export interface OpenWatches {
  open(paymentId: string): OpenWatch;
  /** The money is recorded, or the key is out: nothing is left to be watched. */
  callOff(paymentId: string): void;
}

/**
 * The close watches of this process, so that one whose payment is over ends at once. It is a short cut: a watch in another process, and
 * one that nobody called off, hears of its cancellation from Temporal, with its next sign of life up to fifteen seconds later.
 * What it spares is in bench/README.md, "Money to key".
 */
export function createOpenWatches(): OpenWatches {
  const open = new Map<string, Set<() => void>>();
  return {
    open(paymentId) {
      let over = false;
      let callOff = (): void => undefined;
      const calledOff = new Promise<void>((resolve) => {
        callOff = () => {
          over = true;
          resolve();
        };
      });
      // Two attempts overlap when the first one's worker was only thought to be dead.
      const attempts = open.get(paymentId) ?? new Set();
      open.set(paymentId, attempts.add(callOff));
      return {
        calledOff,
        isCalledOff: () => over,
        close() {
          attempts.delete(callOff);
          if (attempts.size === 0 && open.get(paymentId) === attempts) open.delete(paymentId);
        },
      };
    },
    callOff(paymentId) {
      for (const callOff of open.get(paymentId) ?? []) callOff();
    },
  };
}
