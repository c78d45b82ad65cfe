/**
 * A Temporal server, the workers on the real workflow bundle, and a way to run one purchase on fake activities of its
 * own.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Client, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { temporal } from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createPaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createWorkers } from '../../src/worker/createWorkers';
import { paymentWorkflowId, type PaymentOutcome } from '../../src/workflows/contracts/payment';
import { openNamespace } from '../schedules/namespace';
import { openTimeSkipping } from '../support/time-skipping';
import { workflowBundle } from '../support/workflow-bundle';
import { createFakes, PACE, type Timetable, type Fakes } from './fakeActivities';

export interface Purchase {
  readonly paymentId: string;
  readonly fakes: Fakes;
  readonly handle: WorkflowHandle;
  readonly workflows: ReturnType<typeof createPaymentWorkflows>;
  /** Ends the workers and starts new ones, as a deploy or a crash would. */
  restartWorkers(): Promise<void>;
  outcome(): Promise<PaymentOutcome>;
  /**
   * Lets time pass until something has happened, ten minutes at a time. Where a workflow waits for a person without any
   * timer, awaiting its outcome would skip all the years that a run may last.
   */
  timePassesUntil(happened: () => boolean, what: string): Promise<void>;
  /** All events so far, in order. */
  events(): Promise<ShownEvent[]>;
}

/** Where the purchases of a runner run. */
export interface Server {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Its clock, epoch ms. */
  now(): Promise<number>;
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** One on which time is skipped while a result is awaited and nobody works. */
export async function timeSkippingServer(): Promise<Server> {
  const env = await openTimeSkipping({ PaymentStatus: KEYWORD, TelegramUserId: KEYWORD, NeedsAttention: BOOL });
  return {
    client: env.client,
    connection: env.nativeConnection,
    namespace: 'default',
    now: () => env.currentTimeMs(),
    sleep: (ms) => env.sleep(ms),
    close: () => env.teardown(),
  };
}

/** A namespace of the dev server, where time passes as it does. */
export async function realServer(name: string): Promise<Server> {
  const space = await openNamespace(name);
  const connection = await NativeConnection.connect({ address: space.address });
  return {
    client: space.client,
    connection,
    namespace: space.name,
    now: async () => Date.now(),
    sleep: (ms) => setTimeout(ms),
    async close() {
      await connection.close();
      await space.close();
    },
  };
}

/** A week of tens of minutes. */
const STEPS = 1_008;

export type PurchaseRunner = Awaited<ReturnType<typeof openPurchaseRunner>>;

/** @param open which server; it is closed with the runner */
export async function openPurchaseRunner(open: () => Promise<Server>) {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = await open();
  const bundle = await workflowBundle();

  /** The fakes of each purchase, by the id of its workflow. */
  const fakesOf = new Map<string, Fakes>();
  const activities = activitiesOf(fakesOf, () => server.now());

  const startWorkers = async (cached: number) => {
    const workers = await createWorkers({
      connection: server.connection,
      namespace: server.namespace,
      activities,
      workflowBundle: bundle,
      watchHeartbeatMs: 100,
      shutdownGraceMs: 100,
      maxCachedWorkflows: cached,
    });
    const runs = workers.map((worker) => worker.run());
    return async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.all(runs);
    };
  };

  // One set of workers for all purchases: each new one costs a second of processor time to load the bundle.
  let running: { readonly cached: number; readonly stop: () => Promise<void> } | undefined;
  const stopWorkers = async () => {
    await running?.stop();
    running = undefined;
  };
  const ensureWorkers = async (cached: number) => {
    if (running?.cached === cached) return;
    await stopWorkers();
    running = { cached, stop: await startWorkers(cached) };
  };

  return {
    client: server.client,
    /** Runs `scenario` on one purchase, which it sees to its end, and returns what it returns. */
    async purchase<T>(timetable: Timetable, scenario: (purchase: Purchase) => Promise<T>): Promise<T> {
      const fakes = createFakes(timetable, () => server.now());
      const paymentId = randomUUID();
      const refundAfterMs = (timetable.refundAfterHours ?? 24) * 3_600_000;
      const { messagesPerRun } = timetable;
      const pace = { ...PACE, refundAfterMs, ...(messagesPerRun !== undefined && { messagesPerRun }) };
      const workflows = createPaymentWorkflows(server.client, pace, 60_000);
      const cached = timetable.forgetfulWorkers ? 0 : 100;
      fakesOf.set(paymentWorkflowId(paymentId), fakes);
      await ensureWorkers(cached);
      await workflows.ensureRunning({
        id: paymentId,
        userId: 7,
        planName: { ru: 'Месяц', en: 'Month' },
        priceKopecks: 19_900,
        currency: 'RUB',
        status: 'created',
      });
      const handle = server.client.workflow.getHandle(paymentWorkflowId(paymentId));
      return scenario({
        paymentId,
        fakes,
        handle,
        workflows,
        async restartWorkers() {
          await stopWorkers();
          await ensureWorkers(cached);
        },
        outcome: () => handle.result() as Promise<PaymentOutcome>,
        async timePassesUntil(happened, what) {
          for (let steps = 0; !happened(); steps += 1) {
            if (steps === STEPS) throw new Error(`it has not happened within ${STEPS * 10} minutes: ${what}`);
            await server.sleep(600_000);
          }
        },
        async events() {
          return eventsOf(await handle.fetchHistory());
        },
      });
    },
    async close() {
      await stopWorkers();
      await server.close();
    },
  };
}

/** Activities that go to the fakes of the purchase whose workflow asks. */
function activitiesOf(fakesOf: ReadonlyMap<string, Fakes>, serverTime: () => Promise<number>): Fakes['activities'] {
  const names = Object.keys(createFakes({}, serverTime).activities) as (keyof Fakes['activities'])[];
  const call =
    (name: keyof Fakes['activities']) =>
    (...args: never[]): Promise<unknown> => {
      const { workflowId } = Context.current().info.workflowExecution!;
      const activity = fakesOf.get(workflowId)!.activities[name] as (...args: never[]) => Promise<unknown>;
      return activity(...args);
    };
  return Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as Fakes['activities'];
}

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType
const BOOL = 5;

export interface ShownEvent {
  readonly type: string;
  /** The activity it belongs to. */
  readonly activity: string | undefined;
}

/** Where in the history an activity is over for the first time; -1: it is not. */
export const endOf = (name: string, events: readonly ShownEvent[]): number =>
  events.findIndex(({ type, activity }) => type === 'ACTIVITY_TASK_COMPLETED' && activity === name);

/** The events of a history as operators read them. */
export function eventsOf(history: temporal.api.history.v1.IHistory): ShownEvent[] {
  const scheduled = new Map<string, string>();
  return (history.events ?? []).map((event) => {
    const type = temporal.api.enums.v1.EventType[event.eventType ?? 0]!.replace('EVENT_TYPE_', '');
    const started = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (started) scheduled.set(String(event.eventId), started);
    const about =
      event.activityTaskStartedEventAttributes ??
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskCanceledEventAttributes ??
      event.activityTaskCancelRequestedEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    return { type, activity: started ?? (about ? scheduled.get(String(about.scheduledEventId)) : undefined) };
  });
}

/** Keeps a history for the replay test when RECORD_HISTORIES is set; see test/workflows/README.md. */
export async function keepHistory(
  handle: WorkflowHandle | WorkflowHandleWithFirstExecutionRunId,
  name: string,
): Promise<void> {
  if (!process.env['RECORD_HISTORIES']) return;
  // Stack traces name the folder of whoever recorded it.
  const json = historyToJSON(await handle.fetchHistory()).replaceAll(process.cwd(), '/shop');
  await writeFile(path.join(__dirname, 'histories', `${name}.json`), `${json}\n`);
}
