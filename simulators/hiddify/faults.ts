/** How many more calls a fault affects; `method` limits it to one kind of write. */
export interface Strikes {
  times: number;
  method?: 'POST' | 'PATCH' | 'DELETE';
}

/** The fault switches of `/_sim/faults`. Absent, `null` or `false` is off. */
export interface Faults {
  /** Every connection breaks before an answer. */
  down?: boolean;
  /** The web server in front answers HTML 502; the panel behind it is not reached. */
  error502?: boolean;
  /**
   * The web server in front answers HTML 429 with this `Retry-After`, in seconds; the panel behind it is not reached.
   */
  tooManyRequests?: { retryAfter: number };
  /** Milliseconds before the request is handled. */
  latencyMs?: number;
  /** Milliseconds the user list takes on top. */
  slowListMs?: number;
  /** The write is done, then the connection breaks. */
  resetAfterCommit?: Strikes;
  /** The write is done, then a 500 comes (the panel could not start its apply job). */
  error500AfterCommit?: Strikes;
  /** The write is done, then the web server in front gives up waiting: HTML 502. */
  error502AfterCommit?: Strikes;
  /**
   * The web server in front gives up at once (HTML 504), and the panel carries the write out `ms` later, or without
   * `ms` at `POST /_sim/commit-late`. Until then a read shows the state before it.
   */
  commitsLate?: Strikes & { ms?: number };
  /** POST leaves a row called "unknown" with default values behind and answers 500 (the panel commits in two steps). */
  halfCreate?: Strikes;
  /** A write meets another one: 500 with a database conflict, nothing written. */
  sqlConflict?: Strikes;
  /** Milliseconds until the proxy cores learn of a write (`applied` in `/_sim/users`). */
  staleApply?: number;
  /** The proxies do not hear of a new account at all until it is written once more (Hiddify-Manager #4701, #5505). */
  deafToNew?: boolean;
  /** One bad row makes the whole list answer 500. */
  listCorrupt?: boolean;
  /** Uuid of an account whose row is damaged: the panel fails on it, in the list and by itself. */
  damagedRow?: string;
  /** The list is answered, but its first account has nothing but its uuid. */
  listOddRow?: boolean;
  /** Successful answers carry JSON of another shape, or (`truncated`) half a JSON text. The effect still happens. */
  nonsense?: boolean | 'truncated';
}

const NAMES: readonly (keyof Faults)[] = [
  'down',
  'error502',
  'tooManyRequests',
  'latencyMs',
  'slowListMs',
  'resetAfterCommit',
  'error500AfterCommit',
  'error502AfterCommit',
  'commitsLate',
  'halfCreate',
  'sqlConflict',
  'staleApply',
  'deafToNew',
  'listCorrupt',
  'damagedRow',
  'listOddRow',
  'nonsense',
];

/**
 * Merges a patch into the switches.
 * @throws Error naming a switch that does not exist: a typo must not look like a healthy run.
 */
export function patchFaults(faults: Faults, patch: Record<string, unknown>): void {
  for (const name of Object.keys(patch)) {
    if (!(NAMES as readonly string[]).includes(name))
      throw new Error(`no fault is called "${name}"; there are: ${NAMES.join(', ')}`);
  }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === false) delete faults[name as keyof Faults];
    else Object.assign(faults, { [name]: value });
  }
}

/** Counts down a fault if it is on and applies to this method. @returns whether it affects this call */
export function strikes(
  faults: Faults,
  name:
    'resetAfterCommit' | 'error500AfterCommit' | 'error502AfterCommit' | 'commitsLate' | 'halfCreate' | 'sqlConflict',
  method: string,
): boolean {
  const fault = faults[name];
  if (!fault || (fault.method !== undefined && fault.method !== method)) return false;
  fault.times -= 1;
  if (fault.times <= 0) delete faults[name];
  return true;
}
