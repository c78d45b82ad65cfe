/** The connections of a process to PostgreSQL, Redis and Temporal: opened together at start, closed together. */
import type { Pool } from 'pg';
import {
  connectTemporal,
  temporalTarget,
  type TemporalClient,
  type TemporalSettings,
  type TemporalTarget,
} from '../clients/temporal';
import type { Logger } from '../config/logger';
import type { Settings } from '../config/settings';
import { placeOf, waitFor, type WaitForOptions } from './waitFor';
import { migrate, UnusableDatabaseError } from '../storage/postgres/migrate';
import { createPool } from '../storage/postgres/pool';
import { explainPoolerRefusal, requireSessions } from '../storage/postgres/requireSessions';
import { createRedisConnections, type RedisConnections } from '../storage/redis/connections';

export type InfrastructureSettings = Pick<Settings, 'DATABASE_URL' | 'REDIS_URL'> & TemporalSettings;
export type InfrastructureTimeLimits = Pick<WaitForOptions<unknown>, 'giveUpAfterMs' | 'attemptMs' | 'pauseMs'> & {
  readonly redisCommandTimeoutMs?: number;
};

export interface Infrastructure {
  readonly pool: Pool;
  readonly redis: RedisConnections;
  readonly temporal: TemporalClient;
  /** How Temporal was reached, for further connections. */
  readonly temporalTarget: TemporalTarget;
  close(): Promise<void>;
}

/**
 * @param timeLimits for tests, in ms; see `waitFor` and `createRedisConnections` for the defaults
 * @throws DependencyUnavailableError after a minute without one of them, with everything closed again
 * @throws UnusableDatabaseError at once, when the database is not one of this program's
 * @throws UnusableTemporalError at once, when a file of Temporal's settings can't be used
 */
export async function openInfrastructure(
  settings: InfrastructureSettings,
  logger: Logger,
  signal: AbortSignal,
  timeLimits: InfrastructureTimeLimits = {},
): Promise<Infrastructure> {
  const { redisCommandTimeoutMs, ...waiting } = timeLimits;
  // A certificate that can't be read is said at once; waiting would not bring it.
  const target = temporalTarget(settings);
  const pool = createPool(settings.DATABASE_URL, {
    onError: (error) => logger.warn({ reason: error.message }, 'an idle PostgreSQL connection was lost'),
  });
  const redis = createRedisConnections({
    url: settings.REDIS_URL,
    logger,
    ...(redisCommandTimeoutMs === undefined ? {} : { commandTimeoutMs: redisCommandTimeoutMs }),
  });
  // When one of them fails for good, the waiting for the others ends, so that a refused database is reported at once.
  const failure = new AbortController();
  const common = { logger, signal: AbortSignal.any([signal, failure.signal]), ...waiting };
  const essential = <T>(wait: Promise<T>): Promise<T> => {
    wait.catch((error: unknown) => failure.abort(error));
    return wait;
  };
  const waits = await Promise.allSettled([
    essential(
      waitFor({
        ...common,
        name: 'PostgreSQL',
        where: placeOf(settings.DATABASE_URL),
        setting: 'DATABASE_URL',
        attempt: () => usable(pool),
      }).then(async (refusal) => {
        if (refusal) throw refusal;
        await requireSessions(pool);
        await untilMigrated(settings.DATABASE_URL, common);
      }),
    ),
    essential(
      waitFor({
        ...common,
        name: 'Redis',
        where: placeOf(settings.REDIS_URL),
        setting: 'REDIS_URL',
        attempt: () => ready(redis),
      }),
    ),
    essential(
      waitFor({
        ...common,
        name: 'Temporal',
        where: settings.TEMPORAL_ADDRESS,
        setting: 'TEMPORAL_ADDRESS',
        attempt: () => connectTemporal(target),
      }),
    ),
  ]);
  const temporal = waits[2].status === 'fulfilled' ? waits[2].value : undefined;
  const close = async (): Promise<void> => {
    await Promise.allSettled([temporal?.close(), redis.close(), pool.end()]);
  };
  if (!temporal || waits.some((wait) => wait.status === 'rejected')) {
    await close();
    throw failure.signal.reason;
  }
  return { pool, redis, temporal, temporalTarget: target, close };
}

/** @returns why the database can't be used although it is there: waiting would not help */
async function usable(pool: Pool): Promise<UnusableDatabaseError | undefined> {
  try {
    await pool.query('SELECT 1');
    return undefined;
  } catch (error) {
    const explained = explainPoolerRefusal(error);
    if (explained instanceof UnusableDatabaseError) return explained;
    throw error;
  }
}

async function ready(redis: RedisConnections): Promise<void> {
  if (!(await redis.ready(1_000))) throw new Error('not ready');
}

/** Brings the schema up to date, or waits for a worker that does where this process may not. */
async function untilMigrated(
  url: string,
  waiting: Pick<WaitForOptions<unknown>, 'logger' | 'signal' | 'giveUpAfterMs' | 'attemptMs' | 'pauseMs'>,
): Promise<void> {
  if (await migrate(url)) return;
  await waitFor({
    ...waiting,
    name: 'A worker, which brings the database up to date,',
    where: placeOf(url),
    setting: 'DATABASE_URL',
    attempt: async () => {
      if (!(await migrate(url))) throw new Error('the schema is not there yet');
    },
  });
}
