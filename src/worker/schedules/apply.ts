import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import type { Logger } from '../../config/logger';
import { SCHEDULES, type ScheduleDefinition } from './definitions';
import { differences, MANAGED_BY, scheduleOptions, updateOptions } from './options';

export interface AppliedSchedules {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  /** Paused by an operator, and left so. */
  readonly paused: readonly string[];
  /**
   * In Temporal, made by an earlier version of this list, not in it any more. They go on running until somebody deletes
   * them.
   */
  readonly vanished: readonly string[];
}

/**
 * Makes Temporal's schedules be what the list says. Any number of workers may do it at once: one creates, the others
 * find it; a schedule is rewritten only when it differs, because every rewriting computes its next run anew. A pause is
 * the operator's.
 *
 * @param options.schedules the list; another one only in tests
 * @throws the client's error when Temporal can't be reached; what was applied until then stays
 */
export async function applySchedules(
  client: Client,
  {
    logger,
    schedules = SCHEDULES,
  }: { logger: Pick<Logger, 'info' | 'warn'>; schedules?: readonly ScheduleDefinition[] },
): Promise<AppliedSchedules> {
  const applied: Record<keyof AppliedSchedules, string[]> = {
    created: [],
    changed: [],
    unchanged: [],
    paused: [],
    vanished: [],
  };
  for (const definition of schedules) {
    const { did, paused } = await applyOne(client, definition, logger);
    applied[did].push(definition.id);
    if (paused) applied.paused.push(definition.id);
  }
  const wanted = new Set(schedules.map(({ id }) => id));
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.['managedBy'] === MANAGED_BY.managedBy && !wanted.has(scheduleId)) applied.vanished.push(scheduleId);
  }
  if (applied.paused.length > 0)
    logger.warn({ schedules: applied.paused }, 'these schedules are paused by an operator; their work is not done');
  if (applied.vanished.length > 0)
    logger.warn(
      { schedules: applied.vanished },
      'no job has these schedules any more and they still run; delete them in the Web UI if they are not needed',
    );
  logger.info(
    { created: applied.created, changed: applied.changed, unchanged: applied.unchanged.length },
    'the schedules are applied',
  );
  return applied;
}

async function applyOne(
  client: Client,
  definition: ScheduleDefinition,
  logger: Pick<Logger, 'info'>,
): Promise<{ did: 'created' | 'changed' | 'unchanged'; paused: boolean }> {
  const handle = client.schedule.getHandle(definition.id);
  const existing = await handle.describe().catch(notFound);
  if (!existing) {
    try {
      await client.schedule.create(scheduleOptions(definition));
      return { did: 'created', paused: false };
    } catch (error) {
      // Another worker was faster; what it made is compared like any other.
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
  const found = existing ?? (await handle.describe());
  const different = differences(definition, found);
  if (different.length === 0) return { did: 'unchanged', paused: found.state.paused };
  logger.info({ schedule: definition.id, different }, 'a schedule differs from the list and is changed');
  await handle.update((current) => updateOptions(definition, current));
  return { did: 'changed', paused: found.state.paused };
}

function notFound(error: unknown): ScheduleDescription | undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}
