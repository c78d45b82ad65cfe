import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  Worker,
  type FixedSizeSlotSupplier,
  type NativeConnection,
  type WorkerOptions,
  type WorkerTuner,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { Context } from '@temporalio/activity';
import type { DataConverter } from '@temporalio/common';
import type { JobActivities } from '../jobs';
import { BULK_TASK_QUEUE } from '../jobs/bulkMessages/contract';
import { heartbeats } from '../activities/heartbeat';
import { MAIN_TASK_QUEUE, WATCH_TASK_QUEUE } from '../workflows/contracts/payment';
import type { GiftActivities } from '../workflows/contracts/gift';
import type { GrantActivities } from '../workflows/contracts/grant';
import type { PaymentActivities } from './activities';
import { failingSteps, gatewayFailures, type FailingStep } from './interceptors';
import { deploymentOptions, type Build } from './versions/build';
import { WorkflowWorker } from './workflowThread';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** How payloads are encoded; absent, as JSON that operators can read. */
  readonly dataConverter?: DataConverter;
  readonly activities: PaymentActivities;
  /** The activities of what costs nothing; absent only in tests that give nothing. */
  readonly grants?: GrantActivities & GiftActivities;
  /** The activities of scheduled jobs; absent only in tests that schedule nothing. */
  readonly jobs?: JobActivities;
  /** The prebuilt bundle in production; absent, the workflows are bundled at start (development, tests). */
  readonly workflowBundle?: WorkflowBundleOption;
  /**
   * Which workflow code it is; absent, the workers are not versioned (tests, and servers that can't: the time-skipping
   * one).
   */
  readonly build?: Pick<Build, 'id'>;
  readonly identity?: string;
  /** Told of attempts of steps that fail again and again; absent only in tests. */
  readonly onFailingStep?: (failing: FailingStep) => void;
  /**
   * Milliseconds between two heartbeats of a watch (6 000; after 15 000 without one it is given to another worker).
   * Each is a write at Temporal, and a watch that is not needed any more is told so at its next one.
   */
  readonly watchHeartbeatMs?: number;
  /**
   * How long a stopping worker waits for the activities that run, in ms (50 000: longer than a call to a provider
   * takes).
   */
  readonly shutdownGraceMs?: number;
  /** Workflows kept in memory between their tasks (2 000); about 1 MB each at worst. */
  readonly maxCachedWorkflows?: number;
}

/** What the workers of all task queues share. */
type CommonOptions = Pick<
  WorkerOptions,
  'connection' | 'namespace' | 'dataConverter' | 'shutdownForceTime' | 'identity' | 'workerDeploymentOptions'
>;

/** A heartbeat timeout of 8 s (`src/workflows/retryPolicies.ts`) lets two of them be late. */
const HEARTBEAT_MS = 2_000;
const WATCH_HEARTBEAT_MS = 6_000;

type Report = NonNullable<WorkersOptions['onFailingStep']>;

/**
 * What every activity runs through. It says this often that its worker lives, and the SDK holds none of these
 * heartbeats back.
 */
const withInterceptors = (everyMs: number, report: Report) =>
  ({
    interceptors: {
      activity: [
        (context: Context) => ({ inbound: heartbeats(everyMs)(context) }),
        (context: Context) => ({ inbound: gatewayFailures(context) }),
        (context: Context) => ({ inbound: failingSteps(report)(context) }),
      ],
    },
    maxHeartbeatThrottleInterval: everyMs,
  }) satisfies Partial<WorkerOptions>;

const MAX_SLOTS = 200;
const ACTIVITY_SLOTS: FixedSizeSlotSupplier = { type: 'fixed-size', numSlots: MAX_SLOTS };

/**
 * How much the main worker does at once. A workflow task lasts as long as the local activities in it. While those only
 * wait, as for a slow panel, other tasks need slots; while the processor is busy, more slots only make everything
 * slower. Measurements: bench/README.md, "Money to key".
 */
const MAIN_SLOTS: WorkerTuner = {
  workflowTaskSlotSupplier: {
    type: 'resource-based',
    tunerOptions: { targetCpuUsage: 0.85, targetMemoryUsage: 0.9 },
    minimumSlots: 30,
    maximumSlots: MAX_SLOTS,
    rampThrottle: '50ms',
  },
  activityTaskSlotSupplier: ACTIVITY_SLOTS,
  localActivityTaskSlotSupplier: ACTIVITY_SLOTS,
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
};

/**
 * One worker for workflows and short activities, one for the close watch, one for messages that can wait.
 *
 * A watch mostly sleeps, so thousands fit on one worker; on the main queue they would take the slots of the activities
 * that move money. Measurements: bench/README.md, "Pending payments".
 */
export async function createWorkers({
  connection,
  namespace,
  dataConverter,
  activities,
  grants,
  jobs,
  workflowBundle,
  build,
  identity,
  onFailingStep: report = () => undefined,
  ...options
}: WorkersOptions): Promise<Worker[]> {
  const common: CommonOptions = {
    connection,
    namespace,
    ...(dataConverter === undefined ? {} : { dataConverter }),
    shutdownForceTime: '60s',
    ...(identity === undefined ? {} : { identity }),
    ...(build === undefined ? {} : { workerDeploymentOptions: deploymentOptions(build) }),
  };
  const { watchPayment, ...short } = activities;
  return Promise.all([
    WorkflowWorker.create({
      ...common,
      taskQueue: MAIN_TASK_QUEUE,
      ...(workflowBundle === undefined ? bundledAtStart(require.resolve('../workflows')) : { workflowBundle }),
      activities: { ...short, ...grants, ...jobs?.main },
      ...withInterceptors(HEARTBEAT_MS, report),
      shutdownGraceTime: options.shutdownGraceMs ?? 50_000,
      tuner: MAIN_SLOTS,
      maxCachedWorkflows: options.maxCachedWorkflows ?? 2_000,
      // How long a killed worker's payments wait before another worker takes them; the SDK's default is 10 s.
      stickyQueueScheduleToStartTimeout: '5s',
    }),
    Worker.create({
      ...common,
      taskQueue: WATCH_TASK_QUEUE,
      activities: { watchPayment },
      maxConcurrentActivityTaskExecutions: 5_000,
      ...withInterceptors(options.watchHeartbeatMs ?? WATCH_HEARTBEAT_MS, report),
      // It only sleeps: another worker takes it over at once.
      shutdownGraceTime: '100ms',
    }),
    ...(jobs === undefined ? [] : [bulkWorker(common, jobs, report)]),
  ]);
}

/** Workflow code that is bundled when the worker starts, in the way of the built bundle. */
const bundledAtStart = (workflowsPath: string) => ({
  workflowsPath,
  bundlerOptions: { preloadModules: [workflowsPath] },
});

/**
 * Reminders and expiry notices. PostgreSQL limits their rate, for all workers together; here they only get a few slots
 * of their own, so that a receipt or a key never waits behind a long list.
 */
function bulkWorker(common: CommonOptions, jobs: JobActivities, report: Report): Promise<Worker> {
  return Worker.create({
    ...common,
    taskQueue: BULK_TASK_QUEUE,
    activities: { ...jobs.bulk },
    maxConcurrentActivityTaskExecutions: 4,
    // What a killed worker has last told Temporal of its progress is at most this old.
    ...withInterceptors(HEARTBEAT_MS, report),
    // It begins no new message and waits for the few that are being sent.
    shutdownGraceTime: '100ms',
  });
}

/**
 * The bundle that `npm run build` made, if this runs from a build.
 * @param encodesFailures whether payloads are encrypted: a bundle has the converter of failures in it
 */
export function prebuiltBundle(distFolder: string, encodesFailures: boolean): WorkflowBundleOption | undefined {
  const name = encodesFailures ? 'workflow-bundle.encoded-failures.js' : 'workflow-bundle.js';
  const codePath = path.join(distFolder, name);
  return existsSync(codePath) ? { codePath } : undefined;
}
