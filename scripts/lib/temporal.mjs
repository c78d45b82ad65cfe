import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isExecutable, mustRun, run, which } from './commands.mjs';
import { downloadArchive, platform } from './download.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { Problem } from './problem.mjs';
import { seconds } from './progress.mjs';

/** Pinned: newer tags carry a replace directive, which `go install` refuses. Server 1.29.1, Web UI 2.42.1. */
const CLI_VERSION = 'v1.5.1';

/** How long histories of ended workflows are kept, as in docker-compose.yml. */
const RETENTION = '30d';
const SEARCH_ATTRIBUTES = ['PaymentStatus=Keyword', 'TelegramUserId=Keyword', 'NeedsAttention=Bool'];

/**
 * Finds the `temporal` program with its dev server, or obtains it once into the cache.
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log told why one way failed and which is next
 * @returns {Promise<string>} its path
 */
export async function ensureTemporalCli(step, log) {
  const given = process.env.TEMPORAL_CLI_PATH;
  if (given) {
    if (isExecutable(given)) return given;
    throw new Problem(
      `TEMPORAL_CLI_PATH is ${given}, but there is no program there.`,
      'correct it, or leave it unset to have one found or obtained.',
    );
  }
  const onPath = which('temporal');
  if (onPath) return onPath;
  const cached = path.join(cacheDir(), `temporal-${CLI_VERSION}`, 'temporal');
  if (isExecutable(cached)) return cached;
  return withLock(
    path.join(cacheDir(), 'temporal.lock'),
    async () => {
      if (isExecutable(cached)) return cached;
      const building = makeTempDir();
      try {
        await obtain(building, step, log);
        mkdirSync(path.dirname(cached), { recursive: true });
        renameSync(path.join(building, 'temporal'), cached);
        return cached;
      } finally {
        rmSync(building, { recursive: true, force: true });
      }
    },
    (pid) => step.say(`waiting for process ${pid}, which is obtaining it`),
  );
}

function makeTempDir() {
  mkdirSync(cacheDir(), { recursive: true });
  return mkdtempSync(path.join(cacheDir(), 'temporal-new-'));
}

/**
 * @param {string} dir gets the program as `temporal`
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 */
async function obtain(dir, step, log) {
  const { os, arch } = platform();
  let reason;
  try {
    await downloadArchive(
      `https://temporal.download/cli/archive/${CLI_VERSION}?platform=${os}&arch=${arch}`,
      dir,
      step.say,
    );
    return;
  } catch (error) {
    reason = /** @type {Error} */ (error).message;
  }
  const go = which('go');
  if (!go) {
    throw new Problem(
      `Temporal's dev server could not be downloaded (${reason}), and there is no Go to build it with.`,
      'install the Temporal CLI (https://docs.temporal.io/cli), or Go 1.24 or newer, or set TEMPORAL_ADDRESS to a Temporal server of yours.',
    );
  }
  log(
    `Temporal server: the download failed (${reason}); building it with Go instead, once, about 4 minutes on 2 cores.`,
  );
  const since = Date.now();
  step.say('building from source (takes about 4 minutes, once)');
  await mustRun(go, ['install', `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`], {
    env: { GOBIN: dir, GOFLAGS: '' },
    cwd: dir,
    next: 'check the connection to the Go module proxy, or install the Temporal CLI (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS.',
  });
  log(`Temporal server: built in ${seconds(Date.now() - since)}; kept in ${cacheDir()}.`);
}

/**
 * Starts the dev server with its Web UI.
 * @param {object} options
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {import('./progress.mjs').Step} options.step
 * @param {string} options.cli
 * @param {number} options.port
 * @param {number} options.uiPort
 * @param {string} [options.stateFile] without it everything is forgotten at its end
 * @returns {Promise<{ address: string, uiUrl: string }>}
 */
export async function startTemporal({ supervisor, step, cli, port, uiPort, stateFile }) {
  step.say(`starting on port ${port}`);
  if (stateFile) mkdirSync(path.dirname(stateFile), { recursive: true });
  const address = `127.0.0.1:${port}`;
  await supervisor.start({
    name: 'temporal',
    stage: 1,
    command: cli,
    args: [
      ...[
        'server',
        'start-dev',
        '--ip',
        '127.0.0.1',
        '--port',
        String(port),
        '--ui-port',
        String(uiPort),
        '--namespace',
        'default',
      ],
      ...(stateFile ? ['--db-filename', stateFile] : []),
      ...SEARCH_ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]),
      ...['--log-level', 'error', '--log-format', 'json'],
    ],
    important: (line) => (/"level":"(fatal|panic)"|^Error/i.test(line) ? line : undefined),
    ready: async () =>
      (
        await run(cli, ['operator', 'search-attribute', 'list', '--address', address, '--output', 'json'], {
          timeoutMs: 5000,
        })
      ).output.includes('NeedsAttention'),
  });
  if (stateFile) {
    // By default an ended workflow is deleted after a day, but support needs its history weeks later.
    const kept = await run(
      cli,
      ['operator', 'namespace', 'update', '--namespace', 'default', '--retention', RETENTION, '--address', address],
      { timeoutMs: 10_000 },
    );
    if (kept.code !== 0)
      throw new Problem(
        `Temporal did not accept a retention of ${RETENTION}: ${kept.output.trim().split('\n').pop()}`,
        'run the same command again.',
      );
  }
  step.say(`on port ${port}, Web UI on ${uiPort}`);
  return { address, uiUrl: `http://localhost:${uiPort}` };
}
