/**
 * The connection pool when the database’s host stops answering, and on a Unix socket. Behind PgBouncer:
 * test/process/pooler.test.ts.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { readSomeSettings } from '../../../src/config/settings';
import { placeOf } from '../../../src/process/waitFor';
import { createPool, inTransaction } from '../../../src/storage/postgres/pool';
import { explainPoolerRefusal, requireSessions } from '../../../src/storage/postgres/requireSessions';
import { createTestDatabase, type TestDatabase } from '../../support/environment';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A wire to PostgreSQL that can be cut as a power cut would: nothing comes through, and nothing is closed. */
async function wire(): Promise<{ url: string; cut(): void; mend(): void }> {
  const url = new URL(database.url);
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<net.Socket>();
  let isCut = false;
  const keep = (socket: net.Socket) => sockets.add(socket.on('error', () => undefined));
  const server = net.createServer((near) => {
    const far = net.connect(target);
    const isOld = { dead: isCut };
    keep(near);
    keep(far);
    const pass = (from: net.Socket, to: net.Socket) =>
      from.on('data', (bytes: Buffer) => {
        // What was cut once never comes back; a new connection is made when the host is there again.
        isOld.dead ||= isCut;
        if (!isOld.dead) to.write(bytes);
      });
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as net.AddressInfo).port);
  return { url: url.href, cut: () => void (isCut = true), mend: () => void (isCut = false) };
}

function pooled(url: string, answerWithinMs: number, max = 3): Pool {
  const pool = createPool(url, { max, answerWithinMs, onError: () => undefined });
  closers.push(() => pool.end());
  return pool;
}

describe('a host that stops answering without closing its connections', () => {
  it('fails what waits for it in time, and the pool works again when the host is back', async () => {
    const { url, cut, mend } = await wire();
    const pool = pooled(url, 500);
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT pg_sleep(0.05)')));
    expect(pool.totalCount).toBe(3);
    cut();
    const failed = await Promise.allSettled([1, 2, 3].map(() => pool.query('SELECT 1')));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    mend();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('ends a transaction without waiting for an answer to its rollback', async () => {
    const { url, cut, mend } = await wire();
    const pool = pooled(url, 1_000, 1);
    const began = performance.now();
    const work = inTransaction(pool, async (client) => {
      cut();
      await client.query('SELECT 1');
    });
    await expect(work).rejects.toThrow('timeout');
    // One limit, not one for the query and one for the rollback.
    expect(performance.now() - began).toBeLessThan(1_900);
    mend();
    expect((await inTransaction(pool, (client) => client.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }]);
  });

  it('is noticed on idle connections too: keep-alive is on', () => {
    const { options } = pooled(database.url, 1_000) as unknown as { options: object };
    expect(options).toMatchObject({ keepAlive: true, keepAliveInitialDelayMillis: 10_000 });
  });
});

describe('a pooler', () => {
  it('is no problem where each client has a connection of its own, as PostgreSQL gives', async () => {
    await expect(requireSessions(pooled(database.url, 5_000))).resolves.toBeUndefined();
  });

  it('’s refusals are told apart from other errors', () => {
    const other = new Error('password authentication failed');
    expect(explainPoolerRefusal(other)).toBe(other);
  });
});

describe('a Unix socket', () => {
  const urls = (folder: string) => {
    const { username, password, pathname, port } = new URL(database.url);
    const query = `host=${encodeURIComponent(folder)}&port=${port}`;
    return [
      `postgres://${username}:${password}@${pathname}?${query}`,
      `postgres://${pathname}?${query}&user=${username}&password=${password}`,
    ];
  };

  it('is taken as an address, and is where the shop says that it waits', () => {
    for (const url of urls('/run/postgresql')) {
      expect(readSomeSettings(['DATABASE_URL'], { DATABASE_URL: url })).toEqual({ DATABASE_URL: url });
      expect(placeOf(url)).toBe('the socket in /run/postgresql');
    }
    expect(placeOf('postgres://u:p@%2Frun%2Fpostgresql/db')).toBe('the socket in /run/postgresql');
    expect(placeOf('postgres://u:secret@db.example:5432/x')).toBe('db.example:5432');
  });

  it('is connected to', async () => {
    const { hostname, port } = new URL(database.url);
    const folder = await mkdtemp(path.join(tmpdir(), 'gb-socket-'));
    // The tests' server listens on TCP only; this is its socket, under the name that PostgreSQL gives it.
    const socket = net.createServer((near) => {
      const far = net.connect({ host: hostname, port: Number(port) });
      near.pipe(far).pipe(near);
      for (const one of [near, far]) one.on('error', () => undefined);
    });
    socket.listen(path.join(folder, `.s.PGSQL.${port}`));
    await once(socket, 'listening');
    closers.push(async () => {
      socket.close();
      await rm(folder, { recursive: true });
    });
    for (const url of urls(folder))
      expect((await pooled(url, 5_000).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
