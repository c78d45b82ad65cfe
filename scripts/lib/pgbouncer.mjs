import { isExecutable, which } from './commands.mjs';
import { installSystemPackage } from './packages.mjs';
import { Problem } from './problem.mjs';

/** Debian's place, which is on the path of root alone. */
const SBIN = '/usr/sbin/pgbouncer';

const find = () => which('pgbouncer') ?? (isExecutable(SBIN) ? SBIN : undefined);

/**
 * Finds a PgBouncer or installs one, for the tests of a shop behind it.
 * @param {import('./progress.mjs').Step} step
 * @returns {Promise<{ program: string } | { reason: string }>} `reason`: why there is none; the tests that need it fail
 *   with it, and the others run
 */
export async function findPgbouncer(step) {
  const given = process.env.PGBOUNCER_PATH;
  if (given) {
    if (isExecutable(given)) return { program: given };
    throw new Problem(
      `PGBOUNCER_PATH is ${given}, but there is no program there.`,
      'correct it, or leave it unset to have one found or installed.',
    );
  }
  const found = find();
  if (found) return { program: found };
  const { reason } = await installSystemPackage(
    { 'apt-get': 'pgbouncer', dnf: 'pgbouncer', apk: 'pgbouncer', brew: 'pgbouncer' },
    step,
  );
  const program = find();
  return program ? { program } : { reason };
}
