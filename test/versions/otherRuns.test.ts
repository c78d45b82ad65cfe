/** A namespace with running workflows of other code: refused, or known to wait for their own build. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { checkOtherRuns, UnusableNamespaceError } from '../../src/worker/versions/otherRuns';
import { takeNewWork } from '../../src/worker/versions/takeNewWork';
import { MAIN_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { createFakes, PACE } from '../workflows/fakeActivities';

const SILENT = { info: () => undefined, warn: () => undefined };
let connection: NativeConnection;
const spaces: TestNamespace[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});
afterAll(async () => {
  await connection?.close();
  for (const space of spaces) await space.close();
});

/** A namespace in which one payment has begun; its worker, if it had one, is gone. @param by the build that began it */
async function namespaceWithPayment(by: 'nobody' | 'unversioned' | 'A'): Promise<TestNamespace> {
  const space = await openNamespace('other-runs');
  spaces.push(space);
  connection ??= await NativeConnection.connect({ address: space.address });
  await createPaymentWorkflows(space.client, PACE).ensureRunning({
    id: randomUUID(),
    userId: 7,
    planName: { ru: 'Месяц', en: 'Month' },
    priceKopecks: 19_900,
    currency: 'RUB',
    status: 'created',
  });
  if (by === 'unversioned')
    // Scheduled workflows that are left over count too; this one waits for an activity that no worker here has.
    await space.client.workflow.start('cleanup', {
      workflowId: 'cleanup-cache-left-over',
      taskQueue: MAIN_TASK_QUEUE,
      args: [{ what: 'cache' }],
    });
  // Visibility is updated with a delay, so the test waits until the payment is listed.
  const build = { nobody: 'BuildIds IS NULL', unversioned: `BuildIds = 'unversioned'` };
  const query = by === 'A' ? `TemporalWorkerDeploymentVersion = 'gigabridge:A'` : build[by];
  const wanted = by === 'unversioned' ? 2 : 1;
  const isListed = () =>
    waitUntil(
      async () => (await space.client.workflow.count(`ExecutionStatus = 'Running' AND ${query}`)).count === wanted,
      { what: 'what runs is listed' },
    );
  if (by === 'nobody') await isListed();
  else await watchIt(space, by, isListed);
  return space;
}

/** @param begun resolves when every workflow has begun: until then there is a worker */
async function watchIt(space: TestNamespace, by: 'unversioned' | 'A', begun: () => Promise<unknown>): Promise<void> {
  const fakes = createFakes({ watchWaits: true }, async () => Date.now());
  const workers = await createWorkers({
    connection,
    namespace: space.name,
    activities: fakes.activities,
    workflowBundle: await workflowBundle(),
    ...(by === 'A' ? { build: { id: 'A' } } : {}),
    watchHeartbeatMs: 100,
    shutdownGraceMs: 100,
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  if (by === 'A') await takeNewWork(space.client, { build: { id: 'A' }, logger: SILENT });
  await waitUntil(() => fakes.seen.watches > 0, { what: 'the payment is watched' });
  await begun();
  for (const worker of workers) worker.shutdown();
  await runs;
}

async function check(space: TestNamespace, build: { id: string; release: string }) {
  const warnings: unknown[] = [];
  const refusal = await checkOtherRuns(space.client, {
    build,
    logger: { warn: (about: unknown) => warnings.push(about) },
  });
  return { refusal, warnings };
}

describe('a namespace with a running payment', () => {
  it('that an unversioned worker began is refused by every build, with what to do', async () => {
    const space = await namespaceWithPayment('unversioned');
    for (const release of ['0.1.0', '1.0.0']) {
      const { refusal } = await check(space, { id: 'B', release });
      expect(refusal).toBeInstanceOf(UnusableNamespaceError);
      expect(String(refusal)).toContain(`"${space.name}" holds 2 running workflows of a development version`);
      expect(String(refusal)).toContain('npm start -- --reset');
      expect(String(refusal)).toContain('TEMPORAL_NAMESPACE');
    }
  });

  it('that another build began is refused before 1.0.0, and counted from then on', async () => {
    const space = await namespaceWithPayment('A');
    expect((await check(space, { id: 'B', release: '0.1.0' })).refusal).toBeInstanceOf(UnusableNamespaceError);
    expect(await check(space, { id: 'B', release: '1.0.0' })).toMatchObject({
      refusal: undefined,
      warnings: [{ workflows: 1 }],
    });
  });

  it('that this build began is fine', async () => {
    const space = await namespaceWithPayment('A');
    expect(await check(space, { id: 'A', release: '0.1.0' })).toEqual({ refusal: undefined, warnings: [] });
  });

  it('that the bot has just started, before any worker, is fine', async () => {
    const space = await namespaceWithPayment('nobody');
    expect(await check(space, { id: 'B', release: '0.1.0' })).toEqual({ refusal: undefined, warnings: [] });
  });
});
