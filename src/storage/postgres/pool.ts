import { Pool, types, type PoolClient } from 'pg';

/** Whatever runs a query: the pool, or one connection inside a transaction. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

// int8 arrives as text; every bigint of ours (Telegram ids, row ids) is far below 2^53.
types.setTypeParser(types.builtins.INT8, (text) => Number(text));

export interface PoolOptions {
  readonly max?: number;
  /** Told of a lost idle connection; the pool replaces it by itself. */
  readonly onError: (error: Error) => void;
  /** How long an answer is waited for, in ms; another one only in tests. */
  readonly answerWithinMs?: number;
}

/** The server ends a statement after this time, in ms, and says so. */
const STATEMENT_MS = 30_000;
/**
 * A host that is gone without a word (power cut, a lost route) answers nothing and closes nothing: the client gives up
 * a little later than a living server would, and the connection with it.
 */
const ANSWER_MS = STATEMENT_MS + 5_000;

/**
 * TCP options of every connection. An idle one whose host is gone is noticed about 20 s after its last use: Linux asks
 * ten times, once a second (libuv, uv_tcp_keepalive).
 */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/**
 * A connection pool. A connection on which an answer did not come in time is closed and replaced, so that the pool
 * works again as soon as the database does.
 */
export function createPool(databaseUrl: string, { max = 20, onError, answerWithinMs = ANSWER_MS }: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: answerWithinMs,
    application_name: 'gigabridge',
    ...KEEP_ALIVE,
  });
  pool.on('error', onError);
  return pool;
}

/** Runs `work` in one transaction: all of it happened, or none. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return withConnection(pool, async (client) => {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

/**
 * Lends one connection. When `work` fails, what it has begun is rolled back; a connection that does not even take that
 * is closed, and the server rolls back by itself.
 */
export async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    broken = isAnswerMissing(error) ? error : await rollBack(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** @returns the error that makes the connection unusable */
async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The driver has no code for its own time limit. Another query would wait behind the one without an answer. */
function isAnswerMissing(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout';
}
