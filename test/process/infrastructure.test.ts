/**
 * What bot and worker do at start while PostgreSQL, Redis or Temporal is not there: real ones, behind a proxy that
 * starts to forward late or never.
 */
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { DependencyUnavailableError } from '../../src/process/waitFor';
import { openInfrastructure, type Infrastructure, type InfrastructureSettings } from '../../src/process/infrastructure';
import { createTestDatabase, testEnvironment, type TestDatabase } from '../support/environment';
import { freePort } from '../support/ports';
import { startRedis, type TestRedis } from '../support/redis';
import { waitUntil } from '../support/wait';

const PASSWORD = 'the-password-nobody-may-see';
let database: TestDatabase;
let redis: TestRedis;
let settings: InfrastructureSettings;
beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startRedis()]);
  settings = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: 'default',
  };
});
afterAll(async () => {
  await redis.close();
  await database.close();
});

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server on `port` that hands connections on to `target`, or keeps them and says nothing. */
async function door(port: number, target?: { host: string; port: number }): Promise<void> {
  const sockets = new Set<net.Socket>();
  const keep = (socket: net.Socket) => sockets.add(socket.on('error', () => undefined));
  const server = net.createServer((socket) => {
    keep(socket);
    if (!target) return;
    const onward = net.connect(target);
    keep(onward);
    socket.pipe(onward).pipe(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

type Part = 'PostgreSQL' | 'Redis' | 'Temporal';
const PARTS: readonly [Part, keyof InfrastructureSettings][] = [
  ['PostgreSQL', 'DATABASE_URL'],
  ['Redis', 'REDIS_URL'],
  ['Temporal', 'TEMPORAL_ADDRESS'],
];

/** The settings with one part behind `port`, and where that part really is. */
function behind(part: Part, port: number): { moved: InfrastructureSettings; real: { host: string; port: number } } {
  if (part === 'Temporal') {
    const [host = '', realPort] = settings.TEMPORAL_ADDRESS.split(':');
    return { moved: { ...settings, TEMPORAL_ADDRESS: `127.0.0.1:${port}` }, real: { host, port: Number(realPort) } };
  }
  const name = part === 'Redis' ? 'REDIS_URL' : 'DATABASE_URL';
  const url = new URL(settings[name]);
  const real = { host: url.hostname, port: Number(url.port) };
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return { moved: { ...settings, [name]: url.href }, real };
}

function listen(): { logger: pino.Logger; said: string[] } {
  const said: string[] = [];
  return { said, logger: pino({ level: 'info' }, { write: (line: string) => void said.push(line) }) };
}
const hasSaid = (said: readonly string[], words: string) => said.some((line) => line.includes(words));

describe.each(PARTS)('without %s', (part, setting) => {
  it('the start waits and says so, and goes on by itself once it is there', async () => {
    const port = await freePort();
    const { moved, real } = behind(part, port);
    const { logger, said } = listen();
    let ready: Infrastructure | undefined;
    const opening = openInfrastructure(moved, logger, new AbortController().signal, { pauseMs: 50 }).then(
      (it) => (ready = it),
    );
    await waitUntil(() => hasSaid(said, `waiting for ${part} at 127.0.0.1:${port}`), {
      what: 'it is said what is missing',
    });
    expect(ready).toBeUndefined();
    await door(port, real);
    const { pool, close } = await opening;
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(hasSaid(said, `${part} is there`)).toBe(true);
    await close();
  });

  it.each(['nobody listens', 'somebody listens and says nothing'])(
    'the start is given up with what to do, when %s',
    async (how) => {
      const port = await freePort();
      const { moved } = behind(part, port);
      const secret =
        part === 'PostgreSQL'
          ? { DATABASE_URL: `postgres://shop:${PASSWORD}@127.0.0.1:${port}/shop` }
          : part === 'Redis'
            ? { REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:${port}` }
            : {};
      if (how !== 'nobody listens') await door(port);
      const { logger, said } = listen();
      const error = await openInfrastructure({ ...moved, ...secret }, logger, new AbortController().signal, {
        giveUpAfterMs: 5_000,
        attemptMs: 400,
        pauseMs: 50,
      }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DependencyUnavailableError);
      expect((error as Error).message).toMatch(
        new RegExp(
          `^${part} did not answer at 127\\.0\\.0\\.1:${port} for 5 s .*correct ${setting}; nothing was changed\\.$`,
        ),
      );
      expect(hasSaid(said, `waiting for ${part} at 127.0.0.1:${port}`)).toBe(true);
      expect(said.join('') + String((error as Error).stack)).not.toContain(PASSWORD);
    },
  );
});
