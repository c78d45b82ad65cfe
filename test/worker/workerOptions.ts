import { jest } from '@jest/globals';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createWorkers, type WorkersOptions } from '../../src/worker/createWorkers';

/**
 * What `createWorkers` makes its workers with, none of which is started. `Worker.create` stays replaced: restore it.
 */
export async function workerOptions(options: Pick<WorkersOptions, 'onFailingStep'> = {}): Promise<WorkerOptions[]> {
  const created: WorkerOptions[] = [];
  jest.spyOn(Worker, 'create').mockImplementation(async (made) => {
    created.push(made);
    return {} as Worker;
  });
  await createWorkers({
    connection: {} as NativeConnection,
    namespace: 'default',
    activities: {} as never,
    jobs: { main: {}, bulk: {} } as never,
    workflowBundle: { codePath: 'none' },
    ...options,
  });
  return created;
}
