/** `npm run schedules`, as people type it, against a real server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applySchedules } from '../../src/worker/schedules';
import { SCHEDULE_IDS } from '../../src/jobs';
import { openNamespace, type TestNamespace } from '../schedules/namespace';
import { waitUntil } from '../support/wait';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
let space: TestNamespace;
beforeAll(async () => {
  space = await openNamespace('cli');
  await applySchedules(space.client, { logger: { info: () => undefined, warn: () => undefined } });
}, LIMIT_MS);
afterAll(() => space?.close(), LIMIT_MS);

const schedules = (...words: string[]) =>
  runProgram('src/cli/schedules.ts', words, { TEMPORAL_ADDRESS: space.address, TEMPORAL_NAMESPACE: space.name });
const lineOf = async (id: string) => (await schedules('list')).said.split('\n').find((line) => line.startsWith(id))!;
const runsOf = async (workflow: string) => {
  const runs: { scheduledFor: Date | undefined }[] = [];
  for await (const { searchAttributes } of space.client.workflow.list({ query: `WorkflowType = '${workflow}'` }))
    runs.push({ scheduledFor: searchAttributes['TemporalScheduledStartTime']?.[0] as Date | undefined });
  return runs;
};

describe('the schedules on the command line', () => {
  it(
    'are listed with their state, their last and next run and what they do',
    async () => {
      const { code, said } = await schedules('list');
      expect(code).toBe(0);
      const [head, ...lines] = said.trim().split('\n');
      expect(head).toMatch(/^SCHEDULE +STATUS +LAST RUN \(UTC\) +NEXT RUN \(UTC\) +MISSED +SKIPPED +NOTE$/);
      expect(lines.map((line) => line.split(' ')[0])).toEqual([...SCHEDULE_IDS]);
      expect(lines[0]).toMatch(/^subscription-reminders +waiting +- +\d{4}-\d\d-\d\d 09:00 +0 +0 +Tells buyers/);
    },
    LIMIT_MS,
  );

  it(
    'pause with a reason that the next person sees, and unpause',
    async () => {
      expect(
        await schedules('pause', 'cleanup-payments', '--note', 'somebody is looking for an old one'),
      ).toMatchObject({ code: 0, said: expect.stringContaining('paused') });
      expect(await lineOf('cleanup-payments')).toMatch(
        /^cleanup-payments +paused .*somebody is looking for an old one$/,
      );
      expect((await schedules('unpause', 'cleanup-payments')).code).toBe(0);
      expect(await lineOf('cleanup-payments')).toMatch(/^cleanup-payments +waiting/);
    },
    LIMIT_MS,
  );

  it(
    'trigger makes a run now',
    async () => {
      expect((await schedules('trigger', 'cleanup-fsm')).code).toBe(0);
      await waitUntil(async () => (await runsOf('cleanup')).length === 1, { what: 'the triggered run is there' });
      expect(await lineOf('cleanup-fsm')).toMatch(/^cleanup-fsm +running/);
    },
    LIMIT_MS,
  );

  it(
    'backfill makes the runs that were due, one after another',
    async () => {
      const { code, said } = await schedules(
        'backfill',
        'subscription-reminders',
        '--from',
        '2026-01-01T00:00:00Z',
        '--to',
        '2026-01-03T13:00:00Z',
      );
      expect({ code, said }).toMatchObject({
        code: 0,
        said: expect.stringContaining('from 2026-01-01T00:00:00.000Z to 2026-01-03T13:00:00.000Z'),
      });
      // Nobody works here, so the first one of them waits for a worker and the others for it.
      await waitUntil(async () => (await runsOf('subscriptionReminders')).length > 0, {
        what: 'the first backfilled run',
      });
      const runs = await runsOf('subscriptionReminders');
      expect(runs).toHaveLength(1);
      expect(runs[0]!.scheduledFor?.toISOString().slice(0, 10)).toBe('2026-01-01');
    },
    LIMIT_MS,
  );

  it.each([
    [[], 2, 'Usage'],
    [['start', 'panel-sync'], 2, '"start" is not a command'],
    [['pause', 'panel-sync'], 2, '--note'],
    [['backfill', 'panel-sync', '--from', 'yesterday', '--to', '2026-01-01T00:00:00Z'], 2, '--from must be a moment'],
    [
      ['backfill', 'panel-sync', '--from', '2026-01-02T00:00:00Z', '--to', '2026-01-01T00:00:00Z'],
      2,
      '--to must be after --from',
    ],
    [['trigger', 'no-such'], 1, 'There is no schedule no-such. There are: subscription-reminders'],
  ])(
    '%j is answered with what to do instead',
    async (words, exit, hint) => {
      const { code, said } = await schedules(...words);
      expect(said).toContain(hint);
      expect(code).toBe(exit);
    },
    LIMIT_MS,
  );
});
