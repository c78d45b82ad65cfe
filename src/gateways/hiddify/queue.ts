import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError } from '../errors';

/** Runs writes to one panel one after another. */
export type WriteQueue = <T>(operation: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>;

/**
 * A serial queue for one panel in this process. Every write makes the panel start a job, and old panels run one at a
 * time, so parallel writes would only slow each other down.
 *
 * @param maxWaiting when this many writes wait already, a further one fails as `rate-limited`.
 * @param gapMs pause between two writes.
 */
export function createWriteQueue({ maxWaiting, gapMs }: { maxWaiting: number; gapMs: number }): WriteQueue {
  let waiting = 0;
  let tail: Promise<unknown> = Promise.resolve();
  return async (operation, signal, work) => {
    if (waiting >= maxWaiting) {
      throw new GatewayError(
        `hiddify ${operation}: ${maxWaiting} writes are already waiting for this panel; try again later`,
        {
          service: 'hiddify',
          kind: 'rate-limited',
          operation,
          code: 'queue-full',
          retryAfterMs: 5_000,
        },
      );
    }
    waiting += 1;
    const before = tail;
    let leave: () => void = () => undefined;
    tail = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await before;
    waiting -= 1;
    try {
      if (signal?.aborted) {
        throw new GatewayError(`hiddify ${operation}: cancelled before it was sent`, {
          service: 'hiddify',
          kind: 'unreachable',
          operation,
          code: 'cancelled',
        });
      }
      return await work();
    } finally {
      if (gapMs > 0) void pause(gapMs, undefined, { ref: false }).then(leave);
      else leave();
    }
  };
}
