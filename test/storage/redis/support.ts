import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createRedisConnections, type RedisConnections } from '../../../src/storage/redis/connections';
import { TYPESCRIPT } from '../../support/children';
import { COMMAND_TIMEOUT_MS, startRedis, type TestRedis } from '../../support/redis';
import { waitUntil } from '../../support/wait';

export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface RedisUnderTest {
  readonly server: TestRedis;
  readonly connections: RedisConnections;
  /** Connections of another replica, closed with the file. */
  replica(): Promise<RedisConnections>;
  /** Waits until the connections have noticed that Redis is away, or back. */
  noticed(status: 'ready' | 'degraded'): Promise<void>;
}

/** What connections of tests are made with, beside their address. */
export const LONG_TIME_LIMIT = { logger: quiet, commandTimeoutMs: COMMAND_TIMEOUT_MS };

/**
 * One Redis for the file, emptied between tests. After every test no key without an expiry may be left in any database.
 */
export function useRedis(): RedisUnderTest {
  let server: TestRedis;
  let connections: RedisConnections;
  const replicas: RedisConnections[] = [];
  beforeAll(async () => {
    server = await startRedis();
    connections = createRedisConnections({ url: server.url, ...LONG_TIME_LIMIT });
    await connections.ready(20_000);
  });
  afterEach(async () => {
    if (connections.fsm.status !== 'ready') await server.restart();
    await connections.ready(20_000);
    expect(await keysWithoutExpiry(connections)).toEqual([]);
    await connections.fsm.flushall();
  });
  afterAll(async () => {
    await Promise.all([...replicas, connections].map((open) => open?.close()));
    await server?.close();
  });
  return {
    get server() {
      return server;
    },
    get connections() {
      return connections;
    },
    async replica() {
      const another = createRedisConnections({ url: server.url, ...LONG_TIME_LIMIT });
      replicas.push(another);
      await another.ready(20_000);
      return another;
    },
    async noticed(status) {
      await waitUntil(() => statusesOf(connections).every((is) => is === status), {
        what: `connections are ${status}`,
      });
    },
  };
}

/** How the three connections stand. */
export function statusesOf({ fsm, cache, limits }: RedisConnections): ('ready' | 'degraded')[] {
  return [fsm, cache, limits].map(({ status }) => (status === 'ready' ? 'ready' : 'degraded'));
}

/** Waits until the time that a key has left has risen, which only a renewal does. */
export async function untilRenewed(client: Redis, key: string): Promise<void> {
  let left = Infinity;
  await waitUntil(
    async () => {
      const before = left;
      left = await client.pttl(key);
      return left > before;
    },
    { what: `${key} is renewed` },
  );
}

async function keysWithoutExpiry(connections: RedisConnections): Promise<string[]> {
  const found: string[] = [];
  for (const client of [connections.fsm, connections.cache, connections.limits]) {
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor, 'COUNT', 1000);
      for (const key of keys) if ((await client.pttl(key)) === -1) found.push(key);
      cursor = next;
    } while (cursor !== '0');
  }
  return found;
}

export interface Child {
  readonly lines: string[];
  /** The first line that begins with `text`. */
  line(text: string): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** @throws when it ends with anything but 0 */
  end(): Promise<void>;
}

const ROOT = path.resolve(__dirname, '../../..');

/** Another process: `children/NAME.ts`. It is killed with the test file at the latest. */
export function startChild(name: string, ...args: (string | number)[]): Child {
  const child = spawn(
    process.execPath,
    [...TYPESCRIPT, path.join(__dirname, 'children', `${name}.ts`), ...args.map(String)],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  children.push(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });
  return {
    lines,
    line: async (text) =>
      (await waitUntil(() => lines.find((line) => line.startsWith(text)), { what: `child says "${text}"` }))!,
    signal: (signal) => child.kill(signal),
    async end() {
      const [code] = (await exited) as [number | null];
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
    },
  };
}

const children: (() => void)[] = [];
afterAll(() => children.forEach((kill) => kill()));
