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
import { MAIN_TASK_QUEUE, WATCH_TASK_QUEUE } from '../workflows/contracts/payment';
import { BULK_TASK_QUEUE } from '../workflows/contracts/schedules';
import type { AllActivities } from './activities';
import type { Care } from './careActivities';
import { gatewayFailures } from './interceptors';
import { deploymentOptions, type Build } from './versions/build';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: AllActivities;
  /** What the scheduled workflows run on; absent only in tests that schedule nothing. */
  readonly care?: Care;
  /** The prebuilt bundle in production; absent, the workflows are bundled at start (development, tests). */
  readonly workflowBundle?: WorkflowBundleOption;
  /** Which workflow code it is; absent, the workers are not versioned (tests, and servers that can't: the time-skipping one). */
  readonly build?: Pick<Build, 'id'>;
  readonly identity?: string;
  /**
   * Milliseconds between two signs of life of a watch (15 000, of the 30 000 after which it is given to another worker). Each is a
   * write at Temporal, and a watch that is not needed any more hears of that at its next one.
   */
  readonly watchHeartbeatThrottleMs?: number;
  /** How long a stopping worker lets its calls end by themselves, in ms (50 000: longer than a call to YooKassa takes). */
  readonly shutdownGraceMs?: number;
  /** Workflows kept in memory between their tasks (2 000); about 1 MB each at worst. */
  readonly maxCachedWorkflows?: number;
}

/** What the workers of all task queues share. */
type CommonOptions = Pick<
  WorkerOptions,
  'connection' | 'namespace' | 'interceptors' | 'shutdownForceTime' | 'identity' | 'workerDeploymentOptions'
>;

const PLACES = 200;
const MANY: FixedSizeSlotSupplier = { type: 'fixed-size', numSlots: PLACES };

/**
 * How much the main worker does at once. A workflow task lasts as long as the calls in it. While those only wait, as for a slow panel, others
 * must find a place; when the processor is full, more at once only cost more. Measurements: bench/README.md, "Money to key".
 */
const MAIN_SLOTS: WorkerTuner = {
  workflowTaskSlotSupplier: {
    type: 'resource-based',
    tunerOptions: { targetCpuUsage: 0.85, targetMemoryUsage: 0.9 },
    minimumSlots: 30,
    maximumSlots: PLACES,
    rampThrottle: '50ms',
  },
  activityTaskSlotSupplier: MANY,
  localActivityTaskSlotSupplier: MANY,
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
};

/**
 * One worker for workflows and short activities, one for the close watch, one for messages that can wait.
 *
 * A watch mostly sleeps, so thousands fit on one worker; on the main queue they would take the slots of the work that moves
 * money. Measurements: bench/README.md, "Pending payments".
 */
export async function createWorkers({
  connection,
  namespace,
  activities,
  care,
  workflowBundle,
  build,
  identity,
  ...pace
}: WorkersOptions): Promise<Worker[]> {
  const common: CommonOptions = {
    connection,
    namespace,
    interceptors: { activity: [() => ({ inbound: gatewayFailures() })] },
    shutdownForceTime: '60s',
    ...(identity === undefined ? {} : { identity }),
    ...(build === undefined ? {} : { workerDeploymentOptions: deploymentOptions(build) }),
  };
  const { watchPayment, ...short } = activities;
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: MAIN_TASK_QUEUE,
      ...(workflowBundle === undefined ? { workflowsPath: require.resolve('../workflows') } : { workflowBundle }),
      activities: { ...short, ...care?.short },
      shutdownGraceTime: pace.shutdownGraceMs ?? 50_000,
      tuner: MAIN_SLOTS,
      maxCachedWorkflows: pace.maxCachedWorkflows ?? 2_000,
      // How long a killed worker's payments wait before another worker takes them; the SDK's default is 10 s.
      stickyQueueScheduleToStartTimeout: '5s',
    }),
    Worker.create({
      ...common,
      taskQueue: WATCH_TASK_QUEUE,
      activities: { watchPayment },
      maxConcurrentActivityTaskExecutions: 5_000,
      maxHeartbeatThrottleInterval: pace.watchHeartbeatThrottleMs ?? 15_000,
      // It only sleeps: another worker takes it over at once.
      shutdownGraceTime: '100ms',
    }),
    ...(care === undefined ? [] : [bulkWorker(common, care)]),
  ]);
}

/**
 * Reminders and notices of the end. Their pace is kept in PostgreSQL, for all workers together; here they only get a few slots
 * of their own, so that a long list never stands before a receipt or a key.
 */
function bulkWorker(common: CommonOptions, care: Care): Promise<Worker> {
  return Worker.create({
    ...common,
    taskQueue: BULK_TASK_QUEUE,
    activities: { ...care.bulk },
    maxConcurrentActivityTaskExecutions: 4,
    // The position a killed worker has reached is at most this old.
    maxHeartbeatThrottleInterval: '3s',
    // It stops taking turns at once and waits for the few messages on their way.
    shutdownGraceTime: '100ms',
  });
}

/** The bundle that `npm run build` made, if this runs from a build. */
export function prebuiltBundle(distFolder: string): WorkflowBundleOption | undefined {
  const codePath = path.join(distFolder, 'workflow-bundle.js');
  return existsSync(codePath) ? { codePath } : undefined;
}
