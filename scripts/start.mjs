/**
 * `npm start`: all set-up and the main job. Without BOT_TOKEN the demo, everything local; with it the real shop.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { ensureBuild } from './lib/build.mjs';
import { eventually } from './lib/commands.mjs';
import { makePromoCode, refuseRealSettings, startDemoPage, startStandIns } from './lib/demo.mjs';
import { checkNode, ensureDependencies } from './lib/dependencies.mjs';
import { loadEnvFile, removeRuntimeFile, START_LOCK, writeRuntimeFile } from './lib/env-file.mjs';
import { startInfrastructure, valueOf } from './lib/infrastructure.mjs';
import { onInterrupt } from './lib/interrupt.mjs';
import { isAlive, takeLock } from './lib/lock.mjs';
import { inState } from './lib/paths.mjs';
import { PREFERRED, freePort, movedPorts, portOfShop } from './lib/ports.mjs';
import { removePostgresData } from './lib/postgres-data.mjs';
import { Problem, describe } from './lib/problem.mjs';
import { createProgress, seconds } from './lib/progress.mjs';
import { dataDirOf } from './lib/shop-database.mjs';
import { checkSettings, settingsToLookAt, startShop } from './lib/shop.mjs';
import { createSupervisor } from './lib/supervisor.mjs';

const USAGE = `npm start [-- --reset]

Sets everything up and runs GigaBridge.
  without BOT_TOKEN   the demo: bot and worker are the real processes, Telegram, YooKassa and Hiddify are local stand-ins
  with BOT_TOKEN      the real shop; settings come from the environment and from .env, and are listed in the README

  --reset   begins the demo anew: empties .gigabridge, databases, payments, chats and logs (the data of a real shop,
            in .gigabridge/shop, is never touched)
  --help    this text`;

const progress = createProgress();
/** @type {import('./lib/supervisor.mjs').Supervisor | undefined} */
let supervisor;
/** @type {{ release(): void } | undefined} */
let lock;
let interrupted = false;

async function stop() {
  await supervisor?.stopAll();
  release();
}

/** Releases the lock and removes the file of addresses, which are not valid any more. */
function release() {
  if (lock) removeRuntimeFile();
  lock?.release();
}

onInterrupt({
  stop: async () => {
    interrupted = true;
    const since = Date.now();
    progress.closeSteps();
    progress.log('\nStopping (Ctrl-C again to force) ...');
    await stop();
    progress.log(`Everything has stopped (${seconds(Date.now() - since)}).`);
  },
  force: () => {
    supervisor?.killAll();
    release();
  },
});

function readArguments() {
  try {
    return util.parseArgs({ options: { reset: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    throw new Problem(
      /** @type {Error} */ (error).message.split('.')[0] + '.',
      '`npm start -- --help` lists the options.',
    );
  }
}

/** Allows one run per checkout: two would share databases and logs. */
function lockCheckout() {
  const taken = takeLock(START_LOCK);
  if ('holder' in taken) {
    const address = /** @type {any} */ (taken.holder.note)?.address;
    throw new Problem(
      `GigaBridge runs in this checkout already (process ${taken.holder.pid}${address ? `, ${address}` : ''}).`,
      `use that one, stop it with Ctrl-C in its terminal or \`kill ${taken.holder.pid}\`, or use another clone.`,
    );
  }
  lock = taken;
  return taken;
}

/**
 * After a kill -9 the guard of that run stops its processes; its databases can't be opened before it is done.
 * @param {ReturnType<typeof lockCheckout>} taken
 */
async function waitForGuard(taken) {
  const guardPid = /** @type {any} */ (taken.previous?.note)?.guardPid;
  if (!guardPid || !isAlive(guardPid)) return;
  progress.log('An earlier run was killed; waiting for its processes to stop.');
  await eventually(() => !isAlive(guardPid), { timeoutMs: 15_000, everyMs: 100 });
}

/**
 * Removes the files and folders of the demo by name, never the whole state folder: GIGABRIDGE_STATE may name a wrong
 * folder by mistake.
 */
function reset() {
  removePostgresData(path.join(dataDirOf(true), 'postgres'));
  for (const name of ['demo', 'logs', 'runtime.env']) rmSync(inState(name), { recursive: true, force: true });
  progress.log("The demo's data was deleted.");
}

/** @param {string} title @param {readonly (readonly [string, string | undefined])[]} rows */
function printTable(title, rows) {
  const shown = rows.filter(([, value]) => value);
  const width = Math.max(...shown.map(([name]) => name.length));
  progress.log(`\n  ${title}\n\n${shown.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`).join('\n')}\n`);
}

/** @param {string | undefined} url an address as it may be shown: without its password */
function withoutPassword(url) {
  if (!url || !URL.canParse(url)) return url;
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}

async function main() {
  checkNode();
  const values = readArguments();
  if (values.help) return console.log(USAGE);
  loadEnvFile();
  const demoMode = !process.env.BOT_TOKEN?.trim();
  if (demoMode) refuseRealSettings();
  else if (values.reset)
    throw new Problem(
      '--reset is for the demo: here it would delete the payments of a real shop.',
      `if that is what you want, delete ${dataDirOf(false)} yourself.`,
    );
  const taken = lockCheckout();
  await waitForGuard(taken);
  if (values.reset) reset();
  const since = Date.now();
  progress.log(
    demoMode ? 'GigaBridge demo: setting up everything on this machine.' : 'GigaBridge: setting up the shop.',
  );

  await ensureDependencies(progress);
  if (!demoMode) {
    await ensureBuild(progress);
    checkSettings();
    for (const line of settingsToLookAt()) progress.log(`! ${line}`);
  }
  supervisor = createSupervisor({
    logsDir: inState('logs'),
    print: progress.log,
    colour: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
  });
  taken.note({ guardPid: supervisor.guardPid });
  const dataDir = dataDirOf(demoMode);
  const botPort = demoMode ? await freePort(PREFERRED.http) : await portOfShop(process.env.HTTP_PORT);
  const workerPort = await freePort(PREFERRED.workerHttp);

  const [infrastructure, demo] = (
    await Promise.allSettled([
      startInfrastructure({ progress, supervisor, dataDir }),
      demoMode ? startStandIns({ progress, supervisor, dataDir, botPort }) : undefined,
      demoMode ? ensureBuild(progress) : undefined,
    ])
  ).map(valueOf);
  const addresses = /** @type {Record<string, string>} */ (infrastructure);
  const env = { ...addresses, .../** @type {any} */ (demo)?.env };
  writeRuntimeFile(env);
  await startShop({ progress, supervisor, env, botPort, workerPort });
  if (demo) await makePromoCode(env);
  const page = demo
    ? await startDemoPage({
        progress,
        supervisor,
        demo: /** @type {import('./lib/demo.mjs').Demo} */ (demo),
        addresses,
      })
    : undefined;
  if (interrupted) return;
  if (page)
    writeRuntimeFile({
      ...env,
      DEMO_URL: page,
      DEMO_TELEGRAM_URL: demo?.telegramUrl,
      DEMO_YOOKASSA_URL: demo?.yookassaUrl,
      DEMO_HIDDIFY_URLS: demo?.hiddifyUrls.join(','),
    });
  taken.note({ guardPid: supervisor.guardPid, address: page ?? `http://localhost:${botPort}` });

  printTable(`${demo ? 'The demo' : 'The shop'} is running (set-up took ${seconds(Date.now() - since)}).`, [
    ['Demo page', page],
    ['Temporal Web UI', addresses.TEMPORAL_UI_URL],
    ['Temporal', addresses.TEMPORAL_ADDRESS],
    ['Bot: health, metrics, webhooks', `http://localhost:${botPort}`],
    ['Worker: health, metrics', `http://localhost:${workerPort}`],
    ['PostgreSQL', withoutPassword(addresses.DATABASE_URL)],
    ['Redis', withoutPassword(addresses.REDIS_URL)],
    ['Telegram stand-in', demo?.telegramUrl],
    ['YooKassa stand-in', demo?.yookassaUrl],
    ['Hiddify stand-ins', demo?.hiddifyUrls.join('  ')],
    ['Logs', path.relative(process.cwd(), inState('logs')) || '.'],
  ]);
  for (const [usual, chosen] of movedPorts()) progress.log(`  Port ${usual} was in use: ${chosen} is used instead.`);
  progress.log(
    `  Ctrl-C stops everything; what was bought stays.${demo ? ' `npm start -- --reset` begins anew.' : ''}\n`,
  );
}

main().catch(async (error) => {
  if (interrupted) return;
  await stop();
  console.error(`\nGigaBridge did not start. ${describe(error)}\n`);
  process.exit(1);
});
