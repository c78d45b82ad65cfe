/** A worker process of its own, to be killed: the shop's, without its schedules and its HTTP. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Redis } from 'ioredis';
import { readSettings } from '../../../src/config/settings';
import { createPool } from '../../../src/storage/postgres/pool';
import { createJobActivities } from '../../../src/jobs';
import { createPaymentActivities } from '../../../src/worker/activities';
import { NO_CACHE_INVALIDATION } from '../../support/cacheInvalidation';
import { createWorkers } from '../../../src/worker/createWorkers';
import { createWorkerDependencies } from '../../../src/worker/dependencies';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const settings = readSettings(process.env);
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  const redis = {
    fsm: new Redis(`${settings.REDIS_URL}/0`, { lazyConnect: true }),
    cache: new Redis(`${settings.REDIS_URL}/1`, { lazyConnect: true }),
  };
  const cacheInvalidation = NO_CACHE_INVALIDATION;
  const dependencies = createWorkerDependencies({ settings, pool, redis, cacheInvalidation });
  const workers = await createWorkers({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    activities: createPaymentActivities(dependencies),
    jobs: createJobActivities(dependencies),
    workflowBundle: { codePath: process.env['TEST_WORKFLOW_BUNDLE']! },
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write('running\n');
  await runs;
  await Promise.allSettled([connection.close(), pool.end()]);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
