import { chmod, cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './run';

export interface Checkout {
  readonly root: string;
  /** Where `npm start` would keep its data. */
  readonly state: string;
  remove(): Promise<void>;
}

/** What belongs to one checkout only: its settings, its data, and what the tests of this one are building or using. */
const OWN = new Set(['.env', '.git', '.gigabridge', 'scripts', 'backups']);

/**
 * A second checkout of the same code, without settings and data: for what the scripts do with `.env` and `.gigabridge`.
 * The scripts take their own place for the root, so they are copied; everything else is linked.
 * @param options.without names that the test puts there itself
 */
export async function createCheckout({ without = [] }: { without?: readonly string[] } = {}): Promise<Checkout> {
  const root = await mkdtemp(path.join(tmpdir(), 'gigabridge-checkout-'));
  // PostgreSQL runs as another user when the tests run as root.
  await chmod(root, 0o755);
  await cp(path.join(ROOT, 'scripts'), path.join(root, 'scripts'), { recursive: true });
  for (const name of await readdir(ROOT))
    if (!OWN.has(name) && !without.includes(name)) await symlink(path.join(ROOT, name), path.join(root, name));
  return {
    root,
    state: path.join(root, '.gigabridge'),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
