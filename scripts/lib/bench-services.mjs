import path from 'node:path';
import { ensureBuild } from './build.mjs';
import { inRoot } from './paths.mjs';
import { freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { ensureRedisServer } from './redis.mjs';
import { openRunFolder } from './run-folder.mjs';
import { createSupervisor } from './supervisor.mjs';
import { ensureTemporalServer, startTemporalOnPostgres } from './temporal-postgres.mjs';
import { ensureTemporalCli, startTemporal } from './temporal.mjs';
import { ensureTimeSkippingServer } from './time-skipping.mjs';

/** What a bench may ask for in its `needs.json`. */
export const NEEDS = /** @type {const} */ ([
  'build',
  'postgres',
  'redis',
  'temporal-dev',
  'temporal-postgres',
  'time-skipping',
]);

/** Temporal's settings, by default those of docker-compose.yml. Other values can be set to compare them. */
const SHARDS = Number(process.env.BENCH_TEMPORAL_SHARDS ?? 128);
const PLUGIN = process.env.BENCH_TEMPORAL_PLUGIN ?? 'postgres12_pgx';
const DYNAMIC_CONFIG = process.env.BENCH_TEMPORAL_DYNAMIC_CONFIG ?? inRoot('ops', 'temporal', 'dynamic-config.yaml');

/**
 * Everything a bench needs around it, for one run only and with production's durability: PostgreSQL flushes to disk.
 * The variables have the names that `test/support` reads, so that benches can use it.
 * @param {import('./progress.mjs').Progress} progress
 */
export function createBenchServices(progress) {
  const folder = openRunFolder('bench');
  const { dir } = folder;
  const supervisor = createSupervisor({ logsDir: path.join(dir, 'logs'), print: progress.log });

  /** @returns {Promise<Record<string, string>>} */
  const postgres = () =>
    progress.step('PostgreSQL', async (step) => {
      const { url } = await startPostgres({
        supervisor,
        step,
        dataDir: path.join(dir, 'postgres'),
        port: await freePort(),
        database: 'postgres',
      });
      return { TEST_DATABASE_URL: url };
    });

  return {
    /**
     * @param {ReadonlySet<string>} needs
     * @returns {Promise<Record<string, string>>} variables for the bench's process
     */
    async start(needs) {
      /** @type {Record<string, string>} */
      const variables = {};
      const add = async (/** @type {Promise<Record<string, string>>} */ more) =>
        void Object.assign(variables, await more);
      if (needs.has('build')) await ensureBuild(progress);
      if (needs.has('postgres') || needs.has('temporal-postgres')) await add(postgres());
      if (needs.has('redis'))
        await add(progress.step('Redis', async (step) => ({ TEST_REDIS_BIN: await ensureRedisServer(step) })));
      if (needs.has('time-skipping'))
        await add(
          progress.step('Time-skipping server', async (step) => ({
            TEST_TIME_SKIPPING_SERVER: await ensureTimeSkippingServer(step, progress.log),
          })),
        );
      if (needs.has('temporal-dev')) {
        await add(
          progress.step('Temporal dev server', async (step) => {
            const cli = await ensureTemporalCli(step, progress.log);
            const { address, uiUrl } = await startTemporal({
              supervisor,
              step,
              cli,
              port: await freePort(),
              uiPort: await freePort(),
              stateFile: path.join(dir, 'temporal.db'),
            });
            return { TEST_TEMPORAL_ADDRESS: address, TEST_TEMPORAL_UI_URL: uiUrl };
          }),
        );
      }
      if (needs.has('temporal-postgres')) {
        await add(
          progress.step('Temporal', async (step) => {
            const programs = await ensureTemporalServer(step, progress.log);
            const databaseUrl = /** @type {string} */ (variables.TEST_DATABASE_URL);
            const { address } = await startTemporalOnPostgres({
              supervisor,
              step,
              programs,
              databaseUrl,
              dir: path.join(dir, 'temporal'),
              shards: SHARDS,
              plugin: PLUGIN,
              dynamicConfig: DYNAMIC_CONFIG,
            });
            return { TEST_TEMPORAL_ADDRESS: address };
          }),
        );
      }
      for (const { name, pid } of supervisor.states()) variables[`BENCH_PID_${name.toUpperCase()}`] = String(pid);
      return variables;
    },

    async stop() {
      await supervisor.stopAll();
      folder.remove();
    },

    killAll: () => supervisor.killAll(),
  };
}
