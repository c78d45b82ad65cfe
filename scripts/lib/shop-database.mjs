import path from 'node:path';
import { loadEnvFile, loadRuntimeFile, removeRuntimeFile, START_LOCK } from './env-file.mjs';
import { takeLock } from './lock.mjs';
import { inState } from './paths.mjs';
import { PREFERRED, freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { Problem } from './problem.mjs';
import { createSupervisor } from './supervisor.mjs';

/** Demo and shop never share a database: a real shop must not find the stand-ins' panels in its catalogue. */
export function dataDirOf(demo = !process.env.BOT_TOKEN?.trim()) {
  return inState(demo ? 'demo' : 'shop');
}

/**
 * The data folder of the demo, where a command is for the demo: without the settings of a shop, and without a database
 * of one's own. Asked before the addresses of a running demo are loaded, which look like a shop's.
 * @returns {string | undefined}
 */
export function demoDataDir() {
  loadEnvFile();
  return process.env.BOT_TOKEN?.trim() || process.env.DATABASE_URL?.trim() ? undefined : dataDirOf(true);
}

/**
 * Keeps `npm start` from beginning in this checkout, and refuses while it runs. The addresses that a killed run left
 * are removed: nothing listens there any more.
 * @returns {() => void} ends that
 */
export function refuseWhileRunning() {
  const taken = takeLock(START_LOCK);
  if ('holder' in taken)
    throw new Problem(
      `The shop runs in this checkout (process ${taken.holder.pid}); nothing was changed.`,
      'stop it with Ctrl-C in its terminal, and run the same command again.',
    );
  removeRuntimeFile();
  return () => taken.release();
}

/**
 * Keeps `npm start` away from the database's files while they are in use here: it would stop our PostgreSQL as one that
 * a killed run left. The command may hold the lock already.
 * @returns {() => void} ends that
 */
function lockDataFolder() {
  const taken = takeLock(START_LOCK);
  if ('release' in taken) return () => taken.release();
  if (taken.holder.pid === process.pid) return () => undefined;
  throw new Problem(
    `The shop is being started in this checkout (process ${taken.holder.pid}).`,
    'run the same command again when it runs.',
  );
}

/**
 * Gives the database of the shop: the one of DATABASE_URL, the one of the run in progress, or else the one that
 * `npm start` keeps here, started for as long as `work` takes.
 * @template T
 * @param {import('./progress.mjs').Progress} progress
 * @param {(databaseUrl: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withShopDatabase(progress, work) {
  loadEnvFile();
  loadRuntimeFile();
  if (process.env.DATABASE_URL) return work(process.env.DATABASE_URL);
  const unlock = lockDataFolder();
  const supervisor = createSupervisor({ logsDir: inState('logs'), print: progress.log, colour: false });
  try {
    const { url } = await progress.step('PostgreSQL', async (step) =>
      startPostgres({
        supervisor,
        step,
        dataDir: path.join(dataDirOf(), 'postgres'),
        port: await freePort(PREFERRED.postgres),
        database: 'gigabridge',
      }),
    );
    return await work(url);
  } finally {
    await supervisor.stopAll();
    unlock();
  }
}
