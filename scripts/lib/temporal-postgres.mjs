import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isExecutable, mustRun, run, which } from './commands.mjs';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { canConnect, freePort } from './ports.mjs';
import { Problem } from './problem.mjs';
import { seconds } from './progress.mjs';
import { serverConfig, servicesOf } from './temporal-config.mjs';

/** The same server version as the dev server of `temporal.mjs`, so that figures of both can be compared. */
const SERVER_VERSION = 'v1.29.1';

const FIRST_PORT = 17_233;

/**
 * @typedef {{ server: string, sqlTool: string }} Programs Temporal's production server, and the tool that makes its
 * tables
 */

/**
 * Finds Temporal's production server, or builds it once into the cache: named by `TEMPORAL_SERVER_PATH` and
 * `TEMPORAL_SQL_TOOL_PATH`, else on PATH in the right version, else kept from before, else with Go.
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 * @returns {Promise<Programs>}
 */
export async function ensureTemporalServer(step, log) {
  const given = { server: process.env.TEMPORAL_SERVER_PATH, sqlTool: process.env.TEMPORAL_SQL_TOOL_PATH };
  if (given.server || given.sqlTool) {
    if (given.server && given.sqlTool && isExecutable(given.server) && isExecutable(given.sqlTool))
      return { server: given.server, sqlTool: given.sqlTool };
    throw new Problem(
      'TEMPORAL_SERVER_PATH and TEMPORAL_SQL_TOOL_PATH must both name a program.',
      'correct them, or leave both unset to have the server found or built.',
    );
  }
  const installed = { server: which('temporal-server'), sqlTool: which('temporal-sql-tool') };
  if (
    installed.server &&
    installed.sqlTool &&
    (await run(installed.server, ['--version'])).output.includes(SERVER_VERSION.slice(1))
  ) {
    return { server: installed.server, sqlTool: installed.sqlTool };
  }
  const home = path.join(cacheDir(), `temporal-server-${SERVER_VERSION}`);
  const kept = { server: path.join(home, 'server'), sqlTool: path.join(home, 'sql') };
  const isKept = () => isExecutable(kept.server) && isExecutable(kept.sqlTool);
  if (isKept()) return kept;
  return withLock(
    path.join(cacheDir(), 'temporal-server.lock'),
    async () => {
      if (isKept()) return kept;
      mkdirSync(cacheDir(), { recursive: true });
      const building = mkdtempSync(path.join(cacheDir(), 'temporal-server-new-'));
      try {
        await build(building, step, log);
        rmSync(home, { recursive: true, force: true });
        renameSync(building, home);
        return kept;
      } finally {
        rmSync(building, { recursive: true, force: true });
      }
    },
    (pid) => step.say(`waiting for process ${pid}, which is building it`),
  );
}

/**
 * @param {string} dir gets `server` and `sql`
 * @param {import('./progress.mjs').Step} step
 * @param {(line: string) => void} log
 */
async function build(dir, step, log) {
  const go = which('go');
  if (!go) {
    throw new Problem(
      'This bench runs Temporal on PostgreSQL; its server is not here, and there is no Go to build it with.',
      'install Go 1.24 or newer, or set TEMPORAL_SERVER_PATH and TEMPORAL_SQL_TOOL_PATH to temporal-server and temporal-sql-tool.',
    );
  }
  const since = Date.now();
  log('Temporal on PostgreSQL: building the server with Go, once, about 4 minutes on 2 cores.');
  step.say('building with Go (once)');
  const packages = ['cmd/server', 'cmd/tools/sql'].map((name) => `go.temporal.io/server/${name}@${SERVER_VERSION}`);
  await mustRun(go, ['install', ...packages], {
    env: { GOBIN: dir, GOFLAGS: '' },
    cwd: dir,
    next: 'check the connection to the Go module proxy and run the same command again.',
  });
  log(`Temporal on PostgreSQL: built in ${seconds(Date.now() - since)}; kept in ${cacheDir()}.`);
}

/**
 * Starts all of Temporal's services in one process on a PostgreSQL of ours, with fresh databases.
 * @param {object} options
 * @param {import('./supervisor.mjs').Supervisor} options.supervisor
 * @param {import('./progress.mjs').Step} options.step
 * @param {Programs} options.programs
 * @param {string} options.databaseUrl a user who may create databases
 * @param {string} options.dir for the generated configuration
 * @param {number} options.shards history shards: fixed for a cluster's life
 * @param {string} options.plugin the server's driver: `postgres12` or `postgres12_pgx`
 * @param {string} options.dynamicConfig file with the server's dynamic configuration
 * @param {string} [options.prefix] of the names of its two databases, default `temporal`
 * @param {import('./temporal-config.mjs').Security} [options.security]
 * @param {boolean} [options.restart] start it again when it ends; default false: a measurement must fail when the
 * server dies
 * @returns {Promise<{ address: string }>}
 */
export async function startTemporalOnPostgres({
  supervisor,
  step,
  programs,
  databaseUrl,
  dir,
  shards,
  plugin,
  dynamicConfig,
  prefix = 'temporal',
  security,
  restart = false,
}) {
  const postgres = new URL(databaseUrl);
  const databases = { temporal: prefix, visibility: `${prefix}_visibility` };
  for (const [schema, database] of Object.entries(databases)) {
    step.say(`creating the tables of ${database}`);
    const tool = (/** @type {string[]} */ ...args) =>
      mustRun(programs.sqlTool, args, {
        // Not as arguments: every user of the machine can read those.
        env: {
          SQL_HOST: postgres.hostname,
          SQL_PORT: postgres.port,
          SQL_USER: postgres.username,
          SQL_PASSWORD: decodeURIComponent(postgres.password),
          SQL_PLUGIN: 'postgres12',
          SQL_DATABASE: database,
        },
      });
    await tool('create-database');
    await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
  const ports = [];
  // Temporal keeps its ports in a smallint: the system's own choice, above 32,767, would not fit.
  for (let count = 0; count < 2 * servicesOf(security).length; count += 1) ports.push(await freePort(FIRST_PORT));
  const port = /** @type {number} */ (ports[0]);
  const config = path.join(dir, 'config');
  mkdirSync(config, { recursive: true });
  writeFileSync(
    path.join(config, 'development.yaml'),
    JSON.stringify(serverConfig({ postgres, databases, ports, shards, plugin, dynamicConfig, security }), null, 2),
    { mode: 0o600 },
  );
  step.say(`starting on port ${port}`);
  await supervisor.start({
    name: 'temporal',
    stage: 2,
    restart,
    command: programs.server,
    args: [
      ...['--root', dir, '--config', 'config', '--env', 'development', '--allow-no-auth', 'start'],
      ...servicesOf(security).flatMap((name) => ['--service', name]),
    ],
    important: (line) => (/"level":"(fatal|panic)"/i.test(line) ? line : undefined),
    ready: () => canConnect(port),
  });
  step.say(`on PostgreSQL, ${shards} shards, port ${port}`);
  return { address: `127.0.0.1:${port}` };
}
