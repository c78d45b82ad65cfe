/** Redis did not do what it was asked: away, restarting, too slow, full or not allowing it. Nothing is known about the effect. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
  /** What was being done, in our words: `fsm read`, `limit messages`. */
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
 * Replies that speak of the server's state and not of the command: it loads, was demoted, is full, or refuses this client.
 * (Redis documentation, "Redis serialization protocol", simple errors.)
 */
const SERVER_STATE =
  /^(LOADING|READONLY|MISCONF|OOM|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM)\b/;

/**
 * Runs one command.
 * @throws RedisUnavailableError for everything that is the connection's or the server's state; an error about the command itself
 *   (WRONGTYPE, a fault in a script) is thrown as it is, because another try would end the same way
 */
export async function reach<T>(operation: string, command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError' && !SERVER_STATE.test(error.message)) throw error;
    throw new RedisUnavailableError(operation, error);
  }
}

/** The key holds another kind of value than the command works on. */
export function isWrongType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('WRONGTYPE');
}

/** Waits for `work`, and gives `fallback` instead when Redis is away. Other errors pass. */
export async function unlessAway<T, F>(work: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    if (isRedisUnavailable(error)) return fallback;
    throw error;
  }
}
