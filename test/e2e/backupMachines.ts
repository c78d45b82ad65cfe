/** For tests of `npm run backup` and `npm run restore`: the machines between which a copy goes. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCheckout, type Checkout } from '../scripts/checkout';
import { runNode, type Result } from '../scripts/run';
import type { Stack } from '../support/stack';

export const CATALOGUE = 'catalog/catalog.json';

export interface Machines {
  /** A machine with the same release, without data, and without settings unless they are given. */
  machine(given?: { readonly settings?: string }): Promise<Checkout>;
  /** @param databaseUrl default: the database that `npm start` keeps */
  run(on: Checkout, command: 'backup' | 'restore', args: readonly string[], databaseUrl?: string): Promise<Result>;
  remove(): Promise<void>;
}

/** @param settings of the running shop: commands get none of them but what stands in their machine's own `.env` */
export function createMachines(settings: Stack['env']): Machines {
  const checkouts: Checkout[] = [];
  const none = Object.fromEntries(Object.keys(settings).map((name) => [name, undefined]));
  return {
    async machine({ settings: own } = {}) {
      const checkout = await createCheckout();
      checkouts.push(checkout);
      if (own !== undefined) await writeFile(path.join(checkout.root, '.env'), own);
      return checkout;
    },
    run: ({ root }, command, args, databaseUrl) =>
      runNode([`scripts/${command}.mjs`, ...args], {
        cwd: root,
        env: { ...none, DATABASE_URL: databaseUrl, GIGABRIDGE_STATE: undefined },
      }),
    async remove() {
      for (const checkout of checkouts) await checkout.remove();
    },
  };
}

/** What the owner wrote into .env, with the catalogue file named as going-live.md does it. */
export function shopSettings(env: Stack['env']): string {
  const { DATABASE_URL: _database, CATALOG_FILE: _catalogue, ...settings } = env;
  return Object.entries({ ...settings, CATALOG_FILE: CATALOGUE })
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');
}
