/** A namespace of the shared dev server for one test file: its schedules, ids and queues meet nobody else's. */
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { testEnvironment } from '../support/environment';
import { waitUntil } from '../support/wait';

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType
const BOOL = 5;

export interface TestNamespace {
  readonly client: Client;
  readonly name: string;
  readonly address: string;
  close(): Promise<void>;
}

export async function openNamespace(prefix: string): Promise<TestNamespace> {
  const address = testEnvironment('TEST_TEMPORAL_ADDRESS');
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({ namespace: name, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  const client = new Client({ connection, namespace: name });
  // The server takes a few seconds to know a new namespace everywhere.
  await waitUntil(() => connection.operatorService.addSearchAttributes({ namespace: name, searchAttributes: { PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL } }).then(() => true), { what: 'the namespace takes search attributes', everyMs: 250 });
  await waitUntil(async () => Object.keys((await connection.operatorService.listSearchAttributes({ namespace: name })).customAttributes).includes('NeedsAttention'), { what: 'the search attributes are there' });
  return {
    client,
    name,
    address,
    async close() {
      for await (const { scheduleId } of client.schedule.list()) await client.schedule.getHandle(scheduleId).delete().catch(() => undefined);
      for await (const { workflowId, runId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` })) await client.workflow.getHandle(workflowId, runId).terminate('the test is over').catch(() => undefined);
      await connection.operatorService.deleteNamespace({ namespace: name }).catch(() => undefined);
      await connection.close();
    },
  };
}
