/** What a scheduled job says of itself, as plain data: bot, tools, worker and workflow code may all import it. */

/** When: at a minute of the UTC day (of one week day), or every so many minutes, counted from 00:00 UTC. */
export type Timing =
  | {
      readonly dailyAt: readonly [hour: number, minute: number];
      readonly weekday?: 'SUNDAY' | 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY';
    }
  | { readonly everyMinutes: number };

/**
 * One schedule of a job.
 * @typeParam Input what its workflow takes; a schedule leaves it out when the workflow may go without
 */
export type JobSchedule<Input = undefined> = {
  readonly timing: Timing;
  /**
   * Up to how many minutes late a run missed by downtime of Temporal is still made. The server's own default is a year.
   */
  readonly catchupMinutes: number;
  /**
   * Minutes after which a run that has not ended is ended by Temporal, with all its continue-as-new runs. While one
   * goes on no other is started, so one that hangs would be the last one for ever.
   */
  readonly limitMinutes: number;
  /** Seconds by which a run may start later, so that runs of several shops on one cluster don't all begin at once. */
  readonly jitterSeconds: number;
  /** What it does, for whoever reads the list in the Web UI and in docs/schedules.md; at most 400 bytes. */
  readonly note: string;
} & (undefined extends Input ? { readonly input?: Input } : { readonly input: Input });

/** A workflow that Temporal starts by schedule: `contract.ts` of each folder of `src/jobs` exports one. */
export interface JobContract<Input = undefined, Workflow extends string = string, ScheduleId extends string = string> {
  /** The workflow's type: the name under which `src/workflows/index.ts` exports it. */
  readonly workflow: Workflow;
  /** By schedule id. Operators and alerts rely on these ids; a run's workflow id is the schedule's id and the time. */
  readonly schedules: { readonly [Id in ScheduleId]: JobSchedule<Input> };
}
