import type { Pool, PoolClient } from 'pg';
import { UnusableDatabaseError } from './migrate';

/** Asked at once: of a session each has a server process of its own. Less than any pool of the shop has. */
const CLIENTS = 3;
/** How often each is asked. */
const TRIES = 3;

/**
 * PgBouncer in transaction mode gives each transaction any connection to the server, so locks and settings of a session
 * would be somebody else's: two processes could migrate at once.
 *
 * It is recognised by the server's process: in a session it is always the same one, and nobody else's. A pooler that
 * gives the connection that was used last gives one client another's; one that gives each in its turn
 * (`server_round_robin`) gives the same client another one the next time. So each is asked several times, in and out of
 * transactions, while the transactions of the others are open.
 *
 * @throws UnusableDatabaseError for a pooler that lends connections by transaction or by statement
 */
export async function requireSessions(pool: Pick<Pool, 'connect'>): Promise<void> {
  const clients: PoolClient[] = [];
  try {
    for (let n = 0; n < CLIENTS; n += 1) clients.push(await pool.connect());
    /** Which client has which process. */
    const owners = new Map<number, PoolClient>();
    const ask = async (client: PoolClient): Promise<void> => {
      const pid = await backendOf(client);
      const known = [...owners].find(([, owner]) => owner === client)?.[0];
      if ((owners.get(pid) ?? client) !== client || (known ?? pid) !== pid) throw TRANSACTION_MODE;
      owners.set(pid, client);
    };
    for (const client of clients) for (let time = 0; time < TRIES; time += 1) await ask(client);
    for (const client of clients) {
      await client.query('BEGIN').catch((error: unknown) => Promise.reject(explainPoolerRefusal(error) as Error));
      // Those before it have a transaction open, those behind it have none.
      for (const one of clients) await ask(one);
    }
    for (const client of clients) await client.query('COMMIT');
  } catch (error) {
    // An open transaction goes with its connection.
    for (const client of clients.splice(0)) client.release(true);
    throw error;
  } finally {
    for (const client of clients) client.release();
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
