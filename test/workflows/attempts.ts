/** How a fake activity fails on the time-skipping server as a real one would on a real server. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** Epoch ms on the server's clock, after which the activity that asks is not tried again. */
export function triedUntil(): number {
  const { scheduledTimestampMs, scheduleToCloseTimeoutMs } = Context.current().info;
  return scheduledTimestampMs + scheduleToCloseTimeoutMs;
}

/** The worker dies in the middle of this attempt: nothing is heard of it any more. */
export async function loseWorker(): Promise<never> {
  const context = Context.current();
  Object.assign(context, { heartbeat: () => undefined });
  return context.cancelled;
}

/**
 * Fails the attempt, to be tried again while there is time. The test server ignores a time limit that ends on a whole
 * second and would try for ever, so the limit is checked here.
 * @param serverTime the server's clock, epoch ms
 */
export async function failAttempt(failure: ApplicationFailure, serverTime: () => Promise<number>): Promise<never> {
  throw (await serverTime()) > triedUntil() ? ApplicationFailure.nonRetryable(failure.message, failure.type) : failure;
}
