/** The worker of the compared shape: the product's activities and slots, the bench's workflow. Ends at SIGTERM. */
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createLogger } from '../../src/config/logger';
import { readSettings } from '../../src/config/settings';
import { createPool } from '../../src/storage/postgres/pool';
import { createPaymentActivities } from '../../src/worker/activities';
import { gatewayFailures } from '../../src/worker/interceptors';
import { NO_CACHE_INVALIDATION } from '../../test/support/cacheInvalidation';
import { createWorkerDependencies } from '../../src/worker/dependencies';
import { unusedRedis } from '../../test/support/redis';
import { temporalLogger } from '../../src/worker/temporalLogger';

export const RETRY_TASK_QUEUE = 'bench-retry';

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  Runtime.install({
    logger: temporalLogger(createLogger('worker', 'error')),
    shutdownSignals: ['SIGTERM'],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const connection = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  const pool = createPool(settings.DATABASE_URL, { onError: () => undefined });
  const cacheInvalidation = NO_CACHE_INVALIDATION;
  const dependencies = createWorkerDependencies({ settings, pool, redis: unusedRedis(), cacheInvalidation });
  const worker = await Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: RETRY_TASK_QUEUE,
    workflowsPath: require.resolve('./retryWorkflow'),
    activities: createPaymentActivities(dependencies),
    interceptors: { activity: [(context) => ({ inbound: gatewayFailures(context) })] },
    maxConcurrentActivityTaskExecutions: 200,
    maxCachedWorkflows: 2_000,
  });
  console.log('ready');
  await worker.run();
  await pool.end();
}

if (require.main === module) void main();
