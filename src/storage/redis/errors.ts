/**
 * A command failed because Redis is away, restarting, too slow, full or refuses this client. Whether it took effect is
 * unknown.
 */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
  /** What was being done: `fsm read`, `limit messages`. */
  readonly operation: string;

  constructor(operation: string, cause: unknown) {
    super(`Redis is not available (${operation})`, { cause });
    this.operation = operation;
  }
}

export function isRedisUnavailable(error: unknown): error is RedisUnavailableError {
  return error instanceof RedisUnavailableError;
}

/**
 * Error replies about the server's state rather than the command: it is loading, became a replica, is full, or refuses
 * this client (Redis documentation, "Redis serialization protocol", simple errors).
 */
const SERVER_STATE =
  /^(LOADING|READONLY|MISCONF|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM)\b/;

/**
 * Runs one command.
 * @throws RedisUnavailableError for everything that is the connection's or the server's state; an error about the
 *   command itself (WRONGTYPE, a fault in a script) is thrown as it is, because another try would end the same way
 */
export async function reach<T>(operation: string, command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError' && !SERVER_STATE.test(error.message)) throw error;
    throw new RedisUnavailableError(operation, error);
  }
}

/** The key holds another type of value than the command works on. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

/** The result of `work`, or `fallback` when Redis is away. Other errors are thrown. */
export async function unlessAway<T, F>(work: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    if (isRedisUnavailable(error)) return fallback;
    throw error;
  }
}
