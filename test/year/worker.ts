/**
 * A worker process of the simulated shop: the shop's own workers and activities, on the simulated clock. Told by IPC
 * what time it is.
 */
import { NativeConnection, Runtime, DefaultLogger } from '@temporalio/worker';
import { Redis } from 'ioredis';
import { readSettings } from '../../src/config/settings';
import { createPool } from '../../src/storage/postgres/pool';
import { createJobActivities } from '../../src/jobs';
import { createPaymentActivities } from '../../src/worker/activities';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { createWorkers } from '../../src/worker/createWorkers';
import { createWorkerDependencies } from '../../src/worker/dependencies';

let offsetMs = Number(process.env['YEAR_OFFSET_MS']);
const now = () => new Date(Date.now() + offsetMs);
process.on('message', (message: { offsetMs: number }) => {
  offsetMs = message.offsetMs;
  process.send!('set');
});
process.on('disconnect', () => process.exit(0));

async function main(): Promise<void> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  // A faster chat than the setting allows: a simulated year must not take a year.
  const settings = { ...readSettings(process.env), TELEGRAM_BULK_RATE: 1_000 };
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const redis = { fsm: new Redis(`${settings.REDIS_URL}/0`), cache: new Redis(`${settings.REDIS_URL}/1`) };
  const cacheInvalidation = NO_CACHE_INVALIDATION;
  const dependencies = createWorkerDependencies({ settings, pool, redis, cacheInvalidation, now });
  const workers = await createWorkers({
    connection: await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS }),
    namespace: settings.TEMPORAL_NAMESPACE,
    activities: createPaymentActivities(dependencies),
    jobs: createJobActivities(dependencies),
    workflowBundle: { codePath: process.env['YEAR_BUNDLE']! },
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  process.send!('running');
  await runs;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
