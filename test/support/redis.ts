import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { testEnvironment } from './environment';
import { freePort } from './ports';
import { waitUntil } from './wait';

/**
 * For the clients of tests, instead of the shop's one second. A process that stood still for longer than the limit
 * finds the answer and the timeout at the same time; if it handles the timeout first, it goes on as if Redis were away.
 */
export const COMMAND_TIMEOUT_MS = 20_000;

export interface TestRedis {
  /** Without a database number. The same before and after a restart. */
  readonly url: string;
  readonly port: number;
  /** Ends it as an operator would; with `keep` its data survives to the next `restart`. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `stop` or `kill`. */
  restart(): Promise<void>;
  /** Stops it for good and removes its folder. */
  close(): Promise<void>;
}

/**
 * A Redis of the test file's own.
 * @param options.settings beside or instead of the usual ones, as `redis-server` takes them
 * @param options.persistent keep the data in an append-only file flushed at every write, so that it survives `kill` and
 * `restart`
 */
export async function startRedis(
  options: { persistent?: boolean; settings?: readonly string[] } = {},
): Promise<TestRedis> {
  const program = testEnvironment('TEST_REDIS_BIN');
  const dir = await mkdtemp(path.join(tmpdir(), 'gigabridge-redis-'));
  let port = 0;
  let child: ChildProcess | undefined;

  async function launch(): Promise<boolean> {
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ];
    const persistence = options.persistent
      ? ['--appendonly', 'yes', '--appendfsync', 'always']
      : ['--appendonly', 'no'];
    const started = spawn(program, [...settings, ...persistence, ...(options.settings ?? [])], { stdio: 'ignore' });
    child = started;
    await waitUntil(async () => started.exitCode !== null || (await answersPing(port)), {
      what: 'redis-server answers',
    });
    return started.exitCode === null;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  }

  // A bench or a test that is stopped by hand does not get to `close`.
  const leaveNothing = (): void => {
    child?.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', leaveNothing);

  // Somebody else may take the port between finding and using it.
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort();
    if (await launch()) break;
    if (attempt === 5) throw new Error(`${program} does not start`);
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      if (!(await launch())) throw new Error(`redis-server does not start again on port ${port}`);
    },
    async close() {
      process.off('exit', leaveNothing);
      await end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}

/** Clients of a Redis that is never asked, for code that takes them and does not use them. */
export function unusedRedis(): { readonly fsm: Redis; readonly cache: Redis } {
  const client = () => new Redis({ lazyConnect: true });
  return { fsm: client(), cache: client() };
}
