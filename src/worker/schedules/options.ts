import type { CalendarSpec, ScheduleDescription, ScheduleOptions, ScheduleUpdateOptions } from '@temporalio/client';
import { MINUTE_MS } from '../../domain/duration';
import type { ScheduleDefinition } from './definitions';

/** In the memo of the shop's schedules: one that was removed from the list can be told from somebody else's. */
export const MANAGED_BY = { managedBy: 'gigabridge' } as const;

/** How a definition is written for Temporal. */
export function scheduleOptions(definition: ScheduleDefinition): ScheduleOptions {
  return {
    scheduleId: definition.id,
    ...settings(definition),
    memo: { ...MANAGED_BY },
    state: { note: definition.note },
  };
}

/** The same for a schedule that exists; what an operator set there (pause, note, remaining actions) is kept. */
export function updateOptions(definition: ScheduleDefinition, existing: ScheduleDescription): ScheduleUpdateOptions {
  const { paused, note, remainingActions } = existing.state;
  return {
    ...settings(definition),
    state: { paused, note: note || definition.note, ...(remainingActions === undefined ? {} : { remainingActions }) },
  };
}

function settings(definition: ScheduleDefinition): Omit<ScheduleOptions, 'scheduleId' | 'memo' | 'state'> {
  const { timing } = definition;
  return {
    spec: {
      ...('everyMinutes' in timing
        ? { intervals: [{ every: timing.everyMinutes * MINUTE_MS }] }
        : { calendars: [calendar(timing)] }),
      timezone: 'UTC',
      jitter: definition.jitterSeconds * 1_000,
    },
    policies: {
      overlap: definition.overlap,
      catchupWindow: definition.catchupMinutes * MINUTE_MS,
      pauseOnFailure: false,
    },
    action: {
      type: 'startWorkflow',
      workflowType: definition.workflow,
      // Temporal appends the time of the run.
      workflowId: definition.id,
      taskQueue: definition.taskQueue,
      args: [...definition.args],
      workflowExecutionTimeout: definition.limitMinutes * MINUTE_MS,
      staticSummary: definition.note,
    },
  };
}

function calendar(timing: Extract<ScheduleDefinition['timing'], { dailyAt: unknown }>): CalendarSpec {
  const [hour, minute] = timing.dailyAt;
  return { hour, minute, ...(timing.weekday === undefined ? {} : { dayOfWeek: timing.weekday }) };
}

/** Which parts of a schedule in Temporal are not as defined; empty when nothing has to change. */
export function differences(definition: ScheduleDefinition, existing: ScheduleDescription): string[] {
  const wanted = comparable(definition);
  const found = comparableDescription(existing);
  return Object.keys(wanted).filter((part) => JSON.stringify(wanted[part]) !== JSON.stringify(found[part]));
}

type Comparable = Readonly<Record<string, unknown>>;

/** Every minute of the UTC week counts as one text: `*` is any week day. */
function comparable(definition: ScheduleDefinition): Comparable {
  const { timing } = definition;
  const [hour, minute] = 'dailyAt' in timing ? timing.dailyAt : [0, 0];
  return {
    calendars: 'dailyAt' in timing ? [`${timing.weekday ?? '*'} ${hour}:${minute}:0`] : [],
    intervals: 'everyMinutes' in timing ? [`${timing.everyMinutes * MINUTE_MS}+0`] : [],
    exceptions: 0,
    timezone: 'UTC',
    jitterMs: definition.jitterSeconds * 1_000,
    overlap: definition.overlap,
    catchupMs: definition.catchupMinutes * MINUTE_MS,
    pauseOnFailure: false,
    workflow: definition.workflow,
    workflowId: definition.id,
    taskQueue: definition.taskQueue,
    args: [...definition.args],
    limitMs: definition.limitMinutes * MINUTE_MS,
    summary: definition.note,
  };
}

function comparableDescription({ spec, policies, action }: ScheduleDescription): Comparable {
  return {
    calendars: (spec.calendars ?? []).map(
      (one) =>
        `${weekdays(one.dayOfWeek)} ${numbers(one.hour)}:${numbers(one.minute)}:${numbers(one.second)}${restOf(one)}`,
    ),
    intervals: (spec.intervals ?? []).map(({ every, offset }) => `${every}+${offset ?? 0}`),
    exceptions: (spec.skip?.length ?? 0) + (spec.startAt ? 1 : 0) + (spec.endAt ? 1 : 0),
    timezone: spec.timezone === '' || spec.timezone === undefined ? 'UTC' : spec.timezone,
    jitterMs: spec.jitter ?? 0,
    overlap: policies.overlap,
    catchupMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure,
    workflow: action.workflowType,
    workflowId: action.workflowId,
    taskQueue: action.taskQueue,
    args: action.args ?? [],
    limitMs: action.workflowExecutionTimeout,
    summary: action.staticSummary,
  };
}

interface Range<Unit> {
  readonly start: Unit;
  readonly end: Unit;
  readonly step: number;
}
type DescribedCalendar = NonNullable<ScheduleDescription['spec']['calendars']>[number];

function numbers(ranges: readonly Range<number>[]): string {
  return ranges.map(({ start, end, step }) => (start === end ? String(start) : `${start}-${end}/${step}`)).join(',');
}

function weekdays(ranges: readonly Range<string>[]): string {
  return ranges.map(({ start, end }) => rangeOf(start, end)).join(',');
}

function rangeOf(start: string, end: string): string {
  if (start === 'SUNDAY' && end === 'SATURDAY') return '*';
  return start === end ? start : `${start}-${end}`;
}

/** Days, months and years are never limited here; if somebody limited them by hand it shows as a difference. */
function restOf(one: DescribedCalendar): string {
  const everyDay =
    numbers(one.dayOfMonth) === '1-31/1' &&
    one.month.every(({ start, end }) => start === 'JANUARY' && end === 'DECEMBER') &&
    one.year.length === 0;
  return everyDay ? '' : ' limited';
}
