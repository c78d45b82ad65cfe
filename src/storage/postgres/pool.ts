import { Pool, types, type PoolClient } from 'pg';

/** Whatever runs a query: the pool, or one connection inside a transaction. */
export type Queryable = Pick<Pool | PoolClient, 'query'>;

// int8 arrives as text; every bigint of ours (Telegram ids, row ids) is far below 2^53.
types.setTypeParser(types.builtins.INT8, (text) => Number(text));

/**
 * A connection pool.
 * @param onError told of a lost idle connection; the pool replaces it by itself
 */
export function createPool(databaseUrl: string, options: { max?: number; onError: (error: Error) => void }): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: options.max ?? 20,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    application_name: 'gigabridge',
  });
  pool.on('error', options.onError);
  return pool;
}

/** Runs `work` in one transaction: all of it happened, or none. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    try {
      await client.query('ROLLBACK');
    } catch (rollbackError) {
      // The connection is gone and the server has rolled back by itself; the pool must not reuse it.
      broken = rollbackError as Error;
    }
    throw error;
  } finally {
    client.release(broken);
  }
}
