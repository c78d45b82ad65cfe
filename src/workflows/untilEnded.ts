import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/**
 * Runs an activity to its end. A call from outside ends the pause before its next attempt: however long a pause a
 * service has named, a person or a notification never waits it out. What an attempt under way has asked for is not
 * broken off, unless it only reads.
 *
 * @param start starts the activity, which must be safe to repeat and wait for a running attempt when it is cancelled
 *   (`WAIT_CANCELLATION_COMPLETED`)
 * @param takeCall whether somebody has called since; takes the call, so that it counts once
 */
export async function untilEnded<T>(start: () => Promise<T>, takeCall: () => boolean): Promise<T> {
  for (;;) {
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
    await Promise.race([ended, condition(() => hasEnded || takeCall())]);
    if (!hasEnded) scope.cancel();
    const outcome = await ended;
    if (outcome !== undefined) return outcome.value;
  }
}
