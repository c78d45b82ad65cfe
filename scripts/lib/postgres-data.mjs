import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { mustRun } from './commands.mjs';
import { keyOf } from './paths.mjs';
import { OUTSIDE, canEnter } from './postgres-account.mjs';

/** @typedef {import('./postgres-account.mjs').Account} Account */

/** @param {string} dataDir */
const outsideOf = (dataDir) => path.join(OUTSIDE, keyOf(dataDir));

/**
 * Makes the data folder, at `wanted` if the account can reach it; else outside, with a link left at `wanted`.
 * @param {string} wanted
 * @param {Account | undefined} account
 * @returns {Promise<string>} the folder's real place
 */
export async function makeDataFolder(wanted, account) {
  mkdirSync(path.dirname(wanted), { recursive: true });
  if (!account) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  }
  const real = (await canEnter(path.dirname(wanted), account)) ? wanted : claimOutside(wanted);
  mkdirSync(real, { recursive: true, mode: 0o700 });
  await give(real, account);
  return real;
}

/**
 * All of a folder to the account. Files of an earlier run may be those of `nobody`, before a system package has made
 * the account `postgres`.
 * @param {string} dir
 * @param {Account} account
 */
async function give(dir, account) {
  if (statSync(dir).uid === account.uid) return;
  await mustRun('chown', ['-R', `${account.uid}:${account.gid}`, dir], {
    next: 'give the folder to that account, or set DATABASE_URL.',
  });
}

/**
 * A link at `wanted` says where its data lies, also after the checkout was moved; the file beside the data says whose
 * it is.
 * @param {string} wanted
 * @returns {string} the folder outside
 */
function claimOutside(wanted) {
  mkdirSync(OUTSIDE, { recursive: true, mode: 0o755 });
  let real = outsideOf(wanted);
  if (lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) {
    real = readlinkSync(wanted);
  } else {
    // Without the link the data belonged to a deleted checkout at this path, and its password is lost.
    rmSync(real, { recursive: true, force: true });
    symlinkSync(real, wanted);
  }
  writeFileSync(`${real}.owner`, wanted);
  removeAbandoned();
  return real;
}

/**
 * Removes a data folder that `startPostgres` made, wherever it really lies.
 * @param {string} dataDir
 */
export function removePostgresData(dataDir) {
  const link = lstatSync(dataDir, { throwIfNoEntry: false })?.isSymbolicLink()
    ? readlinkSync(dataDir)
    : outsideOf(dataDir);
  for (const place of [dataDir, link, `${link}.owner`]) rmSync(place, { recursive: true, force: true });
}

/**
 * Removes data folders outside of a checkout whose demo or test run was deleted without `--reset`: nothing refers to
 * them any more. Those of a shop are kept.
 */
function removeAbandoned() {
  for (const name of readdirSync(OUTSIDE).filter((file) => file.endsWith('.owner'))) {
    const dataDir = readFileSync(path.join(OUTSIDE, name), 'utf8');
    if (path.basename(path.dirname(dataDir)) === 'shop' || lstatSync(dataDir, { throwIfNoEntry: false })) continue;
    for (const file of [name, name.slice(0, -'.owner'.length)])
      rmSync(path.join(OUTSIDE, file), { recursive: true, force: true });
  }
}
