import { TestWorkflowEnvironment } from '@temporalio/testing';
import { testEnvironment } from './environment';

/**
 * The SDK waits five seconds for a server it has started. On a machine that does much else at the time that is too
 * short again and again; this number only ends a start that can never succeed.
 */
const TRIES = 24;

/**
 * A server of the test's own on which time is skipped, with these search attributes.
 * @param searchAttributes names with their `temporal.api.enums.v1.IndexedValueType`
 */
export async function openTimeSkipping(
  searchAttributes: Readonly<Record<string, number>>,
): Promise<TestWorkflowEnvironment> {
  const env = await start();
  await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  return env;
}

async function start(left = TRIES): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: testEnvironment('TEST_TIME_SKIPPING_SERVER') } },
    });
  } catch (error) {
    if (left <= 1 || !/did not start within/.test(String(error))) throw error;
    return start(left - 1);
  }
}
