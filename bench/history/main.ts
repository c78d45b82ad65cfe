/**
 * `npm run bench -- history`: how long the history of a payment gets that is never paid, from the tap to YooKassa's
 * last word an hour later, at three poll intervals; beside it the same watch as a loop of sleeps. Time is skipped by
 * Temporal's test server, the workflow and its retry policies are the product's. Ends with code 1 when a limit of the
 * design does not hold.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { paymentWorkflowId, type PaymentOutcome } from '../../src/workflows/contracts/payment';
import { openTimeSkipping } from '../../test/support/time-skipping';
import { createFakes } from '../../test/workflows/fakeActivities';
import { eventsOf } from '../../test/workflows/purchaseRunner';
import { table } from '../lib/numbers';
import { machine } from '../lib/processes';

/** DESIGN: "watching adds at most 12 events, a never-paid payment has at most 60 in all". */
const LIMITS = { all: 60, watching: 12 };
const TIMEOUT_MS = 300_000;
const INTERVALS_MS = [10_000, 5_000, 1_000];
// temporal.api.enums.v1.IndexedValueType
const [KEYWORD, BOOL] = [2, 5];

interface Figures {
  readonly polls: number;
  readonly all: number;
  readonly watching: number;
  readonly workflowTasks: number;
  readonly kilobytes: number;
}

type Event = ReturnType<typeof eventsOf>[number];

/** Number of events of these activities and of the workflow tasks that they caused. */
function causedBy(events: readonly Event[], activities: readonly string[]): number {
  let cause: string | undefined;
  let count = 0;
  for (const { type, activity } of events) {
    // A workflow task counts for the event that came last before it was scheduled.
    if (!type.startsWith('WORKFLOW_TASK')) cause = activity;
    if (cause !== undefined && activities.includes(cause)) count += 1;
  }
  return count;
}

async function historyOf(handle: WorkflowHandle) {
  const history = await handle.fetchHistory();
  const events = eventsOf(history);
  const bytes = JSON.stringify(history, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  ).length;
  return {
    events,
    kilobytes: Math.round(bytes / 100) / 10,
    workflowTasks: events.filter(({ type }) => type === 'WORKFLOW_TASK_COMPLETED').length,
  };
}

async function neverPaid(env: TestWorkflowEnvironment, bundle: { code: string }, intervalMs: number): Promise<Figures> {
  const fakes = createFakes({}, () => env.currentTimeMs());
  const workers = await createWorkers({
    connection: env.nativeConnection,
    namespace: 'default',
    activities: fakes.activities,
    workflowBundle: bundle,
    watchHeartbeatMs: 100,
    shutdownGraceMs: 100,
    maxCachedWorkflows: 10,
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  try {
    const paymentId = randomUUID();
    const workflows = createPaymentWorkflows(env.client, {
      pollIntervalMs: intervalMs,
      pollTimeoutMs: TIMEOUT_MS,
      refundAfterMs: 24 * 3_600_000,
    });
    await workflows.ensureRunning({
      id: paymentId,
      userId: 7,
      planName: { ru: 'Месяц', en: 'Month' },
      priceKopecks: 19_900,
      currency: 'RUB',
      status: 'created',
    });
    const handle = env.client.workflow.getHandle(paymentWorkflowId(paymentId));
    const outcome = (await handle.result()) as PaymentOutcome;
    if (outcome.status !== 'expired') throw new Error(`a never-paid payment ended as ${outcome.status}`);
    const { events, ...rest } = await historyOf(handle);
    return {
      polls: fakes.seen.polls,
      all: events.length,
      watching: causedBy(events, ['watchPayment', 'guardPayment']),
      ...rest,
    };
  } finally {
    for (const worker of workers) worker.shutdown();
    await runs;
  }
}

async function sleepLoop(env: TestWorkflowEnvironment, intervalMs: number): Promise<Figures> {
  let polls = 0;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: 'sleep-loop',
    workflowsPath: require.resolve('./sleepLoop'),
    activities: {
      async ask() {
        polls += 1;
        return 'pending' as const;
      },
    },
  });
  const { events, ...rest } = await worker.runUntil(async () => {
    const handle = await env.client.workflow.start('sleepLoop', {
      taskQueue: 'sleep-loop',
      workflowId: randomUUID(),
      args: [{ intervalMs, timeoutMs: TIMEOUT_MS }],
    });
    await handle.result();
    return historyOf(handle);
  });
  return { polls, all: events.length, watching: events.length, ...rest };
}

async function main(): Promise<void> {
  // The test server lacks what only production servers have; the SDK's warnings of that are of no use here.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  console.log(`${machine()}.\n`);
  const env = await openTimeSkipping({ PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL });
  try {
    const bundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      logger: new DefaultLogger('ERROR'),
    });
    const rows: [shape: string, intervalMs: number, figures: Figures][] = [];
    for (const intervalMs of INTERVALS_MS)
      rows.push(['payment, tap to expiry after an hour', intervalMs, await neverPaid(env, bundle, intervalMs)]);
    rows.push(['sleep loop, the five minutes alone', INTERVALS_MS[0]!, await sleepLoop(env, INTERVALS_MS[0]!)]);
    console.log(
      table(
        ['workflow', 'poll every', 'polls', 'events in all', 'of watching', 'workflow tasks', 'history, kB of JSON'],
        rows.map(([shape, intervalMs, { polls, all, watching, workflowTasks, kilobytes }]) => [
          shape,
          `${intervalMs / 1000} s`,
          polls,
          all,
          watching,
          workflowTasks,
          kilobytes,
        ]),
      ),
    );
    const ours = rows.slice(0, INTERVALS_MS.length).map(([, , figures]) => figures);
    const problems = [
      // Two activities that end at the same moment share a workflow task, which saves three events.
      ...(new Set(ours.map(({ all, workflowTasks }) => all - 3 * workflowTasks)).size > 1
        ? ['the number of events depends on the number of polls']
        : []),
      ...ours.flatMap(({ all, watching }) => [
        ...(all > LIMITS.all ? [`${all} events in all, the limit is ${LIMITS.all}`] : []),
        ...(watching > LIMITS.watching ? [`${watching} events of watching, the limit is ${LIMITS.watching}`] : []),
      ]),
    ];
    console.log(
      problems.length === 0
        ? `\nLimits hold: at most ${LIMITS.all} in all, ${LIMITS.watching} of watching, the same at any interval.`
        : `\nLIMITS BROKEN: ${problems.join('; ')}.`,
    );
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await env.teardown();
  }
}

void main();
