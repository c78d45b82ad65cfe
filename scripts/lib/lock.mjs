import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { sleep } from './commands.mjs';

/**
 * @param {number} pid
 * @returns {boolean} false also for a zombie (a dead process whose parent has not reaped it): in a container without an
 * init, orphans stay zombies for ever
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return false;
  }
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // No /proc here (macOS).
  }
}

/**
 * The start time of a process. It tells the process from a later one with the same pid.
 * @param {number} pid
 */
export function startTime(pid) {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();
  } catch {
    return '';
  }
}

/** @typedef {{ pid: number, started: string, note?: unknown }} Holder */

/**
 * Takes a lock file. A lock whose holder is gone (kill -9, power cut) is taken over.
 * @param {string} file
 * @returns {{ holder: Holder } | { release(): void, note(value: unknown): void, previous: Holder | undefined }}
 *   `holder`: somebody else has it; `previous`: whose stale lock was taken over
 */
export function takeLock(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  /** @type {Holder | undefined} */
  let previous;
  for (;;) {
    try {
      const mine = { pid: process.pid, started: startTime(process.pid) };
      const handle = openSync(file, 'wx');
      writeSync(handle, JSON.stringify(mine));
      closeSync(handle);
      return {
        previous,
        note: (value) => {
          const again = openSync(file, 'w');
          writeSync(again, JSON.stringify({ ...mine, note: value }));
          closeSync(again);
        },
        release: () => {
          if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
        },
      };
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = liveHolder(file);
    if (holder) return { holder };
    previous = readHolder(file);
    rmSync(file, { force: true });
  }
}

/**
 * Who holds a lock file, if that process still runs: after a kill -9 the file is there, and another process may have
 * its pid.
 * @param {string} file
 * @returns {Holder | undefined}
 */
export function liveHolder(file) {
  const holder = readHolder(file);
  return holder && isAlive(holder.pid) && startTime(holder.pid) === holder.started ? holder : undefined;
}

/**
 * @param {string} file
 * @returns {Holder | undefined}
 */
function readHolder(file) {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8'));
    return typeof holder.pid === 'number' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs `work` under a lock file, waiting for another process that holds it.
 * @template T
 * @param {string} file
 * @param {(waited: boolean) => Promise<T>} work
 * @param {(pid: number) => void} [onWait] told once whom we wait for
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  let waited = false;
  for (;;) {
    const lock = takeLock(file);
    if ('release' in lock) {
      try {
        return await work(waited);
      } finally {
        lock.release();
      }
    }
    if (!waited) onWait?.(lock.holder.pid);
    waited = true;
    await sleep(300);
  }
}
