/** What is stopped while it is under way, on a real server: the time-skipping one treats an attempt that fails after its cancellation in its own way. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { paymentWorkflowId } from '../../src/workflows/contracts/payment';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { eventsOf, keepHistory, PACE } from './workshop';
import { createWorld } from './world';

let space: TestNamespace;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  space = await openNamespace('stopping');
});
afterAll(() => space?.close());

describe('the panel is away', () => {
  it('and the buyer wants his money back while an attempt is under way that fails after all: he gets it, nothing is stuck', async () => {
    const world = createWorld({ paidAt: 0, panelAway: [0, 100_000], panelHolds: true }, async () => Date.now());
    const connection = await NativeConnection.connect({ address: space.address });
    const workers = await createWorkers({ connection, namespace: space.name, activities: world.activities, workflowBundle: await workflowBundle(), shutdownGraceMs: 100 });
    const runs = workers.map((worker) => worker.run());
    try {
      const workflows = createPaymentWorkflows(space.client, PACE);
      const id = randomUUID();
      await workflows.ensureRunning({ id, userId: 7, planName: { ru: 'Месяц', en: 'Month' }, priceKopecks: 19_900, status: 'created' });
      const handle = space.client.workflow.getHandle(paymentWorkflowId(id));
      const shownEvents = async () => eventsOf(await handle.fetchHistory());
      await waitUntil(() => world.seen.panelTries === 5, { what: 'the patient attempt is under way' });
      await workflows.buyerChooses(id, 'money-back');
      await waitUntil(async () => (await shownEvents()).some(({ type }) => type === 'ACTIVITY_TASK_CANCEL_REQUESTED'), { what: 'the attempt is asked to stop' });
      world.panelHangsUp();
      expect(await handle.result()).toEqual({ status: 'refunded', reason: 'buyer-chose-money-back' });
      await keepHistory(handle, 'at-once-money-back-during-an-attempt');
    } finally {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    }
  });
});
