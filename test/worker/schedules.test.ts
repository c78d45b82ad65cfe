/** The schedules as a real server has them: what is created, what is left alone, what an operator did is kept. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceError, type Client, type ScheduleDescription } from '@temporalio/client';
import { createScheduleAdmin, UnknownScheduleError } from '../../src/clients/schedules';
import { applySchedules, SCHEDULES, type ScheduleDefinition } from '../../src/worker/schedules';
import { SCHEDULE_IDS, type ScheduleId } from '../../src/jobs';
import * as workflows from '../../src/workflows';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { waitUntil } from '../support/wait';

const warnings: unknown[] = [];
const logger = { info: () => undefined, warn: (...args: unknown[]) => void warnings.push(args) };

describe('the list', () => {
  it('has exactly the ids and times that operators and the design rely on', () => {
    const times: Record<ScheduleId, string> = {
      'subscription-reminders': 'daily 9 0',
      'trial-reminders': 'every 15 min',
      'referral-rewards': 'every 5 min',
      'subscription-expiry': 'every 360 min',
      'panel-sync': 'every 30 min',
      'cleanup-fsm': 'every 60 min',
      'cleanup-cache': 'daily 3 30',
      'cleanup-payments': 'SUNDAY 4 0',
      'payment-reconciliation': 'every 15 min',
      'service-watch': 'every 2 min',
      audit: 'every 360 min',
      'receipt-registration': 'every 15 min',
    };
    expect(
      SCHEDULES.map(({ id, timing }) => [
        id,
        'dailyAt' in timing
          ? [timing.weekday ?? 'daily', ...timing.dailyAt].join(' ')
          : `every ${timing.everyMinutes} min`,
      ]).toSorted(),
    ).toEqual(Object.entries(times).toSorted());
  });

  it('starts only workflows that exist, never two at once, and never a year late', () => {
    for (const one of SCHEDULES) {
      expect(Object.keys(workflows)).toContain(one.workflow);
      expect(one.overlap).toBe('SKIP');
      expect(one.catchupMinutes).toBeGreaterThan(0);
      expect(one.limitMinutes).toBeGreaterThan(0);
      expect(one.catchupMinutes).toBeLessThanOrEqual(2 * 24 * 60);
      expect(Buffer.byteLength(one.note)).toBeLessThanOrEqual(400);
    }
  });

  it('reminds at 09:00 sharp, and never so late that it would wake people at night', () => {
    const reminders = SCHEDULES.find(({ id }) => id === 'subscription-reminders')!;
    expect(reminders.jitterSeconds).toBe(0);
    expect(reminders.catchupMinutes).toBeLessThanOrEqual(9 * 60);
  });
});

describe('applied to a real server', () => {
  let space: TestNamespace;
  beforeAll(async () => {
    space = await openNamespace('schedules');
  });
  afterAll(() => space?.close());

  it('by five workers at once: each schedule is there once, with its spec; a second time nothing is rewritten', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => applySchedules(space.client, { logger })));
    expect(results.flatMap(({ created }) => created).toSorted()).toEqual([...SCHEDULE_IDS].toSorted());
    expect(results.flatMap(({ changed }) => changed)).toEqual([]);

    const before = await describeAll(space);
    expect(before).toHaveLength(SCHEDULES.length);
    expect(before.map(specOf).toSorted()).toEqual(SCHEDULES.map(definedSpecOf).toSorted());
    const listed = await waitUntil(
      async () => {
        const ids: string[] = [];
        for await (const { scheduleId } of space.client.schedule.list()) ids.push(scheduleId);
        return ids.length === SCHEDULE_IDS.length && ids;
      },
      { what: 'the server’s own list has them all' },
    );
    expect([...(listed as string[])].toSorted()).toEqual([...SCHEDULE_IDS].toSorted());
    const again = await applySchedules(space.client, { logger });
    expect(again).toMatchObject({ created: [], changed: [], unchanged: [...SCHEDULE_IDS], vanished: [] });
    expect((await describeAll(space)).map(({ info }) => info.lastUpdatedAt)).toEqual(
      before.map(({ info }) => info.lastUpdatedAt),
    );

    const reminders = before.find(({ scheduleId }) => scheduleId === 'subscription-reminders')!;
    expect(reminders.info.nextActionTimes[0]!.toISOString()).toMatch(/T09:00:00\.000Z$/);
    expect(reminders.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 8 * 3_600_000, pauseOnFailure: false });
    expect(reminders.action).toMatchObject({
      workflowType: 'subscriptionReminders',
      staticSummary: expect.any(String),
    });
    const weekly = before.find(({ scheduleId }) => scheduleId === 'cleanup-payments')!;
    expect(weekly.info.nextActionTimes[0]!.getUTCDay()).toBe(0);
  });

  it.each([
    ['DEADLINE_EXCEEDED', 4],
    ['UNAVAILABLE', 14],
  ])('by a server that first answers every call with %s, and is asked again', async (_name, code) => {
    await space.client.schedule.getHandle('cleanup-cache').delete();
    const slower = SCHEDULES.map((one): ScheduleDefinition =>
      one.id === 'panel-sync' ? { ...one, timing: { everyMinutes: 60 + code } } : one,
    );
    const pauses: number[] = [];
    const pause = async (ms: number) => void pauses.push(ms);
    const client = unanswered(space.client, code, 3);
    const applied = await applySchedules(client, { logger, schedules: slower, pause });
    expect(applied).toMatchObject({ created: ['cleanup-cache'], changed: ['panel-sync'] });
    // Each schedule is read, one made, one changed, and all are listed.
    expect(pauses).toHaveLength(3 * (SCHEDULES.length + 3));
    expect(await applySchedules(space.client, { logger })).toMatchObject({ created: [], changed: ['panel-sync'] });
  });

  it('by a server that never answers, or refuses: the start ends, with its error', async () => {
    const pauses: number[] = [];
    const pause = async (ms: number) => void pauses.push(ms);
    const away = applySchedules(unanswered(space.client, 14, Infinity), { logger, pause });
    await expect(away).rejects.toThrow(ServiceError);
    const waitedMs = pauses.reduce((sum, ms) => sum + ms, 0);
    expect(waitedMs).toBeGreaterThan(30_000);
    expect(waitedMs).toBeLessThan(120_000);
    pauses.length = 0;
    const denied = applySchedules(unanswered(space.client, 7, Infinity), { logger, pause });
    await expect(denied).rejects.toThrow(ServiceError);
    expect(pauses).toEqual([]);
  });

  it('only what differs is changed, an operator’s pause and note stay', async () => {
    const handle = space.client.schedule.getHandle('panel-sync');
    await handle.pause('panel nl-1 is being moved');
    const slower = SCHEDULES.map((one): ScheduleDefinition =>
      one.id === 'panel-sync' ? { ...one, timing: { everyMinutes: 60 } } : one,
    );
    const applied = await applySchedules(space.client, { logger, schedules: slower });
    expect(applied).toMatchObject({ created: [], changed: ['panel-sync'], paused: ['panel-sync'] });
    const changed = await handle.describe();
    expect(changed.spec.intervals).toEqual([expect.objectContaining({ every: 3_600_000 })]);
    expect(changed.state).toMatchObject({ paused: true, note: 'panel nl-1 is being moved' });
    await applySchedules(space.client, { logger });
    expect((await handle.describe()).state).toMatchObject({ paused: true });
    await handle.unpause();
  });

  it('what somebody changed by hand is put back', async () => {
    const handle = space.client.schedule.getHandle('cleanup-fsm');
    await handle.update((current) => ({ ...current, spec: { intervals: [{ every: '10m' }] } }));
    expect((await applySchedules(space.client, { logger })).changed).toEqual(['cleanup-fsm']);
    expect((await applySchedules(space.client, { logger })).changed).toEqual([]);
  });

  it('one that vanished from the list is reported, and somebody else’s is not', async () => {
    await space.client.schedule.create({
      scheduleId: 'of-another-team',
      spec: { intervals: [{ every: '1d' }] },
      action: { type: 'startWorkflow', workflowType: 'x', taskQueue: 'x' },
    });
    const fewer = SCHEDULES.filter(({ id }) => id !== 'cleanup-cache');
    const vanished = await waitUntil(
      async () => {
        const applied = await applySchedules(space.client, { logger, schedules: fewer });
        return applied.vanished.length > 0 && applied.vanished;
      },
      { what: 'the list of schedules catches up' },
    );
    expect(vanished).toEqual(['cleanup-cache']);
    expect(JSON.stringify(warnings)).toContain('cleanup-cache');
  });

  it('a run that hangs is ended after its limit, and the next one replaces it', async () => {
    // Nobody works on this queue, so that every run hangs for ever.
    const [first] = SCHEDULES;
    const hanging = {
      ...first!,
      id: 'hangs',
      timing: { everyMinutes: 1_440 },
      taskQueue: 'nobody',
      limitMinutes: 0.05,
    };
    await applySchedules(space.client, { logger, schedules: [...SCHEDULES, hanging] });
    const handle = space.client.schedule.getHandle('hangs');
    const runs = async () => {
      const { recentActions } = (await handle.describe()).info;
      return Promise.all(
        recentActions.map(({ action }) =>
          space.client.workflow.getHandle(action.workflow.workflowId, action.workflow.firstExecutionRunId).describe(),
        ),
      );
    };
    await handle.trigger();
    await waitUntil(async () => (await runs())[0]?.status.name === 'TIMED_OUT', { what: 'the hung run is ended' });
    await handle.trigger();
    await waitUntil(async () => (await runs()).length === 2, { what: 'another run begins' });
    await handle.delete();
  });

  it('people list, pause, trigger and backfill them without the Web UI', async () => {
    const admin = createScheduleAdmin(space.client, SCHEDULE_IDS);
    await admin.pause('cleanup-cache', 'testing');
    const lines = await admin.list();
    expect(lines.map(({ id }) => id)).toEqual([...SCHEDULE_IDS]);
    expect(lines.find(({ id }) => id === 'cleanup-cache')).toMatchObject({
      status: 'paused',
      note: 'testing',
      nextRun: undefined,
    });
    await admin.unpause('cleanup-cache', 'done');
    await admin.trigger('cleanup-cache');
    await waitUntil(async () => (await admin.list()).find(({ id }) => id === 'cleanup-cache')!.status === 'running', {
      what: 'the triggered run is shown',
    });
    await admin.backfill('subscription-expiry', new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T07:00:00Z'));
    await waitUntil(
      async () => (await admin.list()).find(({ id }) => id === 'subscription-expiry')!.lastRun !== undefined,
      { what: 'the backfill began' },
    );
    await expect(admin.trigger('no-such')).rejects.toThrow(UnknownScheduleError);
  });
});

/** A schedule as its job defines it, in the words of `specOf`. */
function definedSpecOf(defined: ScheduleDefinition): string {
  const { timing } = defined;
  const when =
    'everyMinutes' in timing
      ? `every ${timing.everyMinutes} min`
      : `${timing.weekday ?? '*'} ${timing.dailyAt[0]}:${String(timing.dailyAt[1]).padStart(2, '0')}`;
  return `${defined.id}: ${when} UTC, catch-up ${defined.catchupMinutes} min, jitter ${defined.jitterSeconds} s, limit ${defined.limitMinutes} min, ${defined.overlap}, ${defined.workflow} ${JSON.stringify(defined.args)}`;
}

/** A schedule as the server describes it, in one line. */
function specOf({ scheduleId, spec, policies, action }: ScheduleDescription): string {
  const days = (one: NonNullable<typeof spec.calendars>[number]) =>
    one.dayOfWeek.some(({ start, end }) => start === 'SUNDAY' && end === 'SATURDAY')
      ? '*'
      : one.dayOfWeek.map(({ start }) => start).join();
  const when = [
    ...(spec.intervals ?? []).map(({ every }) => `every ${every / 60_000} min`),
    ...(spec.calendars ?? []).map(
      (one) => `${days(one)} ${one.hour[0]!.start}:${String(one.minute[0]!.start).padStart(2, '0')}`,
    ),
  ].join(' and ');
  return `${scheduleId}: ${when} ${spec.timezone || 'UTC'}, catch-up ${policies.catchupWindow / 60_000} min, jitter ${(spec.jitter ?? 0) / 1_000} s, limit ${Number(action.workflowExecutionTimeout) / 60_000} min, ${policies.overlap}, ${action.workflowType} ${JSON.stringify(action.args ?? [])}`;
}

function describeAll(space: TestNamespace) {
  return Promise.all(SCHEDULE_IDS.map((id) => space.client.schedule.getHandle(id).describe()));
}

/** The same client, each of whose calls about schedules fails so many times before Temporal hears of it. */
function unanswered(client: Client, code: number, times: number): Client {
  const failures = new Map<string, number>();
  const fail = (call: string): void => {
    const before = failures.get(call) ?? 0;
    if (before >= times) return void failures.delete(call);
    failures.set(call, before + 1);
    throw new ServiceError('a call has failed', { cause: Object.assign(new Error('as gRPC says'), { code }) });
  };
  const { schedule } = client;
  return {
    schedule: {
      getHandle(id: string) {
        const handle = schedule.getHandle(id);
        return {
          describe: async () => (fail(`describe ${id}`), handle.describe()),
          update: async (change: never) => (fail(`update ${id}`), handle.update(change)),
        };
      },
      create: async (options: never) => (fail('create'), schedule.create(options)),
      async *list() {
        fail('list');
        yield* schedule.list();
      },
    },
  } as unknown as Client;
}
