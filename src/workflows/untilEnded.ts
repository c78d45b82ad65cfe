import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/** How often somebody (a person, a notification) has wanted something to be tried now. */
export interface Calls {
  readonly calls: number;
}

/** @returns whether somebody has called since this was asked last, or since now */
export function untilCalled(signals: Calls): () => boolean {
  let heard = signals.calls;
  return () => {
    const isCalled = signals.calls !== heard;
    heard = signals.calls;
    return isCalled;
  };
}

/** Where a wait that may last for very long goes on in a new run. */
export interface HandOver {
  isDue(): boolean;
  /** Ends this run if it is due. */
  whenDue(): Promise<void>;
}
const NEVER: HandOver = { isDue: () => false, whenDue: async () => undefined };

/**
 * Runs an activity to its end. A call from outside ends the pause before its next attempt: however long a pause a
 * service has named, a person or a notification never waits it out. What an attempt under way has asked for is not
 * broken off, unless it only reads. What has been called for stays with whoever acts on it: a call only ends the pause.
 *
 * @param start starts the activity, which must be safe to repeat and wait for a running attempt when it is cancelled
 *   (`WAIT_CANCELLATION_COMPLETED`)
 * @param handOver where a run whose history has grown long goes on instead; default: nowhere
 */
export async function untilEnded<T>(start: () => Promise<T>, signals: Calls, handOver: HandOver = NEVER): Promise<T> {
  for (;;) {
    const outcome = await untilEndedOrCalled(start, signals, handOver);
    if (outcome !== undefined) return outcome.value;
  }
}

/**
 * The same, but a call ends it, for a wait after which something else is looked at.
 * @param until when it is stopped, epoch ms; default: never
 * @returns `undefined`: somebody has called before it ended, or that time has come
 */
export async function untilEndedOrCalled<T>(
  start: () => Promise<T>,
  signals: Calls,
  handOver: HandOver = NEVER,
  until = Infinity,
): Promise<{ readonly value: T } | undefined> {
  const isCalled = untilCalled(signals);
  const scope = new CancellationScope();
  let hasEnded = false;
  const ended = scope
    .run(start)
    .then(
      (value) => ({ value }),
      (error: unknown) => {
        // An attempt that was running when it was stopped ends as it would have ended: when it fails, the next begins.
        if (isCancellation(error) || scope.consideredCancelled) return undefined;
        throw error;
      },
    )
    .finally(() => (hasEnded = true));
  const isStopped = () => hasEnded || isCalled() || handOver.isDue();
  await Promise.race([
    ended,
    until === Infinity ? condition(isStopped) : condition(isStopped, Math.max(0, until - Date.now())),
  ]);
  if (!hasEnded) scope.cancel();
  const outcome = await ended;
  if (outcome === undefined) await handOver.whenDue();
  return outcome;
}
