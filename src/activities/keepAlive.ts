import { Context } from '@temporalio/activity';

/** A third of the shortest heartbeat timeout (`src/workflows/retryPolicies.ts`), and a little less. */
const INTERVAL_MS = 2_000;

/**
 * The same activities, each of which says every two seconds that its worker lives, for as long as it runs. An activity
 * whose worker has died is then found within its heartbeat timeout instead of its start-to-close timeout. Most are over
 * before the first heartbeat, so it costs nothing.
 *
 * With its heartbeats an activity also learns that it is cancelled: its `cancellationSignal` fires. That signal is for
 * reads; a call that has an effect is never broken off, because it may have it all the same.
 *
 * Not for activities that heartbeat by themselves: a heartbeat without details would delete their progress.
 */
export function keepAlive<Activities extends object>(activities: Activities): Activities {
  const each = Object.entries(activities as Record<string, (...given: unknown[]) => Promise<unknown>>);
  return Object.fromEntries(each.map(([name, activity]) => [name, alive(activity)])) as Activities;
}

function alive(activity: (...given: unknown[]) => Promise<unknown>): typeof activity {
  return async (...given) => {
    const context = Context.current();
    // Without such a timeout nobody reads them; a local activity has none.
    if (!context.info.heartbeatTimeoutMs) return activity(...given);
    const timer = setInterval(() => context.heartbeat(), INTERVAL_MS);
    try {
      return await activity(...given);
    } finally {
      clearInterval(timer);
    }
  };
}
