import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { untilAnswered } from '../../clients/untilAnswered';
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
 * the operator's. A call that Temporal does not answer is made again, for a minute.
 *
 * @param options.schedules the list; another one only in tests
 * @param options.pause waits so many ms; another one only in tests
 * @throws the client's error when Temporal refuses, or has not answered for a minute; what was applied until then stays
 */
export async function applySchedules(
  client: Client,
  {
    logger,
    schedules = SCHEDULES,
    pause,
  }: {
    logger: Pick<Logger, 'info' | 'warn'>;
    schedules?: readonly ScheduleDefinition[];
    pause?: (ms: number) => Promise<unknown>;
  },
): Promise<AppliedSchedules> {
  const applied: Record<keyof AppliedSchedules, string[]> = {
    created: [],
    changed: [],
    unchanged: [],
    paused: [],
    vanished: [],
  };
  const ask: Ask = (call) => untilAnswered(call, pause === undefined ? {} : { pause });
  for (const definition of schedules) {
    const { did, paused } = await applyOne(client, definition, { ask, logger });
    applied[did].push(definition.id);
    if (paused) applied.paused.push(definition.id);
  }
  const wanted = new Set(schedules.map(({ id }) => id));
  applied.vanished.push(...(await ask(() => ownSchedules(client))).filter((id) => !wanted.has(id)));
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

type Ask = <T>(call: () => Promise<T>) => Promise<T>;

/** The ids of the shop's schedules in Temporal. */
async function ownSchedules(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, memo } of client.schedule.list())
    if (memo?.['managedBy'] === MANAGED_BY.managedBy) ids.push(scheduleId);
  return ids;
}

async function applyOne(
  client: Client,
  definition: ScheduleDefinition,
  { ask, logger }: { readonly ask: Ask; readonly logger: Pick<Logger, 'info'> },
): Promise<{ did: 'created' | 'changed' | 'unchanged'; paused: boolean }> {
  const handle = client.schedule.getHandle(definition.id);
  const existing = await ask(() => handle.describe().catch(notFound));
  if (!existing) {
    try {
      await ask(() => client.schedule.create(scheduleOptions(definition)));
      return { did: 'created', paused: false };
    } catch (error) {
      // Another worker was faster, or this one without hearing of it; what is there is compared like any other.
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
  const found = existing ?? (await ask(() => handle.describe()));
  const different = differences(definition, found);
  if (different.length === 0) return { did: 'unchanged', paused: found.state.paused };
  logger.info({ schedule: definition.id, different }, 'a schedule differs from the list and is changed');
  await ask(() => handle.update((current) => updateOptions(definition, current)));
  return { did: 'changed', paused: found.state.paused };
}

function notFound(error: unknown): ScheduleDescription | undefined {
  if (error instanceof ScheduleNotFoundError) return undefined;
  throw error;
}
