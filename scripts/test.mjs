/**
 * `npm test [-- jest arguments]`: all set-up, then all tests, on any machine with Node. `node scripts/test.mjs
 * --services` starts only what the tests need around them and stays, so that single files can be run again and again:
 * `set -a; . .gigabridge/test-services.env; set +a; npx jest test/domain`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { onInterrupt } from './lib/interrupt.mjs';
import { inRoot, inState } from './lib/paths.mjs';
import { describe } from './lib/problem.mjs';
import { createProgress, seconds } from './lib/progress.mjs';
import { createTestServices } from './lib/test-services.mjs';

/** Jest writes its result when the last test has ended; then it has this long to end itself. */
const HANG_MS = 10_000;

const args = process.argv.slice(2);

/**
 * Test files at once. More than the processors of a small machine: most of them wait for time limits, retries
 * and other processes.
 */
const WORKERS = Math.max(3, availableParallelism());

/**
 * The chaos runs come in a second round after everything else: each starts a whole shop and kills its processes, which
 * would slow down the other tests. They run side by side. When tests are named, there is one round.
 */
const CHAOS_RUNS = 'test/chaos/runs/';
const ROUNDS = args.length > 0 ? [args] : [['--testPathIgnorePatterns', CHAOS_RUNS], [CHAOS_RUNS]];

const servicesOnly = args.includes('--services');
const servicesFile = inState('test-services.env');
const progress = createProgress();
const services = createTestServices(progress);
/** @type {import('node:child_process').ChildProcess | undefined} */
let jest;
let interrupted = false;

onInterrupt({
  stop: async () => {
    interrupted = true;
    progress.closeSteps();
    if (jest?.pid) killGroup(jest.pid, 'SIGTERM');
    await services.stop();
    if (jest?.pid) killGroup(jest.pid, 'SIGKILL');
    if (servicesOnly) rmSync(servicesFile, { force: true });
  },
  force: () => {
    if (jest?.pid) killGroup(jest.pid, 'SIGKILL');
    services.killAll();
  },
});

/** @param {number} pid @param {NodeJS.Signals} signal */
function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

async function setUp() {
  await ensureDependencies(progress);
  // With `--services` the sources are edited while the services run, so dist/ is left to `npm run build`.
  const [variables] = await allSettled([services.start(), ...(servicesOnly ? [] : [ensureBuild(progress)])]);
  return /** @type {Record<string, string>} */ (variables);
}

/** Like Promise.all, but nothing is still starting when it fails. @param {Promise<unknown>[]} work */
async function allSettled(work) {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/**
 * @param {Record<string, string>} variables
 * @param {string[]} round arguments for jest
 * @returns {Promise<{ passed: number, failed: number, success: boolean }>}
 */
function runJest(variables, round) {
  const resultFile = path.join(services.dir, 'jest.json');
  rmSync(resultFile, { force: true });
  const own = args.some((arg) => /^(--maxWorkers|-w|--runInBand|-i)\b/.test(arg)) ? [] : [`--maxWorkers=${WORKERS}`];
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [inRoot('node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${resultFile}`, ...own, ...round],
      {
        cwd: inRoot(),
        env: { ...process.env, ...variables },
        // Its JSON goes to the file and also to stdout, which nobody wants to read; the report for people is on stderr.
        stdio: ['ignore', 'ignore', 'inherit'],
        detached: true,
      },
    );
    jest = child;
    const watch = setInterval(() => {
      if (!existsSync(resultFile) || Date.now() - statSync(resultFile).mtimeMs < HANG_MS || !child.pid) return;
      console.error(
        'All tests have ended, but something they opened keeps jest from ending. `npm test -- --detectOpenHandles --runInBand` finds it.',
      );
      killGroup(child.pid, 'SIGKILL');
    }, 1000);
    child.on('exit', () => {
      clearInterval(watch);
      if (child.pid) killGroup(child.pid, 'SIGKILL');
      resolve(count(resultFile));
    });
  });
}

/** A suite that could not run at all counts as one failed test. @param {string} file */
function count(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, success: false };
  const result = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    success: result.success,
  };
}

async function main() {
  const since = Date.now();
  const variables = await setUp();
  if (servicesOnly) {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    mkdirSync(path.dirname(servicesFile), { recursive: true });
    writeFileSync(servicesFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    progress.log(
      `\n${lines.join('\n')}\n\nWritten to ${path.relative(process.cwd(), servicesFile)}. Ctrl-C stops the services.`,
    );
    return;
  }
  progress.log(`Set-up took ${seconds(Date.now() - since)}. Running the tests.\n`);
  const results = [];
  for (const round of ROUNDS) {
    results.push(await runJest(variables, round));
    if (interrupted) return;
  }
  await services.stop();
  const sum = (/** @type {'passed' | 'failed'} */ what) => results.reduce((all, result) => all + result[what], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exit(sum('failed') === 0 && results.every(({ success, passed }) => success && passed > 0) ? 0 : 1);
}

main().catch(async (error) => {
  if (interrupted) return;
  await services.stop();
  console.error(`\nSet-up failed: ${describe(error)}\n`);
  console.log('0 passed, 0 failed');
  process.exit(1);
});
