/** The shop's start behind a real PgBouncer, in each of its modes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import pino from 'pino';
import { openInfrastructure, type Infrastructure } from '../../src/process/infrastructure';
import { migrate, UnusableDatabaseError } from '../../src/storage/postgres/migrate';
import { inTransaction } from '../../src/storage/postgres/pool';
import { createTestDatabase, testEnvironment, type TestDatabase } from '../support/environment';
import { startPgbouncer, type PoolerSettings } from '../support/pgbouncer';
import { startRedis, type TestRedis } from '../support/redis';

let database: TestDatabase;
let redis: TestRedis;
beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startRedis()]);
});
afterAll(async () => {
  await redis?.close();
  await database?.close();
});

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function pooler(settings: PoolerSettings): Promise<string> {
  const { url, close } = await startPgbouncer(database.url, settings);
  closers.push(close);
  return url;
}

async function start(databaseUrl: string): Promise<Infrastructure> {
  const opened = await openInfrastructure(
    {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_NAMESPACE: 'default',
    },
    pino({ enabled: false }),
    new AbortController().signal,
  );
  closers.push(opened.close);
  return opened;
}

const IGNORED = { ignore_startup_parameters: 'statement_timeout' };

describe('behind PgBouncer', () => {
  it('in session mode the shop starts, and works as without it', async () => {
    const url = await pooler({ pool_mode: 'session', ...IGNORED });
    const { pool } = await start(url);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        inTransaction(pool, async (client) => {
          await client.query('SELECT pg_advisory_xact_lock(7)');
          const { rows } = await client.query<{ index: number }>('SELECT $1::int AS index', [index]);
          return rows[0]!.index;
        }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => index));
    // Two at once: the lock of the session is the one's that holds it.
    expect(await Promise.all([migrate(url), migrate(url)])).toEqual([true, true]);
  });

  it.each(['transaction', 'statement'] as const)(
    'in %s mode the start is refused with a sentence that says what to set',
    async (pool_mode) => {
      const refusal = start(await pooler({ pool_mode, ...IGNORED }));
      await expect(refusal).rejects.toThrow(UnusableDatabaseError);
      await expect(refusal).rejects.toThrow(
        'DATABASE_URL leads to a pooler that lends connections by transaction (PgBouncer with pool_mode = transaction or statement). Set pool_mode = session',
      );
    },
  );

  it('in transaction mode that gives each of several connections in its turn the start is refused all the same', async () => {
    const url = await pooler({ pool_mode: 'transaction', server_round_robin: 1, ...IGNORED });
    const others = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        closers.push(() => client.end());
        return client;
      }),
    );
    // Transactions at once: from then on there are six idle connections to the server.
    for (const client of others) await client.query('BEGIN');
    const pids = await Promise.all(others.map((client) => client.query('SELECT pg_backend_pid() AS pid')));
    expect(new Set(pids.map(({ rows }) => rows[0].pid)).size).toBe(6);
    for (const client of others) await client.query('COMMIT');
    await expect(start(url)).rejects.toThrow('(PgBouncer with pool_mode = transaction or statement)');
  });

  it('that does not know of the time limit of statements the start is refused, with what to add', async () => {
    const refusal = start(await pooler({ pool_mode: 'session' }));
    await expect(refusal).rejects.toThrow(UnusableDatabaseError);
    await expect(refusal).rejects.toThrow(
      /statement_timeout\. Add `ignore_startup_parameters = statement_timeout` and `pool_mode = session`/,
    );
  });
});
