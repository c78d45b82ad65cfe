import { Context } from '@temporalio/activity';

/** A long activity sends a heartbeat this often, whatever it waits for. */
const INTERVAL_MS = 3_000;
/**
 * New progress is sent this often at most. Each heartbeat is encoded and handed to the SDK, which passes on one in
 * seconds: thirty thousand of them in a minute took a gigabyte (bench/README.md, "Reminders").
 */
const PROGRESS_INTERVAL_MS = 500;

/**
 * Runs a long activity that goes on where its last attempt stopped: its progress travels with its heartbeats, and the
 * attempt after a kill gets what was sent last.
 *
 * @param work receives the last attempt's progress, a function that saves new progress, and a signal that stops it
 */
export async function withHeartbeat<Progress, T>(
  work: (from: Progress | undefined, save: (progress: Progress) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let progress = context.info.heartbeatDetails as Progress | undefined;
  let sentAt = 0;
  const beat = () => {
    sentAt = performance.now();
    context.heartbeat(progress);
  };
  beat();
  const timer = setInterval(beat, INTERVAL_MS);
  try {
    return await work(
      progress,
      (newest) => {
        progress = newest;
        if (performance.now() - sentAt >= PROGRESS_INTERVAL_MS) beat();
      },
      context.cancellationSignal,
    );
  } finally {
    clearInterval(timer);
    // The newest progress, also when this attempt fails: the next one begins there.
    beat();
  }
}
