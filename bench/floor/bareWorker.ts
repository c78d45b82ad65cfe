/** The worker of the bare workflow. Ends at SIGTERM. */
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createLogger } from '../../src/config/logger';
import { temporalLogger } from '../../src/worker/temporalLogger';

export const BARE_TASK_QUEUE = 'bench-bare';

async function main(): Promise<void> {
  Runtime.install({
    logger: temporalLogger(createLogger('worker', 'error')),
    shutdownSignals: ['SIGTERM'],
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS']! }),
    namespace: process.env['TEMPORAL_NAMESPACE']!,
    taskQueue: BARE_TASK_QUEUE,
    workflowsPath: require.resolve('./bareWorkflow'),
    activities: { nothing: async () => undefined },
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentLocalActivityExecutions: 200,
    maxCachedWorkflows: 2_000,
  });
  console.log('ready');
  await worker.run();
}

if (require.main === module) void main();
