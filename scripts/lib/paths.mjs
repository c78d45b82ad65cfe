import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Everything a run leaves behind: data, logs, addresses. Git-ignored; `npm start -- --reset` empties it.
 * `GIGABRIDGE_STATE` names another place, so that a test can run a second demo in the same checkout.
 */
export const stateDir = process.env.GIGABRIDGE_STATE
  ? path.resolve(process.env.GIGABRIDGE_STATE)
  : path.join(root, '.gigabridge');

/** Locks of what all runs in this checkout share: node_modules and dist. @param {string} name */
export const checkoutLock = (name) => path.join(root, '.gigabridge', `${name}.lock`);

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

/** @param {...string} parts */
export const inState = (...parts) => path.join(stateDir, ...parts);

/**
 * A short name for a folder, for the few things that can't lie inside it.
 * @param {string} dir
 */
export const keyOf = (dir) =>
  `${path.basename(root).replace(/[^\w.-]/g, '_')}-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;

/**
 * Folder for what is obtained once per user and shared by all checkouts (Temporal's binaries).
 * `GIGABRIDGE_CACHE` wins, then the platform's usual place.
 */
export function cacheDir() {
  if (process.env.GIGABRIDGE_CACHE) return path.resolve(process.env.GIGABRIDGE_CACHE);
  if (process.env.XDG_CACHE_HOME) return path.join(process.env.XDG_CACHE_HOME, 'gigabridge');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'gigabridge');
  return path.join(homedir(), '.cache', 'gigabridge');
}
