/** A worker process of its own, to be killed: the shop's, without its schedules and its HTTP. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Redis } from 'ioredis';
import { readSettings } from '../../../src/config/settings';
import { createPool } from '../../../src/storage/postgres/pool';
import { createActivities } from '../../../src/worker/activities';
import { createCareActivities } from '../../../src/worker/careActivities';
import { createWorkers } from '../../../src/worker/createWorkers';
import { NO_MEMORY } from '../../../src/worker/sharedMemory';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const settings = readSettings(process.env);
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  const redis = {
    fsm: new Redis(`${settings.REDIS_URL}/0`, { lazyConnect: true }),
    cache: new Redis(`${settings.REDIS_URL}/1`, { lazyConnect: true }),
  };
  const workers = await createWorkers({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    activities: createActivities({ settings, pool, memory: NO_MEMORY }),
    care: createCareActivities({ settings, pool, redis, memory: NO_MEMORY }),
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
