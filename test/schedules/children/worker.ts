/** A worker process of its own, to be killed: everything the scheduled workflows need, nothing of the payments. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { Redis } from 'ioredis';
import { readSettings } from '../../../src/config/settings';
import { createPool } from '../../../src/storage/postgres/pool';
import type { AllActivities } from '../../../src/worker/activities';
import { createCareActivities } from '../../../src/worker/careActivities';
import { createWorkers } from '../../../src/worker/createWorkers';

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const settings = readSettings(process.env);
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  // Redis is not asked for anything here.
  const redis = new Redis({ lazyConnect: true });
  const workers = await createWorkers({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    activities: { watchPayment: async () => ({ status: 'pending' }) } as unknown as AllActivities,
    care: createCareActivities({ settings, pool, redis: { fsm: redis, cache: redis }, forget: async () => undefined }),
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
