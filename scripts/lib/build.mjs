import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { mustRun } from './commands.mjs';
import { withLock } from './lock.mjs';
import { checkoutLock, inRoot } from './paths.mjs';

/** Files that the code reads at run time from its own folder. */
const ASSETS = /\.(ftl|sql|html)$/;
const DIST = inRoot('dist');

/** @param {string} dir @returns {string[]} every file below, sorted */
function filesBelow(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const file of [
    ...filesBelow(inRoot('src')),
    ...['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json', 'scripts/lib/build.mjs'].map((name) =>
      inRoot(name),
    ),
  ]) {
    hash
      .update(`${path.relative(inRoot(), file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.update(release()).digest('hex');
}

const release = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).version;

/** @param {string} hash */
function isCurrent(hash) {
  const stamp = path.join(DIST, '.gigabridge-stamp');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

/**
 * Builds `dist/` when the sources have changed since the last time: JavaScript, the files read at run time, and the
 * workflows' bundle. The folder is replaced in one go, so a run beside this one never sees half of it.
 * @param {import('./progress.mjs').Progress} progress
 * @param {{ force?: boolean }} [options]
 */
export async function ensureBuild(progress, { force = false } = {}) {
  if (!force && isCurrent(sourceHash())) return;
  await progress.step('Build', (step) =>
    withLock(
      checkoutLock('build'),
      async () => {
        const hash = sourceHash();
        if (!force && isCurrent(hash)) return step.say('done by another run');
        const building = `${DIST}.tmp-${process.pid}`;
        rmSync(building, { recursive: true, force: true });
        try {
          await buildInto(building, step);
          writeFileSync(path.join(building, '.gigabridge-stamp'), hash);
          replaceDist(building);
        } finally {
          rmSync(building, { recursive: true, force: true });
        }
      },
      (pid) => step.say(`waiting for process ${pid}, which is building`),
    ),
  );
}

/**
 * @param {string} building
 * @param {import('./progress.mjs').Step} step
 */
async function buildInto(building, step) {
  step.say('compiling TypeScript');
  await mustRun(
    process.execPath,
    [
      inRoot('node_modules', '@typescript', 'native', 'bin', 'tsc'),
      '-p',
      inRoot('tsconfig.build.json'),
      '--outDir',
      building,
    ],
    {
      cwd: inRoot(),
      next: 'correct the errors above; `npm run typecheck` checks everything else too.',
    },
  );
  mkdirSync(building, { recursive: true });
  for (const file of filesBelow(inRoot('src')).filter((name) => ASSETS.test(name))) {
    cpSync(file, path.join(building, path.relative(inRoot('src'), file)));
  }
  const workflows = path.join(building, 'workflows', 'index.js');
  if (!existsSync(workflows)) return step.say('compiled (no src/workflows/index.ts, so no workflow bundle)');
  step.say('bundling workflows');
  await mustRun(process.execPath, [inRoot('scripts', 'lib', 'bundle-workflows.mjs'), workflows, building, release()], {
    cwd: inRoot(),
  });
  step.say('compiled and bundled');
}

/**
 * A folder can't be renamed over another one, so the old one is renamed first. A process that has it open keeps its
 * files.
 * @param {string} building
 */
function replaceDist(building) {
  const old = `${DIST}.old-${process.pid}`;
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(building, DIST);
  rmSync(old, { recursive: true, force: true });
  removeAbandoned();
}

/** Folders of builds that were killed more than an hour ago. */
function removeAbandoned() {
  for (const name of readdirSync(inRoot())) {
    const file = inRoot(name);
    if (/^dist\.(tmp|old)-\d+$/.test(name) && Date.now() - statSync(file).mtimeMs > 3_600_000)
      rmSync(file, { recursive: true, force: true });
  }
}
