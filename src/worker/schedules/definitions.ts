import { ScheduleOverlapPolicy } from '@temporalio/client';
import { JOB_CONTRACTS } from '../../jobs';
import type { JobSchedule } from '../../jobs/jobContract';
import { MAIN_TASK_QUEUE } from '../../workflows/contracts/payment';

export type { Timing } from '../../jobs/jobContract';

/** A job's schedule with everything Temporal has to know. */
export interface ScheduleDefinition extends Omit<JobSchedule, 'input'> {
  readonly id: string;
  readonly overlap: ScheduleOverlapPolicy;
  readonly workflow: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
}

/**
 * The schedules of all jobs. No two runs of one at once. Every job finds its work in the database, not in "now minus an
 * interval": one that runs late, twice or by hand does nothing wrong.
 */
export const SCHEDULES: readonly ScheduleDefinition[] = JOB_CONTRACTS.flatMap(({ workflow, schedules }) =>
  Object.entries(schedules).map(([id, { input, ...schedule }]) => ({
    ...schedule,
    id,
    workflow,
    overlap: ScheduleOverlapPolicy.SKIP,
    taskQueue: MAIN_TASK_QUEUE,
    args: input === undefined ? [] : [input],
  })),
);
