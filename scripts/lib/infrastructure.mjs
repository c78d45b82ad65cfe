import path from 'node:path';
import { botUrlOf } from './bot-user.mjs';
import { PREFERRED, freePort } from './ports.mjs';
import { startPostgres } from './postgres.mjs';
import { ensureRedisServer, startRedis } from './redis.mjs';
import { ensureTemporalCli, startTemporal } from './temporal.mjs';

/**
 * Starts what the environment doesn't name, all at once: PostgreSQL, Redis, Temporal.
 * @param {{ progress: import('./progress.mjs').Progress, supervisor: import('./supervisor.mjs').Supervisor, dataDir:
 * string }} options `dataDir`: where they keep their data
 * @returns {Promise<Record<string, string>>} `DATABASE_URL`, `REDIS_URL`, `TEMPORAL_ADDRESS` and, where known,
 * `TEMPORAL_UI_URL` and `BOT_DATABASE_URL`, the bot's own user
 */
export async function startInfrastructure({ progress, supervisor, dataDir }) {
  const given = process.env;
  const results = await Promise.allSettled([
    progress.step('PostgreSQL', async (step) => {
      if (given.DATABASE_URL) {
        step.say('the one of DATABASE_URL');
        const own = { DATABASE_URL: given.DATABASE_URL };
        if (given.BOT_DATABASE_USER === 'shared') return own;
        return { ...own, BOT_DATABASE_URL: given.BOT_DATABASE_URL || (await botUrlOf(own.DATABASE_URL, step)) };
      }
      const { url, botUrl } = await startPostgres({
        supervisor,
        step,
        dataDir: path.join(dataDir, 'postgres'),
        port: await freePort(PREFERRED.postgres),
        database: 'gigabridge',
      });
      return { DATABASE_URL: url, BOT_DATABASE_URL: botUrl };
    }),
    progress.step('Redis', async (step) => {
      if (given.REDIS_URL) {
        step.say('the one of REDIS_URL');
        return { REDIS_URL: given.REDIS_URL };
      }
      const program = await ensureRedisServer(step);
      const { url } = await startRedis({
        supervisor,
        step,
        program,
        dataDir: path.join(dataDir, 'redis'),
        port: await freePort(PREFERRED.redis),
      });
      return { REDIS_URL: url };
    }),
    progress.step('Temporal server', async (step) => {
      if (given.TEMPORAL_ADDRESS) {
        step.say('the one of TEMPORAL_ADDRESS');
        return {
          TEMPORAL_ADDRESS: given.TEMPORAL_ADDRESS,
          ...(given.TEMPORAL_UI_URL ? { TEMPORAL_UI_URL: given.TEMPORAL_UI_URL } : {}),
        };
      }
      const cli = await ensureTemporalCli(step, progress.log);
      const [port, uiPort] = [await freePort(PREFERRED.temporal), await freePort(PREFERRED.temporalUi)];
      const { address, uiUrl } = await startTemporal({
        supervisor,
        step,
        cli,
        port,
        uiPort,
        stateFile: path.join(dataDir, 'temporal.db'),
      });
      return { TEMPORAL_ADDRESS: address, TEMPORAL_UI_URL: given.TEMPORAL_UI_URL ?? uiUrl };
    }),
  ]);
  return Object.assign({}, ...results.map(valueOf));
}

/**
 * @template T
 * @param {PromiseSettledResult<T>} result
 */
export function valueOf(result) {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
