import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';

/** How one schedule stands. */
export interface ScheduleLine {
  readonly id: string;
  readonly status: 'running' | 'waiting' | 'paused' | 'missing';
  readonly note: string;
  readonly lastRun: Date | undefined;
  readonly nextRun: Date | undefined;
  /**
   * Runs that were due and not made: `missed` when Temporal was away for too long, `skipped` when the last run still
   * went on.
   */
  readonly missed: number;
  readonly skipped: number;
}

export class UnknownScheduleError extends Error {
  override readonly name = 'UnknownScheduleError';
}

export type ScheduleAdmin = ReturnType<typeof createScheduleAdmin>;

/**
 * What operators do with schedules; each method but `list` throws `UnknownScheduleError` for an id that Temporal does
 * not know.
 * @param ids of the schedules that there should be (`SCHEDULE_IDS` of src/jobs)
 */
export function createScheduleAdmin(client: Client, ids: readonly string[]) {
  const reach = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError)
        throw new UnknownScheduleError(
          `There is no schedule ${id}. There are: ${ids.join(', ')}; they are created when the worker starts.`,
        );
      throw error;
    }
  };

  return {
    async list(): Promise<ScheduleLine[]> {
      return Promise.all(
        ids.map(async (id) => lineOf(id, await client.schedule.getHandle(id).describe().catch(missing))),
      );
    },

    /** Runs it now, unless a run is going on. */
    trigger: (id: string) => reach(id, () => client.schedule.getHandle(id).trigger(ScheduleOverlapPolicy.SKIP)),
    pause: (id: string, note: string) => reach(id, () => client.schedule.getHandle(id).pause(note)),
    unpause: (id: string, note: string) => reach(id, () => client.schedule.getHandle(id).unpause(note)),

    /** Makes the runs that were due between two moments, one after another. */
    backfill: (id: string, from: Date, to: Date) =>
      reach(id, () =>
        client.schedule.getHandle(id).backfill({ start: from, end: to, overlap: ScheduleOverlapPolicy.BUFFER_ALL }),
      ),
  };
}

function lineOf(id: string, found: ScheduleDescription | undefined): ScheduleLine {
  if (!found)
    return {
      id,
      status: 'missing',
      note: 'not in Temporal; the worker creates it at its start',
      lastRun: undefined,
      nextRun: undefined,
      missed: 0,
      skipped: 0,
    };
  const { state, info } = found;
  return {
    id,
    status: statusOf(found),
    note: state.note ?? '',
    lastRun: info.recentActions.at(-1)?.takenAt,
    nextRun: state.paused ? undefined : info.nextActionTimes[0],
    missed: info.numActionsMissedCatchupWindow,
    skipped: info.numActionsSkippedOverlap,
  };
}

function statusOf({ state, info }: ScheduleDescription): ScheduleLine['status'] {
  if (state.paused) return 'paused';
  return info.runningActions.length > 0 ? 'running' : 'waiting';
}

function missing(error: unknown): undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}
