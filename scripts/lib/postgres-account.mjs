import { readFileSync } from 'node:fs';
import { run } from './commands.mjs';
import { Problem } from './problem.mjs';

/** @typedef {{ name: string, uid: number, gid: number }} Account */

/**
 * Folder for PostgreSQL's files when root runs it and other accounts can't enter the checkout, for instance in /root.
 */
export const OUTSIDE = '/var/lib/gigabridge';

/**
 * PostgreSQL refuses to run as root, so root runs it as an unprivileged account: `postgres` where it exists, else
 * `nobody`. No account is created, because a set-up script should not change the system's accounts.
 * @returns {Account | undefined} undefined: we are not root and run it as ourselves
 */
export function accountForRoot() {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = accounts.find((fields) => fields[0] === name);
    if (found) return { name, uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Problem(
    'PostgreSQL refuses to run as root, and this system has neither a `postgres` nor a `nobody` user to run it as.',
    'run the command as an ordinary user, or set DATABASE_URL.',
  );
}

/** @param {Account | undefined} account */
export const as = (account) => (account ? { uid: account.uid, gid: account.gid, cwd: '/' } : {});

/**
 * @param {string} dir
 * @param {Account | undefined} account
 * @returns {Promise<boolean>} whether the account can get into the folder
 */
export async function canEnter(dir, account) {
  if (!account) return true;
  return (await run('/bin/sh', ['-c', 'cd "$0"', dir], as(account))).code === 0;
}
