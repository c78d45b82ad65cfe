import { Context } from '@temporalio/activity';

/** A long activity heartbeats this often, whatever it waits for. */
const EVERY_MS = 3_000;
/**
 * A new position makes a heartbeat of its own at most this often. Each one is encoded and handed to the SDK, which passes on one
 * in seconds: thirty thousand of them in a minute took a gigabyte (bench/README.md, "Reminders").
 */
const POSITION_EVERY_MS = 500;

/**
 * Runs a long activity that can be taken up where it was: its position is in its heartbeats, and the attempt after a kill gets
 * the last one.
 *
 * @param work receives the position the last attempt left, and a function that notes a new one
 */
export async function resumable<Position, T>(
  work: (from: Position | undefined, note: (position: Position) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let position = context.info.heartbeatDetails as Position | undefined;
  let lastBeatAt = 0;
  const beat = () => {
    lastBeatAt = performance.now();
    context.heartbeat(position);
  };
  beat();
  const timer = setInterval(beat, EVERY_MS);
  try {
    return await work(
      position,
      (at) => {
        position = at;
        if (performance.now() - lastBeatAt >= POSITION_EVERY_MS) beat();
      },
      context.cancellationSignal,
    );
  } finally {
    clearInterval(timer);
    // The newest position, also when this attempt fails: the next one begins there.
    beat();
  }
}
