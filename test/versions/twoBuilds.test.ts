/**
 * Two builds side by side on a real server: what began on one is finished by it, what begins later goes to the newer
 * one.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { takeNewWork } from '../../src/worker/versions/takeNewWork';
import { paymentWorkflowId } from '../../src/workflows/contracts/payment';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { createFakes, PACE, type Fakes } from '../workflows/fakeActivities';

const SILENT = { info: () => undefined, warn: () => undefined };
/** The same workflow with its steps in another order: a history of the one does not replay on the other. */
const REORDERED = path.join(__dirname, '../workflows/fixtures/reordered/index.ts');

interface Running {
  /** Whether the build gets new workflows. */
  readonly isCurrent: boolean;
  stop(): Promise<void>;
}

let namespace: TestNamespace;
let connection: NativeConnection;
let running: Running[];

beforeEach(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  namespace = await openNamespace('builds');
  connection = await NativeConnection.connect({ address: namespace.address });
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.stop();
  await connection?.close();
  await namespace?.close();
});

/** Starts the workers of a build, as src/worker/main.ts does. @param fakes what its activities work on */
async function run(build: 'A' | 'B', fakes: Fakes): Promise<Running> {
  const workers = await createWorkers({
    connection,
    namespace: namespace.name,
    activities: fakes.activities,
    workflowBundle: await (build === 'A' ? workflowBundle() : workflowBundle(REORDERED)),
    build: { id: build },
    watchHeartbeatMs: 100,
    shutdownGraceMs: 100,
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  const one = {
    isCurrent: await takeNewWork(namespace.client, { build: { id: build }, logger: SILENT }),
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await runs;
    },
  };
  running.push(one);
  return one;
}

/** Fakes with one payment that waits to be told that the money is there. */
const waitingFakes = () => createFakes({ paidAt: 0, watchWaits: true }, async () => Date.now());

async function beginPayment(): Promise<string> {
  const id = randomUUID();
  await payments().ensureRunning({
    id,
    userId: 7,
    planName: { ru: 'Месяц', en: 'Month' },
    priceKopecks: 19_900,
    currency: 'RUB',
    status: 'created',
  });
  return id;
}

const payments = () => createPaymentWorkflows(namespace.client, PACE);
const handleOf = (id: string) => namespace.client.workflow.getHandle(paymentWorkflowId(id));
const isWatched = (fakes: Fakes) => waitUntil(() => fakes.seen.watches > 0, { what: 'the payment is watched' });

/** The build that did each workflow task of a payment, in order. */
async function buildsOf(id: string): Promise<(string | null | undefined)[]> {
  const { events } = await handleOf(id).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
    task ? [task.deploymentVersion?.buildId] : [],
  );
}

describe('a payment waits on build A, and build B becomes current', () => {
  it('the new payment is done by B, the old one by A', async () => {
    const [fakesA, fakesB] = [waitingFakes(), waitingFakes()];
    expect((await run('A', fakesA)).isCurrent).toBe(true);
    const old = await beginPayment();
    await isWatched(fakesA);

    expect((await run('B', fakesB)).isCurrent).toBe(true);
    const recent = await beginPayment();
    await isWatched(fakesB);
    for (const id of [recent, old]) {
      await payments().notified(id);
      expect(await handleOf(id).result()).toMatchObject({ status: 'issued' });
    }

    expect(new Set(await buildsOf(old))).toEqual(new Set(['A']));
    expect(new Set(await buildsOf(recent))).toEqual(new Set(['B']));
    // Its activities too, on every task queue.
    for (const { seen } of [fakesA, fakesB]) expect(seen).toMatchObject({ links: 1, watches: 1, keys: 1, refunds: 0 });
  });

  it('and the worker of A is away: the old payment waits, and is finished by A when it is back', async () => {
    const [fakesA, fakesB] = [waitingFakes(), waitingFakes()];
    const a = await run('A', fakesA);
    const old = await beginPayment();
    await isWatched(fakesA);
    await a.stop();
    await run('B', fakesB);
    await payments().notified(old);
    const recent = await beginPayment();
    await isWatched(fakesB);
    await payments().notified(recent);
    await handleOf(recent).result();

    expect(new Set(await buildsOf(old))).toEqual(new Set(['A']));
    expect(fakesA.seen.keys).toBe(0);
    expect((await handleOf(old).describe()).status.name).toBe('RUNNING');
    // Started again, it does not take the new payments back.
    expect((await run('A', fakesA)).isCurrent).toBe(false);
    expect(await handleOf(old).result()).toMatchObject({ status: 'issued' });
    expect(new Set(await buildsOf(old))).toEqual(new Set(['A']));
    expect([fakesA.seen.keys, fakesB.seen.keys]).toEqual([1, 1]);
  });
});
