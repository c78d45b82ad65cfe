/** A real PgBouncer in front of the tests' PostgreSQL. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testEnvironment } from './environment';
import { freePort } from './ports';
import { waitUntil } from './wait';

export interface TestPooler {
  /** The same database, user and password, through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

export interface PoolerSettings {
  readonly pool_mode: 'session' | 'transaction' | 'statement';
  readonly ignore_startup_parameters?: string;
  /** 1: connections to the server are given in turn, not the one that was used last. */
  readonly server_round_robin?: 0 | 1;
}

/**
 * @param databaseUrl a user with a password
 * @throws Error when there is no PgBouncer on this machine, with how to get one
 */
export async function startPgbouncer(databaseUrl: string, settings: PoolerSettings): Promise<TestPooler> {
  const program = testEnvironment('TEST_PGBOUNCER');
  const { hostname, port, username, password } = new URL(databaseUrl);
  const dir = await mkdtemp(path.join(tmpdir(), 'gigabridge-pgbouncer-'));
  const account = await accountForRoot();
  const listenPort = await freePort();
  const users = path.join(dir, 'users.txt');
  const ini = path.join(dir, 'pgbouncer.ini');
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: listenPort,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: users,
    ...settings,
  };
  await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    ini,
    `[databases]\n* = host=${hostname} port=${port}\n[pgbouncer]\n${Object.entries(lines)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join('')}`,
  );
  if (account) for (const file of [dir, users, ini]) await chown(file, account.uid, account.gid);

  const child = spawn(program, [ini], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'], ...account });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += String(bytes)));
  const exited = once(child, 'exit').catch((error: Error) => void (said += error.message));
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    kill();
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await waitUntil(async () => child.exitCode !== null || (await accepts(listenPort)), { what: 'PgBouncer listens' });
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start: ${said}`);
  } catch (error) {
    await close();
    throw error;
  }
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(listenPort);
  return { url: url.href, close };
}

/** PgBouncer refuses to run as root. @returns undefined: we are not root */
async function accountForRoot(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const nobody = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = nobody!.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  const connected = once(socket, 'connect').then(() => true);
  const isThere = await connected.catch(() => false);
  socket.destroy();
  return isThere;
}
