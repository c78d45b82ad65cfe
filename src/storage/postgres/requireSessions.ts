import type { Pool, PoolClient } from 'pg';
import { UnusableDatabaseError } from './migrate';

/** More than enough: a pooler gives the connection that was used last. */
const TRIES = 5;

/**
 * PgBouncer in transaction mode gives each transaction any connection to the server, so locks and settings of a session
 * would be somebody else's: two processes could migrate at once.
 *
 * It is recognised by a connection to the server that two clients use in turn: the first one's, while it is still
 * connected, in a transaction of the second.
 *
 * @throws UnusableDatabaseError for a pooler that lends connections by transaction or by statement
 */
export async function requireSessions(pool: Pick<Pool, 'connect'>): Promise<void> {
  const [first, second] = [await pool.connect(), await pool.connect()];
  try {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const before = await backendOf(first);
      await second.query('BEGIN').catch((error: unknown) => Promise.reject(explainPoolerRefusal(error) as Error));
      const inTransaction = await backendOf(second);
      await second.query('COMMIT');
      if (before === inTransaction) throw TRANSACTION_MODE;
    }
  } finally {
    first.release();
    second.release();
  }
}

async function backendOf(client: Pick<PoolClient, 'query'>): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

const TRANSACTION_MODE = new UnusableDatabaseError(
  'DATABASE_URL leads to a pooler that lends connections by transaction (PgBouncer with pool_mode = transaction or statement)',
  'Set pool_mode = session for this database, or connect to PostgreSQL directly: the shop keeps 20 connections a process.',
);

/**
 * A pooler's refusal of the time limit that every connection asks for, or of a transaction, as a sentence; other errors
 * stay as they are.
 */
export function explainPoolerRefusal(error: unknown): unknown {
  const { message } = error as { message?: unknown };
  if (typeof message !== 'string') return error;
  if (/statement pooling mode/.test(message)) return TRANSACTION_MODE;
  if (!/unsupported startup parameter/.test(message)) return error;
  return new UnusableDatabaseError(
    'DATABASE_URL leads to PgBouncer, which refuses the setting statement_timeout',
    'Add `ignore_startup_parameters = statement_timeout` and `pool_mode = session` to its configuration, or connect to PostgreSQL directly.',
  );
}
