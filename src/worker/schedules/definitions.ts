import { ScheduleOverlapPolicy } from '@temporalio/client';
import {
  CARE_TASK_QUEUE,
  CLEANUP_WORKFLOW,
  EXPIRY_WORKFLOW,
  PANEL_SYNC_WORKFLOW,
  RECONCILIATION_WORKFLOW,
  REMINDERS_WORKFLOW,
} from '../../workflows/contracts/schedules';

/** When: at a minute of the UTC day (of one week day), or every so often, aligned to 00:00 UTC. */
export type Timing =
  | {
      readonly dailyAt: readonly [hour: number, minute: number];
      readonly weekday?: 'SUNDAY' | 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY';
    }
  | { readonly everyMinutes: number };

export interface ScheduleDefinition {
  readonly id: string;
  readonly timing: Timing;
  /** Up to how many minutes late a run missed by downtime of Temporal is still made. The server's own default is a year. */
  readonly catchupMinutes: number;
  /** Seconds by which a run may start later, so that runs of several shops on one cluster don't all begin at once. */
  readonly jitterSeconds: number;
  readonly overlap: ScheduleOverlapPolicy;
  readonly workflow: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  /** What it does, for whoever reads the list in the Web UI; at most 400 bytes. */
  readonly note: string;
}

const common = { overlap: ScheduleOverlapPolicy.SKIP, taskQueue: CARE_TASK_QUEUE, args: [] } as const;

/**
 * Everything that runs by itself. To add a job, add it here and export its workflow. Every job finds its work in the
 * record, not in "now minus an interval": one that runs late, twice or by hand does nothing wrong.
 */
export const SCHEDULES: readonly ScheduleDefinition[] = [
  {
    ...common,
    id: 'subscription-reminders',
    timing: { dailyAt: [9, 0] },
    // A reminder in the evening is still good, one in the night is not; the next day's run catches up with its own words.
    catchupMinutes: 8 * 60,
    jitterSeconds: 0,
    workflow: REMINDERS_WORKFLOW,
    note: 'Tells buyers 3 days and 1 day before the end, and on the day; each at most once.',
  },
  {
    ...common,
    id: 'subscription-expiry',
    timing: { everyMinutes: 6 * 60 },
    catchupMinutes: 6 * 60,
    jitterSeconds: 60,
    workflow: EXPIRY_WORKFLOW,
    note: 'Closes subscriptions that have ended, disables them on their panels, tells the buyers once.',
  },
  {
    ...common,
    id: 'panel-sync',
    timing: { everyMinutes: 30 },
    catchupMinutes: 10,
    jitterSeconds: 120,
    workflow: PANEL_SYNC_WORKFLOW,
    note: 'Reads every panel: usage and load recorded, drift repaired or, above the set share, proposed.',
  },
  {
    ...common,
    id: 'cleanup-fsm',
    timing: { everyMinutes: 60 },
    catchupMinutes: 30,
    jitterSeconds: 120,
    workflow: CLEANUP_WORKFLOW,
    args: [{ what: 'fsm' }],
    note: 'Removes dialogs and sessions in Redis that never expire or can’t be read.',
  },
  {
    ...common,
    id: 'cleanup-cache',
    timing: { dailyAt: [3, 30] },
    catchupMinutes: 6 * 60,
    jitterSeconds: 300,
    workflow: CLEANUP_WORKFLOW,
    args: [{ what: 'cache' }],
    note: 'Removes cache entries and payment data in Redis that never expire or can’t be read.',
  },
  {
    ...common,
    id: 'cleanup-payments',
    timing: { dailyAt: [4, 0], weekday: 'SUNDAY' },
    catchupMinutes: 2 * 24 * 60,
    jitterSeconds: 300,
    workflow: CLEANUP_WORKFLOW,
    args: [{ what: 'payments' }],
    note: 'Closes abandoned payments on YooKassa’s word; removes webhooks, personal data and messages past their retention.',
  },
  {
    ...common,
    id: 'payment-reconciliation',
    timing: { everyMinutes: 15 },
    catchupMinutes: 10,
    jitterSeconds: 30,
    workflow: RECONCILIATION_WORKFLOW,
    note: 'Compares YooKassa’s lists with the record; heals payments without a workflow, raises money nobody can explain.',
  },
];
