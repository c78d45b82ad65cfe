/** One call to the API or the checkout page, for tests and the demo's log. Holds no credentials. */
export interface LoggedCall {
  readonly seq: number;
  /** Virtual time, ISO. */
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly idempotenceKey?: string;
  /** HTTP status answered; 0 when the connection was reset or the caller left before an answer. */
  status: number;
  /** Whether the operation was carried out, whatever the caller got to see of it. */
  committed: boolean;
}

const MOST_CALLS = 20_000;

/** The latest calls, oldest first. */
export class CallLog {
  #calls: LoggedCall[] = [];
  #seq = 0;

  open(call: { at: string; method: string; path: string; idempotenceKey?: string }): LoggedCall {
    const logged: LoggedCall = { seq: (this.#seq += 1), ...call, status: 0, committed: false };
    this.#calls.push(logged);
    if (this.#calls.length > MOST_CALLS) this.#calls.splice(0, MOST_CALLS / 2);
    return logged;
  }

  since(seq: number): readonly LoggedCall[] {
    return this.#calls.filter((call) => call.seq > seq);
  }

  clear(): void {
    this.#calls = [];
    this.#seq = 0;
  }
}
