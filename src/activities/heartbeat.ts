import { cancellationSignal, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/** New progress is sent this often at most: each heartbeat is encoded and handed to the SDK. */
const PROGRESS_INTERVAL_MS = 500;

/** What each running activity has done so far, where it goes on after a kill. */
const progressOf = new WeakMap<Context, unknown>();

/**
 * Every activity says every `intervalMs` that its worker lives, for as long as it runs. One whose worker has died is
 * then found within its heartbeat timeout (`src/workflows/retryPolicies.ts`) instead of its start-to-close timeout.
 * Most are over before the first heartbeat, so it costs nothing.
 *
 * With its heartbeats an activity also learns that it is cancelled: its `cancellationSignal` fires. That signal is for
 * reads; a call that has an effect is never broken off, because it may have it all the same.
 */
export const heartbeats =
  (intervalMs: number) =>
  (context: Context): ActivityInboundCallsInterceptor => ({
    async execute(input, next) {
      // Without such a timeout nobody reads them; a local activity has none.
      if (!context.info.heartbeatTimeoutMs) return next(input);
      const timer = setInterval(() => beat(context), intervalMs);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  });

/** One without details would delete the progress that Temporal has. */
function beat(context: Context): void {
  context.heartbeat(progressOf.has(context) ? progressOf.get(context) : context.info.heartbeatDetails);
}

/**
 * Runs a long activity that goes on where its last attempt stopped: its progress travels with its heartbeats, and the
 * attempt after a kill gets what was sent last.
 *
 * @param work receives the last attempt's progress, a function that saves new progress, and a signal that stops it
 */
export async function withProgress<Progress, T>(
  work: (from: Progress | undefined, save: (progress: Progress) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let sentAt = -Infinity;
  try {
    return await work(
      context.info.heartbeatDetails as Progress | undefined,
      (newest) => {
        progressOf.set(context, newest);
        if (performance.now() - sentAt < PROGRESS_INTERVAL_MS) return;
        sentAt = performance.now();
        beat(context);
      },
      cancellationSignal(),
    );
  } finally {
    // The newest progress, also when this attempt fails: the next one begins there.
    if (progressOf.has(context)) beat(context);
  }
}
