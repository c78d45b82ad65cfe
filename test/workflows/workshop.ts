/** The test server, one worker on the real workflow bundle, and a way to run one purchase in a world of its own. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { paymentWorkflowId, type PaymentOutcome } from '../../src/workflows/contracts/payment';
import { openTimeSkipping } from '../support/time-skipping';
import { workflowBundle } from '../support/workflow-bundle';
import { createWorld, type Timetable, type World } from './world';

/** The pace of the real shop. */
export const PACE = { pollIntervalMs: 10_000, pollTimeoutMs: 300_000, refundAfterMs: 24 * 3_600_000 };

export interface Purchase {
  readonly paymentId: string;
  readonly world: World;
  readonly handle: WorkflowHandle;
  readonly workflows: ReturnType<typeof createPaymentWorkflows>;
  /** Ends the workers and starts new ones, as a deploy or a crash would. */
  restartWorkers(): Promise<void>;
  outcome(): Promise<PaymentOutcome>;
  /** All events so far, in order, each with the activity it belongs to. */
  events(): Promise<{ type: string; activity: string | undefined }[]>;
}

export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

export async function openWorkshop() {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const env = await openTimeSkipping({ PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL });
  const bundle = await workflowBundle();

  const startWorkers = async (world: World, cached: number) => {
    const workers = await createWorkers({ connection: env.nativeConnection, namespace: 'default', activities: world.activities, workflowBundle: bundle, watchHeartbeatThrottleMs: 100, shutdownGraceMs: 100, maxCachedWorkflows: cached });
    const runs = workers.map((worker) => worker.run());
    return async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.all(runs);
    };
  };

  return {
    env,
    bundle,
    /** Runs `scenario` on one purchase and returns what it returns; the workers end with it. */
    async purchase<T>(timetable: Timetable, scenario: (purchase: Purchase) => Promise<T>): Promise<T> {
      const world = createWorld(timetable, () => env.currentTimeMs());
      const paymentId = randomUUID();
      const workflows = createPaymentWorkflows(env.client, PACE);
      const cached = timetable.forgetfulWorkers ? 0 : 100;
      let stop = await startWorkers(world, cached);
      try {
        await workflows.ensureRunning({ id: paymentId, userId: 7, planName: { ru: 'Месяц', en: 'Month' }, priceKopecks: 19_900, status: 'created' });
        const handle = env.client.workflow.getHandle(paymentWorkflowId(paymentId));
        return await scenario({
          paymentId,
          world,
          handle,
          workflows,
          async restartWorkers() {
            await stop();
            stop = await startWorkers(world, cached);
          },
          outcome: () => handle.result() as Promise<PaymentOutcome>,
          async events() {
            return eventsOf(await handle.fetchHistory());
          },
        });
      } finally {
        await stop();
      }
    },
    close: () => env.teardown(),
  };
}

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType
const BOOL = 5;

/** The events of a history as operators read them. */
export function eventsOf(history: temporal.api.history.v1.IHistory): { type: string; activity: string | undefined }[] {
  const scheduled = new Map<string, string>();
  return (history.events ?? []).map((event) => {
    const type = temporal.api.enums.v1.EventType[event.eventType ?? 0]!.replace('EVENT_TYPE_', '');
    const started = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (started) scheduled.set(String(event.eventId), started);
    const about = event.activityTaskStartedEventAttributes ?? event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskCanceledEventAttributes ?? event.activityTaskCancelRequestedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    return { type, activity: started ?? (about ? scheduled.get(String(about.scheduledEventId)) : undefined) };
  });
}

/** Keeps a history for the replay test when RECORD_HISTORIES is set; see test/workflows/README.md. */
export async function keepHistory(handle: WorkflowHandle | WorkflowHandleWithFirstExecutionRunId, name: string): Promise<void> {
  if (!process.env['RECORD_HISTORIES']) return;
  // Stack traces name the folder of whoever recorded it.
  const json = historyToJSON(await handle.fetchHistory()).replaceAll(process.cwd(), '/shop');
  await writeFile(path.join(__dirname, 'histories', `${name}.json`), `${json}\n`);
}
