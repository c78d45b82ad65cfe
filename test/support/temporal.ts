import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { testEnvironment } from './environment';
import { waitUntil } from './wait';

// temporal.api.enums.v1.IndexedValueType
const KEYWORD = 2;
const BOOL = 5;

/**
 * A namespace of the test's own on the shared dev server, with the shop's search attributes: two shops on one server must not
 * take each other's tasks.
 * @returns its name
 */
export async function createTestNamespace(): Promise<string> {
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const connection = await Connection.connect({ address: testEnvironment('TEST_TEMPORAL_ADDRESS') });
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
    // The server's caches learn of a new namespace within seconds.
    await waitUntil(
      async () => {
        await connection.operatorService.addSearchAttributes({
          namespace,
          searchAttributes: { PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL },
        });
        return true;
      },
      { what: `namespace ${namespace} is usable`, everyMs: 250 },
    );
    return namespace;
  } finally {
    await connection.close();
  }
}
