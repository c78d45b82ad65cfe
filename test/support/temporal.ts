import { randomBytes } from 'node:crypto';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { testEnvironment } from './environment';
import { waitUntil } from './wait';

// temporal.api.enums.v1.IndexedValueType
const KEYWORD = 2;
const BOOL = 5;

/**
 * A namespace of the test's own on the shared dev server, with the shop's search attributes: two shops on one server
 * must not take each other's tasks.
 * @param server default: the shared dev server
 * @returns its name
 */
export async function createTestNamespace(
  prefix = 'test',
  server: ConnectionOptions = { address: testEnvironment('TEST_TEMPORAL_ADDRESS') },
): Promise<string> {
  const namespace = `${prefix}-${randomBytes(6).toString('hex')}`;
  const connection = await Connection.connect(server);
  const searchAttributes = { PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL };
  const operator = connection.operatorService;
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    // The server's caches learn of a new namespace within seconds, and of what was added to it a little later.
    await waitUntil(() => operator.addSearchAttributes({ namespace, searchAttributes }).then(() => true), {
      what: `namespace ${namespace} takes search attributes`,
      everyMs: 250,
    });
    await waitUntil(
      async () => {
        const { customAttributes } = await operator.listSearchAttributes({ namespace });
        return Object.keys(searchAttributes).every((name) => name in customAttributes);
      },
      { what: `namespace ${namespace} lists them` },
    );
    return namespace;
  } finally {
    await connection.close();
  }
}
