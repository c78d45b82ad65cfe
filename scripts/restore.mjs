/**
 * `npm run restore -- FOLDER [--replace]`: puts a copy of `npm run backup` back while the shop is stopped, and compares
 * the result with YooKassa and the panels.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { describe, Problem } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { migrate } from './lib/shop.mjs';
import { dataDirOf, refuseWhileRunning, withShopDatabase } from './lib/shop-database.mjs';
import { runTypeScript } from './lib/tool.mjs';

const USAGE = `Usage: npm run restore -- FOLDER [--replace]
  Puts the copy in FOLDER back and runs the audit. The shop must be stopped.
  --replace  the database may hold a shop already: all of it is replaced
Exit codes: 0 restored and the audit is clean, 1 restored with differences or not restored, 2 wrong arguments or could not compare.`;

function readArguments() {
  try {
    const { values, positionals } = util.parseArgs({
      options: { replace: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return positionals.length === 1 ? { folder: path.resolve(positionals[0]), replace: values.replace } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The old workflows would act on rows that do not exist any more, so their database is moved aside. Reconciliation
 * starts new workflows for the restored payments.
 */
function putAsideWorkflows() {
  const file = path.join(dataDirOf(), 'temporal.db');
  const aside = `${file}.before-restore-${Date.now()}`;
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
  rmSync(path.join(dataDirOf(), 'redis'), { recursive: true, force: true });
}

async function main() {
  const given = readArguments();
  if (!given) {
    console.error(USAGE);
    return 2;
  }
  const progress = createProgress();
  await ensureDependencies(progress);
  const { checkBackup, restoreBackup } = await import('./lib/shop-backup.mjs');
  const manifest = await checkBackup(given.folder);
  const release = refuseWhileRunning();
  try {
    await ensureBuild(progress);
    return await withShopDatabase(progress, async (databaseUrl) => {
      await progress.step('Restore', async (step) => {
        await migrate(databaseUrl);
        await restoreBackup(databaseUrl, given.folder, manifest, { replace: given.replace, say: step.say });
        putAsideWorkflows();
        step.say(`the shop is as it was at ${manifest.madeAt}`);
      });
      if (!process.env.YOOKASSA_SECRET_KEY)
        throw new Problem(
          'The shop is restored; it was not compared with YooKassa and the panels, because the settings are missing.',
          'put the copy’s settings.env in place as .env, then `npm start` and `npm run audit`.',
        );
      process.env.DATABASE_URL = databaseUrl;
      progress.log('\nComparing with YooKassa and the panels (npm run audit -- --no-temporal):\n');
      return runTypeScript('src/cli/audit.ts', ['--no-temporal']);
    });
  } finally {
    release();
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error) => {
    console.error(`\n${describe(error)}\n`);
    process.exitCode = 1;
  },
);
