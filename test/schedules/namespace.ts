/** A namespace of the shared dev server for one test file, so that schedules and ids of files do not collide. */
import { Client, Connection } from '@temporalio/client';
import { testEnvironment } from '../support/environment';
import { createTestNamespace } from '../support/temporal';

export interface TestNamespace {
  readonly client: Client;
  readonly name: string;
  readonly address: string;
  close(): Promise<void>;
}

export async function openNamespace(prefix: string): Promise<TestNamespace> {
  const address = testEnvironment('TEST_TEMPORAL_ADDRESS');
  const name = await createTestNamespace(prefix);
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace: name });
  return {
    client,
    name,
    address,
    async close() {
      for await (const { scheduleId } of client.schedule.list())
        await client.schedule
          .getHandle(scheduleId)
          .delete()
          .catch(() => undefined);
      for await (const { workflowId, runId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
        await client.workflow
          .getHandle(workflowId, runId)
          .terminate('the test is over')
          .catch(() => undefined);
      await connection.operatorService.deleteNamespace({ namespace: name }).catch(() => undefined);
      await connection.close();
    },
  };
}
