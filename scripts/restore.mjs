/**
 * `npm run restore -- FOLDER [--replace]`: puts a copy of `npm run backup` back while the shop is stopped (the
 * database, and settings and catalogue file where there are none), and compares the result with YooKassa and the
 * panels.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { ensureBuild } from './lib/build.mjs';
import { startStandIns } from './lib/demo.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { loadEnvFile } from './lib/env-file.mjs';
import { inRoot, inState } from './lib/paths.mjs';
import { PREFERRED, freePort } from './lib/ports.mjs';
import { describe, Problem } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { migrate } from './lib/shop.mjs';
import { dataDirOf, demoDataDir, refuseWhileRunning, withShopDatabase } from './lib/shop-database.mjs';
import { putBackFiles, putBackStandIns, settingsOfCopy } from './lib/shop-files.mjs';
import { createSupervisor } from './lib/supervisor.mjs';
import { runBuilt } from './lib/tool.mjs';

const USAGE = `Usage: npm run restore -- FOLDER [--replace]
  Puts the copy in FOLDER back and runs the audit. The shop must be stopped.
  Settings (.env) and the file of CATALOG_FILE are put back where there are none; a file that is there stays.
  --replace  the database may hold a shop already: all of it is replaced
Exit codes: 0 restored and the audit is clean, 1 restored with differences, or not or not wholly restored,
            2 wrong arguments or could not compare.`;

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

/**
 * Decides with which settings to restore: those here, or the copy's where there is no `.env`.
 * @param {Record<string, string>} copied
 * @throws {Problem} when the shop of the copy would get into the database of the demo
 */
function chooseSettings(copied) {
  loadEnvFile();
  if (!existsSync(inRoot('.env'))) return useSettings(copied, (name) => process.env[name] === undefined);
  if (copied.BOT_TOKEN?.trim() && !process.env.BOT_TOKEN?.trim() && !process.env.DATABASE_URL)
    throw new Problem(
      `${inRoot('.env')} has no BOT_TOKEN, so this folder runs the demo, and the copy is of a real shop. Nothing was changed.`,
      'move this .env away and run the same command again: the copy’s settings.env is then put in its place.',
    );
}

/** @param {Record<string, string>} settings @param {(name: string) => boolean} isWanted */
function useSettings(settings, isWanted) {
  for (const [name, value] of Object.entries(settings)) if (isWanted(name)) process.env[name] = value;
}

/**
 * Runs the audit, with the copy's settings where this shop has none.
 * @param {import('./lib/progress.mjs').Progress} progress
 * @param {string} databaseUrl
 * @param {Record<string, string>} copied
 * @param {string | undefined} demo the data folder of the demo, when it is the demo that was restored
 * @returns {Promise<number>} the audit's exit code
 */
async function compare(progress, databaseUrl, copied, demo) {
  if (demo !== undefined) return compareDemo(progress, databaseUrl, demo);
  if (!process.env.YOOKASSA_SECRET_KEY?.trim()) {
    if (!copied.YOOKASSA_SECRET_KEY?.trim()) {
      progress.log(
        '\nThe database is restored. It was not compared with YooKassa and the panels: there are no settings here, and none in the copy.\n' +
          '  What to do: for a real shop write .env; then `npm start`, and beside it `npm run audit`.',
      );
      return 2;
    }
    progress.log('\nYOOKASSA_SECRET_KEY is not set here: the audit uses the settings of the copy.');
    useSettings(copied, () => true);
  }
  process.env.DATABASE_URL = databaseUrl;
  progress.log('\nComparing with YooKassa and the panels (npm run audit -- --no-temporal):\n');
  return runBuilt('cli/audit.js', ['--no-temporal']);
}

/**
 * The same for the demo: its stand-ins run for as long as it takes, and the catalogue learns their addresses, as at
 * every start of the demo.
 * @param {import('./lib/progress.mjs').Progress} progress
 * @param {string} databaseUrl
 * @param {string} dataDir
 * @returns {Promise<number>} the audit's exit code
 */
async function compareDemo(progress, databaseUrl, dataDir) {
  const supervisor = createSupervisor({ logsDir: inState('logs'), print: progress.log, colour: false });
  try {
    const botPort = await freePort(PREFERRED.http);
    const { env } = await startStandIns({ progress, supervisor, dataDir, botPort });
    Object.assign(process.env, env, { DATABASE_URL: databaseUrl });
    const applied = await runBuilt('cli/catalog.js', ['apply', String(env.CATALOG_FILE), '--yes']);
    if (applied !== 0) return 2;
    progress.log("\nComparing with the demo's stand-ins (npm run audit -- --no-temporal):\n");
    return await runBuilt('cli/audit.js', ['--no-temporal']);
  } finally {
    await supervisor.stopAll();
  }
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
  const copied = settingsOfCopy(given.folder) ?? {};
  const release = refuseWhileRunning();
  try {
    chooseSettings(copied);
    const demo = demoDataDir();
    await ensureBuild(progress);
    return await withShopDatabase(progress, async (databaseUrl) => {
      await progress.step('Restore', async (step) => {
        await migrate(databaseUrl);
        await restoreBackup(databaseUrl, given.folder, manifest, { replace: given.replace, say: step.say });
        putAsideWorkflows();
        if (demo !== undefined) putBackStandIns(given.folder, demo);
        step.say(`the shop's database is as it was at ${manifest.madeAt}`);
      });
      const { notes, failed } = putBackFiles(given.folder);
      for (const note of notes) progress.log(note);
      const audited = await compare(progress, databaseUrl, copied, demo);
      return failed ? Math.max(audited, 1) : audited;
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
