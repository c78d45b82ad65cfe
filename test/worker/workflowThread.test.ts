/** Workflow code that never ends its turn is found, and stops no other workflow for good. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowCreator } from '@temporalio/worker/lib/workflow/interface';
import { watchThread } from '../../src/worker/workflowThread';
import { runProgram } from '../cli/program';
import { testEnvironment } from '../support/environment';
import { createTestNamespace } from '../support/temporal';

const address = testEnvironment('TEST_TEMPORAL_ADDRESS');
let namespace: string;
let connection: Connection;
beforeAll(async () => {
  namespace = await createTestNamespace();
  connection = await Connection.connect({ address });
});
afterAll(() => connection.close());

const runWorker = (lifeMs: number) =>
  runProgram('test/worker/endless/worker.ts', ['endless', String(lifeMs)], {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  });

it('the process ends and names the run; the next one does what waited', async () => {
  const client = new Client({ connection, namespace });
  // The task is not given out again before the rest of this test.
  const options = { taskQueue: 'endless', workflowTaskTimeout: '110s' };
  const stuck = await client.workflow.start('endless', { ...options, workflowId: 'endless' });
  const first = await runWorker(200_000);
  expect(first.said).toContain(`runs that wait for it: ${stuck.firstExecutionRunId}`);
  expect(first.code).toBe(1);

  const waited = await client.workflow.start('short', { ...options, workflowId: 'short' });
  const [second, result] = await Promise.all([runWorker(15_000), waited.result()]);
  expect(result).toBe('done');
  expect(second.code).toBe(0);
});

describe('a thread that answers', () => {
  beforeAll(() => {
    jest.useFakeTimers();
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  it('is left alone, however long one run of many takes', async () => {
    const onSilence = jest.fn();
    let answer = (): void => undefined;
    const inner: WorkflowCreator = {
      createWorkflow: (options) =>
        Promise.resolve({
          activate: () =>
            options.info.runId === 'slow'
              ? new Promise((resolve) => (answer = () => resolve({})))
              : Promise.resolve({}),
          getAndResetSinkCalls: () => Promise.resolve([]),
          dispose: () => Promise.resolve(),
        }),
      destroy: () => Promise.resolve(),
    };
    const watched = watchThread(inner, onSilence);
    const options = (runId: string) =>
      ({ info: { runId } }) as unknown as Parameters<WorkflowCreator['createWorkflow']>[0];
    const slow = (await watched.createWorkflow(options('slow'))).activate({});
    const quick = await watched.createWorkflow(options('quick'));
    for (let second = 0; second < 60; second += 1) {
      await jest.advanceTimersByTimeAsync(1_000);
      await quick.activate({});
    }
    expect(onSilence).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(onSilence).toHaveBeenCalledWith(['slow']);
    answer();
    await slow;
    await watched.destroy();
  });
});
