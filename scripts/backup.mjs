/**
 * `npm run backup [-- FOLDER]`: a copy of the shop's database, its settings and its catalogue, in a new folder inside
 * FOLDER (default `backups`). The shop may be running or not.
 */
import { renameSync } from 'node:fs';
import path from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { demoDataDir, withShopDatabase } from './lib/shop-database.mjs';

const USAGE = `Usage: npm run backup [-- FOLDER]
  Copies the shop's database, .env, the file of CATALOG_FILE and what the shop sells, as such a file, into a new folder
  inside FOLDER (default: backups).
  The copy holds the panels' keys and every subscription: keep it encrypted, and not only on this machine.`;

async function main() {
  const [into = 'backups', ...rest] = process.argv.slice(2);
  if (into.startsWith('-') || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const progress = createProgress();
  await ensureDependencies(progress);
  await ensureBuild(progress);
  const { writeBackup } = await import('./lib/shop-backup.mjs');
  const name = `gigabridge-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z`;
  const folder = path.resolve(into, name);
  const demo = demoDataDir();
  const { manifest, notes } = await withShopDatabase(progress, (databaseUrl) =>
    progress.step('Backup', async (step) => {
      const written = await writeBackup(databaseUrl, `${folder}.part`, { demo, say: step.say });
      renameSync(`${folder}.part`, folder);
      const { tables, files } = written.manifest;
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      step.say([`${rows} rows of ${tables.length} tables`, ...files.map(({ name }) => name)].join(', '));
      return written;
    }),
  );
  progress.log(
    [
      `\nThe copy of ${manifest.madeAt} is in ${folder}.`,
      'It holds keys and personal data: keep it encrypted, and not only on this machine.',
      ...notes,
    ].join('\n'),
  );
  return 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(`\nNo copy was made. ${describe(error)}\n`);
    process.exitCode = 1;
  },
);
