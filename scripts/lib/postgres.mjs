import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { eventually, mustRun, run } from './commands.mjs';
import { isAlive } from './lock.mjs';
import { accountForRoot, as } from './postgres-account.mjs';
import { findBinaries } from './postgres-binaries.mjs';
import { BOT_USER, botPassword, createDatabase, createUser } from './postgres-contents.mjs';
import { makeDataFolder } from './postgres-data.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {import('./postgres-account.mjs').Account} Account
 * @typedef {import('./postgres-binaries.mjs').Binaries} Binaries
 */

/**
 * Starts a PostgreSQL of our own: on 127.0.0.1 only, no Unix socket, with a password kept beside the data.
 * @param {object} options
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {import('./progress.mjs').Step} options.step
 * @param {string} options.dataDir
 * @param {number} options.port
 * @param {string} options.database created when missing
 * @param {boolean} [options.throwaway] for tests: nothing is flushed to disk, twice as fast, lost in a power cut
 * @returns {Promise<{ url: string, botUrl: string, version: string }>} `botUrl`: the user that the bot is given, who
 * may do what the shop's migration grants; a throwaway one is not made
 */
export async function startPostgres({ supervisor, step, dataDir, port, database, throwaway = false }) {
  const account = accountForRoot();
  const binaries = await findBinaries(account);
  const folder = await makeDataFolder(dataDir, account);
  const secretFile = `${dataDir}.password`;
  await clearOrphan(folder, step);
  if (!existsSync(path.join(folder, 'PG_VERSION'))) {
    step.say(`PostgreSQL ${binaries.version}: creating the data folder`);
    await createCluster(binaries, folder, secretFile, account);
  }
  const major = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
  if (major !== binaries.version.split('.')[0]) {
    throw new Problem(
      `The data in ${dataDir} was written by PostgreSQL ${major}, but ${binaries.version} is what runs here now.`,
      'start over with `npm start -- --reset`, or move the data with pg_dump first.',
    );
  }
  step.say(`PostgreSQL ${binaries.version}: starting on port ${port}`);
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    ...(throwaway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  await supervisor.start({
    name: 'postgres',
    stage: 1,
    command: binaries.postgres,
    args: ['-D', folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: { LC_MESSAGES: 'C', LC_ALL: 'C' },
    ...as(account),
    // "Fast" shutdown: open connections are ended, not waited for.
    stopSignal: 'SIGINT',
    important: (line) => (/\b(PANIC|could not)\b/.test(line) ? line : undefined),
    ready: (pid) => isReady(folder, pid),
  });
  const url = (/** @type {string} */ name) =>
    `postgres://gigabridge:${readFileSync(secretFile, 'utf8').trim()}@127.0.0.1:${port}/${name}`;
  await createDatabase(url('postgres'), database);
  const password = botPassword(readFileSync(secretFile, 'utf8').trim());
  if (!throwaway) await createUser(url('postgres'), BOT_USER, password);
  step.say(`PostgreSQL ${binaries.version} on port ${port}`);
  const botUrl = `postgres://${BOT_USER}:${password}@127.0.0.1:${port}/${database}`;
  return { url: url(database), botUrl, version: binaries.version };
}

/**
 * The postmaster writes its pid as the first line of postmaster.pid and its state as the eighth. After a crash the file
 * of the one before is still there, and may say "ready".
 * @param {string} folder
 * @param {number | undefined} pid
 */
function isReady(folder, pid) {
  const lines = readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n');
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
}

/**
 * Stops a PostgreSQL that a killed run left behind, and removes what a dead one left: it would refuse to start when the
 * pid in its file belongs to anybody, a zombie included. Its own lock on shared memory still keeps two apart.
 * @param {string} folder
 * @param {import('./progress.mjs').Step} step
 */
async function clearOrphan(folder, step) {
  const pidFile = path.join(folder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (isAlive(pid) && (await isPostmaster(pid, folder))) {
    step.say(`waiting for the PostgreSQL of an earlier run (process ${pid}) to stop`);
    process.kill(pid, 'SIGINT');
    if (!(await eventually(() => !isAlive(pid), { timeoutMs: 20_000, everyMs: 100 }))) {
      throw new Problem(
        `A PostgreSQL of an earlier run (process ${pid}) still uses ${folder}.`,
        `stop it with \`kill -QUIT ${pid}\` and try again.`,
      );
    }
  }
  rmSync(pidFile, { force: true });
}

/** @param {number} pid @param {string} folder */
async function isPostmaster(pid, folder) {
  const { output } = await run('ps', ['-o', 'args=', '-p', String(pid)]);
  return output.includes('postgres') && output.includes(folder);
}

/**
 * @param {Binaries} binaries
 * @param {string} folder
 * @param {string} secretFile
 * @param {Account | undefined} account
 */
async function createCluster(binaries, folder, secretFile, account) {
  // What an interrupted initdb left would make the next one refuse.
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true, force: true });
  const secret = randomBytes(18).toString('base64url');
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const building = path.join(folder, 'new');
  mkdirSync(building, { mode: 0o700 });
  const handover = path.join(folder, 'handover');
  writeFileSync(handover, secret, { mode: 0o600 });
  if (account) for (const file of [building, handover]) chownSync(file, account.uid, account.gid);
  await mustRun(
    binaries.initdb,
    [
      '-D',
      building,
      '--username=gigabridge',
      `--pwfile=${handover}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ],
    {
      ...as(account),
      env: { LC_ALL: 'C' },
      next: 'set DATABASE_URL to a PostgreSQL of yours if the embedded one cannot run on this machine.',
    },
  );
  rmSync(handover);
  // PG_VERSION moves last: it is what tells a finished folder from an interrupted one.
  for (const name of readdirSync(building).sort((a, b) => Number(a === 'PG_VERSION') - Number(b === 'PG_VERSION'))) {
    renameSync(path.join(building, name), path.join(folder, name));
  }
  rmSync(building, { recursive: true });
}
