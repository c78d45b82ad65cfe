/**
 * Every scheduled job: its contract and the factory of its activities. Schedule ids, the schedules the worker applies
 * and the activities it registers all follow from this list; a test compares the table of docs/schedules.md with it.
 */
import type * as workflows from '../workflows';
import { createAuditActivities } from './audit/activities';
import { audit } from './audit/contract';
import { createCleanupActivities } from './cleanup/activities';
import { cleanup } from './cleanup/contract';
import { createExpiryActivities } from './expiry/activities';
import { expiry } from './expiry/contract';
import type { JobContract } from './jobContract';
import { createPanelSyncActivities } from './panelSync/activities';
import { panelSync } from './panelSync/contract';
import { createReceiptActivities } from './receipts/activities';
import { receipts } from './receipts/contract';
import { createReconciliationActivities } from './reconciliation/activities';
import { reconciliation } from './reconciliation/contract';
import { createReferralRewardActivities } from './referralRewards/activities';
import { referralRewards } from './referralRewards/contract';
import { createReminderActivities } from './reminders/activities';
import { reminders } from './reminders/contract';
import { createServiceWatchActivities } from './serviceWatch/activities';
import { serviceWatch } from './serviceWatch/contract';
import { createTrialReminderActivities } from './trialReminders/activities';
import { trialReminders } from './trialReminders/contract';

type Workflows = typeof workflows;

/** Activities by task queue: `main` beside those of the payments, `bulk` for messages that can wait. */
export interface ActivitiesByQueue {
  readonly main: object;
  readonly bulk?: object;
}

/**
 * Does not compile when `src/workflows` does not export the job's workflow, or a schedule starts it with the wrong
 * input.
 */
function job<Workflow extends keyof Workflows, Id extends string, Dependencies, Activities extends ActivitiesByQueue>(
  contract: JobContract<Parameters<Workflows[Workflow]>[0], Workflow, Id>,
  createActivities: (dependencies: Dependencies) => Activities,
) {
  return { contract, createActivities };
}

const JOBS = {
  reminders: job(reminders, createReminderActivities),
  trialReminders: job(trialReminders, createTrialReminderActivities),
  referralRewards: job(referralRewards, createReferralRewardActivities),
  expiry: job(expiry, createExpiryActivities),
  panelSync: job(panelSync, createPanelSyncActivities),
  cleanup: job(cleanup, createCleanupActivities),
  receipts: job(receipts, createReceiptActivities),
  reconciliation: job(reconciliation, createReconciliationActivities),
  serviceWatch: job(serviceWatch, createServiceWatchActivities),
  audit: job(audit, createAuditActivities),
};

/** The contracts of all jobs, in the order in which operators see them. */
export const JOB_CONTRACTS: readonly JobContract<unknown>[] = Object.values(JOBS).map(({ contract }) => contract);

/** The ids of all schedules. */
export const SCHEDULE_IDS: readonly string[] = JOB_CONTRACTS.flatMap(({ schedules }) => Object.keys(schedules));

type Job = (typeof JOBS)[keyof typeof JOBS];
type IdsOf<Each> = Each extends { readonly contract: { readonly schedules: infer Schedules } }
  ? keyof Schedules
  : never;
/** The id of a schedule, for lists that must have an entry for each of them. */
export type ScheduleId = IdsOf<Job>;
type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Intersection) => void
  ? Intersection
  : never;

/** What the activities of all jobs need; the worker builds it. */
export type JobDependencies = All<Parameters<Job['createActivities']>[0]>;

/** The activities of all jobs. */
export interface JobActivities {
  readonly main: All<ReturnType<Job['createActivities']>['main']>;
  readonly bulk: All<Extract<ReturnType<Job['createActivities']>, { readonly bulk: object }>['bulk']>;
}

/** @throws when two jobs give their activities the same name */
export function createJobActivities(dependencies: JobDependencies): JobActivities {
  const created: ActivitiesByQueue[] = Object.values(JOBS).map(({ createActivities }) =>
    createActivities(dependencies),
  );
  return {
    main: merged(created.map(({ main }) => main)),
    bulk: merged(created.map(({ bulk }) => bulk ?? {})),
  } as JobActivities;
}

function merged(groups: readonly object[]): object {
  const names = groups.flatMap((group) => Object.keys(group));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two jobs have an activity named ${twice}`);
  return Object.assign({}, ...groups) as object;
}
