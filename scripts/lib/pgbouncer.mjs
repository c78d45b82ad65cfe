import { isExecutable, which } from './commands.mjs';
import { installSystemPackage } from './packages.mjs';
import { Problem } from './problem.mjs';

/** Debian's place, which is on the path of root alone. */
const SBIN = '/usr/sbin/pgbouncer';

/**
 * Finds a PgBouncer or installs one, for the tests of a shop behind it.
 * @param {import('./progress.mjs').Step} step
 * @param {readonly string[]} [places] where it may be beside the path; others only in tests
 * @returns {Promise<{ program: string } | { missing: string }>} `missing`: that there is none, why, and what to do; the
 *   tests that need it fail with it, and the others run
 */
export async function findPgbouncer(step, places = [SBIN]) {
  const find = () => which('pgbouncer') ?? places.find(isExecutable);
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
  if (program) return { program };
  return {
    missing: `No PgBouncer was found, and it could not be installed (${reason}): install it (\`sudo apt-get install pgbouncer\`, \`brew install pgbouncer\`), or set PGBOUNCER_PATH.`,
  };
}
