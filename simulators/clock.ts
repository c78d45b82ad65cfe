/** Longest timer of Node, which fires longer ones at once. A longer wait is split into several timers. */
const LONGEST_TIMER_MS = 2_000_000_000;

interface Job {
  readonly at: number;
  readonly run: () => void;
}

/**
 * The simulator's time: the machine's plus an offset, so that "an hour later" is one call.
 * Jobs run in the order they are due, also when a jump makes many of them due at once.
 */
export class VirtualClock {
  #offsetMs = 0;
  #jobs: Job[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Unix milliseconds of the simulated world. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.#runDue();
  }

  /**
   * Runs `run` once the clock reaches `at`; never within this call, so that the caller finishes its own change first.
   */
  at(at: number, run: () => void): void {
    let low = 0;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#jobs[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    this.#jobs.splice(low, 0, { at, run });
    if (low === 0) this.#arm();
  }

  /** Forgets every job; the offset stays unless it is set anew. */
  clear(): void {
    this.#jobs = [];
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#jobs[0];
    if (next)
      this.#timer = setTimeout(() => this.#runDue(), Math.min(Math.max(next.at - this.now(), 0), LONGEST_TIMER_MS));
  }

  #runDue(): void {
    const now = this.now();
    for (let next = this.#jobs[0]; next !== undefined && next.at <= now; next = this.#jobs[0]) {
      this.#jobs.shift();
      next.run();
    }
    this.#arm();
  }
}
