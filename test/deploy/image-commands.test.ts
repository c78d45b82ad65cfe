/**
 * What the containers run, without containers: the commands of docker-compose.yml on `dist/`, as `npm run build` leaves
 * it.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { testEnvironment } from '../support/environment';
import { freePort } from '../support/ports';
import { startRedis } from '../support/redis';
import { asBot, withDatabase } from '../support/template-database';
import { createTestNamespace } from '../support/temporal';
import { waitUntil } from '../support/wait';
import { composeWith, fileText, ROOT } from './compose';

type Name = 'bot' | 'worker';
const BOTH: readonly Name[] = ['bot', 'worker'];

const BOT_TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const FILLED_IN = {
  BOT_TOKEN,
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'test_only_the_stand_in',
  POSTGRES_PASSWORD: 'a',
  APP_DB_PASSWORD: 'b',
  BOT_DB_PASSWORD: 'e',
  TEMPORAL_DB_PASSWORD: 'c',
  REDIS_PASSWORD: 'd',
};
const { services } = composeWith(FILLED_IN);

interface Running {
  readonly child: ChildProcess;
  output(): string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Where the containers find each other. */
const addresses: Record<string, string> = {};
const closers: (() => Promise<unknown>)[] = [];
const started: Running[] = [];

/** Starts a service's command with exactly its container's variables, but for the addresses. */
function run(name: Name, variables: Readonly<Record<string, string>>): Running {
  const [program = '', ...args] = services[name]?.command ?? [];
  const { DATABASE_URL = '' } = variables;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'production',
      ...services[name]?.environment,
      ...variables,
      ...(name === 'bot' ? { DATABASE_URL: asBot(DATABASE_URL) } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const running = { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
  started.push(running);
  return running;
}

const answers = async (port: number, page: string) =>
  (await fetch(`http://127.0.0.1:${port}${page}`)).json() as Promise<{ status: string }>;

async function becomesReady(running: Running, port: number): Promise<void> {
  await waitUntil(
    async () => {
      if (running.child.exitCode !== null) throw new Error(`it has ended: ${running.output()}`);
      return (await answers(port, '/readyz')).status === 'ok';
    },
    { what: 'it is ready' },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; it printed: ${running.output().slice(-3000)}`);
  });
}

/** The same kind of database as on a new server: nobody has migrated it. */
async function emptyDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const asAdmin = async (statement: string): Promise<void> => {
    const admin = new Client({ connectionString: testEnvironment('TEST_DATABASE_URL') });
    await admin.connect();
    await admin.query(statement).finally(() => admin.end());
  };
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE template0`);
  closers.unshift(() => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return withDatabase(testEnvironment('TEST_DATABASE_URL'), name);
}

beforeAll(async () => {
  for (const name of BOTH) {
    if (!existsSync(path.join(ROOT, 'dist', name, 'main.js')))
      throw new Error(`dist/${name}/main.js is missing: run \`npm run build\``);
  }
  const host = '127.0.0.1';
  const telegram = await startTelegram({ host, port: 0, token: BOT_TOKEN });
  const yookassa = await startYooKassa({
    host,
    port: 0,
    'shop-id': FILLED_IN.YOOKASSA_SHOP_ID,
    'secret-key': FILLED_IN.YOOKASSA_SECRET_KEY,
  });
  const redis = await startRedis();
  closers.push(
    () => telegram.close(),
    () => yookassa.close(),
    () => redis.close(),
  );
  Object.assign(addresses, {
    HTTP_HOST: host,
    TELEGRAM_API_ROOT: telegram.url,
    YOOKASSA_API_URL: `${yookassa.url}/v3`,
    DATABASE_URL: await emptyDatabase(),
    REDIS_URL: redis.url,
    TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: await createTestNamespace(),
  });
});

afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await ended;
  }
});

afterAll(async () => {
  for (const close of closers) await close();
});

describe('the containers', () => {
  it('become healthy and ready on an empty database, both at once, and stop cleanly when asked', async () => {
    const ports = { bot: await freePort(), worker: await freePort() };
    const both = BOTH.map((name) => ({
      name,
      port: ports[name],
      running: run(name, { ...addresses, HTTP_PORT: String(ports[name]) }),
    }));
    for (const { port, running } of both) {
      await becomesReady(running, port);
      expect(await answers(port, '/healthz')).toEqual({ status: 'ok' });
      await waitUntil(async () => (await probe(port)) === 0, { what: 'the probe of the container' });
    }
    for (const { running } of both) running.child.kill('SIGTERM');
    expect(await Promise.all(both.map(({ running }) => running.ended))).toEqual([0, 0]);
    // The process has stopped, so nothing listens there any more.
    expect(await probe(ports.bot)).toBe(1);
  });

  it.each(BOTH)('say everything that is wrong with the settings at once and do not start: %s', async (name) => {
    const running = run(name, {
      ...addresses,
      BOT_TOKEN: '',
      YOOKASSA_SHOP_ID: 'shop',
      REFUND_AFTER: 'tomorrow',
      HTTP_PORT: '0',
    });
    expect(await running.ended).toBe(1);
    for (const variable of ['BOT_TOKEN: is missing', 'REFUND_AFTER: ']) expect(running.output()).toContain(variable);
    // The bot does not look at what it has no use for.
    expect(running.output().includes('YOOKASSA_SHOP_ID: ')).toBe(name === 'worker');
    expect(running.output()).not.toContain(FILLED_IN.YOOKASSA_SECRET_KEY);
    expect(running.output()).not.toContain('    at ');
  });

  it.each(BOTH)('wait for a database that is not there yet, say so, and go on when it comes: %s', async (name) => {
    const real = new URL(addresses['DATABASE_URL'] ?? '');
    const late = new URL(real);
    late.port = String(await freePort());
    const port = await freePort();
    const running = run(name, { ...addresses, DATABASE_URL: late.href, HTTP_PORT: String(port) });
    await waitUntil(() => running.output().includes(`waiting for PostgreSQL at ${late.host}`), {
      what: 'it says that it waits',
    });
    expect(running.output()).not.toContain(real.password);
    const forward = await forwardTo(Number(late.port), { host: real.hostname, port: Number(real.port) });
    await becomesReady(running, port);
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    await forward.close();
  });

  it.each(BOTH)('stop at once when asked while they wait: %s', async (name) => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const running = run(name, {
      ...addresses,
      DATABASE_URL: `postgres://shop:secret@${nobody}/gigabridge`,
      HTTP_PORT: '0',
    });
    await waitUntil(() => running.output().includes(`waiting for PostgreSQL at ${nobody}`), {
      what: 'it says that it waits',
    });
    running.child.kill('SIGTERM');
    // Giving up by itself would take a minute and end with 1.
    expect(await running.ended).toBe(0);
    expect(running.output()).not.toContain('did not answer');
  });
});

/**
 * Runs the image's health check, which is also the one of docker-compose.yml, against a port.
 * @returns its exit code
 */
async function probe(port: number): Promise<number> {
  const command = JSON.parse(/HEALTHCHECK[^]*?CMD (\[.*\])\n/.exec(fileText('Dockerfile'))?.[1] ?? '[]') as string[];
  for (const name of BOTH) expect(services[name]?.healthcheck?.test).toEqual(['CMD', ...command]);
  const [, ...args] = command;
  return promisify(execFile)(process.execPath, args, { env: { HTTP_PORT: String(port) } }).then(
    () => 0,
    (error: { code: number }) => error.code,
  );
}

/** Makes a port lead to another place. */
async function forwardTo(port: number, target: net.NetConnectOpts): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
