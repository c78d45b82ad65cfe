import path from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { findPgbouncer } from './pgbouncer.mjs';
import { freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { ensureRedisServer } from './redis.mjs';
import { openRunFolder } from './run-folder.mjs';
import { createSupervisor } from './supervisor.mjs';
import { ensureTemporalCli, startTemporal } from './temporal.mjs';
import { ensureTimeSkippingServer } from './time-skipping.mjs';

/**
 * Everything the tests need around them, for one run only: own data, free ports, nothing left behind.
 * @param {import('./progress.mjs').Progress} progress
 */
export function createTestServices(progress) {
  const folder = openRunFolder('test');
  const { dir } = folder;
  const supervisor = createSupervisor({ logsDir: path.join(dir, 'logs'), print: progress.log });

  return {
    /** Free to use for tests and removed at the end. */
    dir,

    /** @returns {Promise<Record<string, string>>} the variables that `test/support/environment.ts` reads */
    async start() {
      const work = [
        progress.step('PostgreSQL', async (step) => {
          const { url } = await startPostgres({
            supervisor,
            step,
            dataDir: path.join(dir, 'postgres'),
            port: await freePort(),
            database: 'postgres',
            throwaway: true,
          });
          return { TEST_DATABASE_URL: url };
        }),
        progress.step('Redis', async (step) => {
          const program = await ensureRedisServer(step);
          step.say(program);
          return { TEST_REDIS_BIN: program };
        }),
        progress.step('Temporal server', async (step) => {
          const cli = await ensureTemporalCli(step, progress.log);
          const { address, uiUrl } = await startTemporal({
            supervisor,
            step,
            cli,
            port: await freePort(),
            uiPort: await freePort(),
          });
          return { TEST_TEMPORAL_ADDRESS: address, TEST_TEMPORAL_UI_URL: uiUrl, TEST_TEMPORAL_CLI: cli };
        }),
        progress.step('Time-skipping server', async (step) => {
          const program = await ensureTimeSkippingServer(step, progress.log);
          step.say(program);
          return { TEST_TIME_SKIPPING_SERVER: program };
        }),
        progress.step('Chromium', async (step) => {
          const program = await ensureChromium(step);
          step.say(program);
          return { TEST_CHROMIUM_PATH: program };
        }),
        progress.step('PgBouncer', async (step) => {
          const found = await findPgbouncer(step);
          if ('program' in found) {
            step.say(found.program);
            return { TEST_PGBOUNCER: found.program };
          }
          step.say('none: the tests that need it fail');
          progress.log(`! ${found.missing}`);
          return { TEST_PGBOUNCER_MISSING: found.missing };
        }),
      ];
      // All are awaited even when one fails, because only a service that has finished starting can be stopped.
      const results = await Promise.allSettled(work);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      return Object.assign({}, ...results.map((result) => (result.status === 'fulfilled' ? result.value : {})));
    },

    async stop() {
      await supervisor.stopAll();
      folder.remove();
    },

    killAll: () => supervisor.killAll(),
  };
}
