/** A worker of its own for `workflows.ts`. Words: the task queue. */
import { NativeConnection } from '@temporalio/worker';
import { WorkflowWorker } from '../../../src/worker/workflowThread';

async function main(): Promise<void> {
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS']! });
  const worker = await WorkflowWorker.create({
    connection,
    namespace: process.env['TEMPORAL_NAMESPACE']!,
    taskQueue: process.argv[2]!,
    workflowsPath: require.resolve('./workflows'),
  });
  setTimeout(() => worker.shutdown(), Number(process.argv[3]));
  await worker.run();
  await connection.close();
}

void main();
