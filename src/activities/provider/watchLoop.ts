import type { Verdict } from '../../workflows/contracts/verdict';

export interface WatchClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Rejects when the activity is cancelled; may return early when the watch is stopped. */
  sleep(ms: number): Promise<void>;
}

export interface WatchRun {
  readonly intervalMs: number;
  readonly untilMs: number;
  /** Asks once; a failed question counts as no news. */
  ask(): Promise<Verdict>;
  readonly clock: WatchClock;
  /** Whether the money was seen and recorded without this watch. */
  isStopped?(): boolean;
  /** Told before each question how late it comes, in ms. */
  onPoll?(latenessMs: number): void;
}

/**
 * Asks on a fixed grid that ends exactly at `untilMs`, so that a watch taken over by another worker keeps its rhythm
 * and its end, and the last question comes at the deadline itself: money that arrives in the last second is seen.
 */
export async function watchLoop({ intervalMs, untilMs, ask, clock, isStopped, onPoll }: WatchRun): Promise<Verdict> {
  let last = -Infinity;
  for (;;) {
    // A timer may ring a millisecond early; the same grid point must not be asked twice.
    const next = nextPoll(Math.max(clock.now(), last), intervalMs, untilMs);
    await clock.sleep(Math.max(0, next - clock.now()));
    if (isStopped?.()) return { status: 'succeeded' };
    onPoll?.(Math.max(0, clock.now() - next));
    last = next;
    const verdict = await ask();
    if (verdict.status !== 'pending' || next >= untilMs) return verdict;
  }
}

/** The first grid point after `now`, never beyond `untilMs`; `untilMs` itself when that has passed. */
export function nextPoll(now: number, intervalMs: number, untilMs: number): number {
  const remaining = untilMs - now;
  if (remaining <= intervalMs) return untilMs;
  const steps = Math.ceil(remaining / intervalMs) - 1;
  return untilMs - steps * intervalMs;
}
