/** The `grant` workflow on activities of the test's own, where hours pass at once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import {
  GRANT_WORKFLOW,
  grantAsked,
  grantClosed,
  grantRetried,
  grantServerAsked,
  grantWorkflowId,
  type GrantActivities,
  type GrantInput,
  type GrantOutcome,
  type GrantRequest,
  type PromoGrantRequest,
} from '../../src/workflows/contracts/grant';
import { workflowBundle } from '../support/workflow-bundle';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/contracts/searchAttributes';
import { keepHistory, realServer, timeSkippingServer, type Server } from './purchaseRunner';

const INPUT = {
  kind: 'trial',
  source: '4242',
  userId: 4242,
  locationCode: 'nl',
  grant: { days: 3, trafficGb: 5 },
  keep: true,
} as const;

let server: Server;
beforeAll(async () => {
  server = await timeSkippingServer();
});
afterAll(() => server?.close());

/**
 * Runs one workflow to its end.
 * @param history under which name its history is kept
 * @param started is told of it before it runs
 * @returns what it answered, and which activities it called
 */
async function run(
  change: Partial<GrantActivities>,
  history?: string,
  started: (handle: WorkflowHandle) => void = () => undefined,
  input: GrantRequest = INPUT,
  { on = server, ...options }: Pick<GrantInput, 'messagesPerRun'> & { readonly on?: Server } = {},
): Promise<{ outcome: GrantOutcome; calls: string[] }> {
  const calls: string[] = [];
  const fakes: GrantActivities = {
    giveGrant: async () => ({ outcome: 'given', grantId: 'trial-1' }),
    findGrant: async () => ({ grantId: null }),
    deliverGrant: async () => ({ outcome: 'issued' }),
    recordGrantDelayed: async () => undefined,
    moveGrant: async () => ({ moved: false }),
    endGrant: async () => ({ ending: 'panel-gone' }),
    tellOwnerOfGrantDelay: async () => undefined,
    sendGrantKey: async () => ({ outcome: 'sent' }),
    showGrant: async () => undefined,
    alertOwnersOfGrant: async () => undefined,
    ...change,
  };
  const activities = Object.fromEntries(
    Object.entries(fakes).map(([name, work]) => [
      name,
      (input: { readonly stage?: string; readonly about?: string; readonly reason?: string }) => {
        calls.push([name, input.stage ?? input.about ?? input.reason].filter((word) => word !== undefined).join(' '));
        return work(input as never) as Promise<unknown>;
      },
    ]),
  );
  const taskQueue = randomUUID();
  const worker = await Worker.create({
    connection: on.connection,
    namespace: on.namespace,
    taskQueue,
    activities,
    workflowBundle: await workflowBundle(),
  });
  const startOptions = {
    signal: grantAsked,
    signalArgs: [{ messageId: 7 }] as [{ messageId: number }],
    taskQueue,
    workflowId: `${grantWorkflowId(input)}-${taskQueue}`,
    args: [{ request: input, ...options }],
  };
  const handle = await on.client.workflow.signalWithStart(GRANT_WORKFLOW, startOptions);
  started(handle);
  const outcome = (await worker.runUntil(handle.result())) as GrantOutcome;
  if (history !== undefined) await keepHistory(handle, history);
  return { outcome, calls: calls.toSorted() };
}

/** What it called, in any order: what people read is sent beside each other. */
const called = (...calls: string[]) => calls.toSorted();

describe('what a promo code gives', () => {
  const promo: Omit<PromoGrantRequest, 'renewsSubscriptionId'> = {
    ...{ kind: 'promo', source: 'b6b0f1a2-0000-8000-a000-000000000001', userId: 4242, code: 'SALE', planCode: null },
    ...{ locationCode: 'nl', serverCode: null, grant: { days: 7, trafficGb: 0 }, askedAt: 1_774_861_200_000 },
  };

  it('days of a subscription that is there: its person has the key already', async () => {
    const days = { ...promo, renewsSubscriptionId: 's' };
    expect(await run({}, 'grant-promo-days', undefined, days)).toEqual({
      outcome: { status: 'issued', reason: null },
      calls: called('giveGrant', 'deliverGrant', 'showGrant issued'),
    });
  });

  it('a plan: its key is sent', async () => {
    expect(
      (await run({}, undefined, undefined, { ...promo, planCode: 'month', renewsSubscriptionId: null })).calls,
    ).toEqual(called('giveGrant', 'deliverGrant', 'showGrant issued', 'sendGrantKey'));
  });

  it('nothing where the code can’t be used any more', async () => {
    const refused = { ...promo, renewsSubscriptionId: 's' };
    expect(
      await run({ giveGrant: async () => ({ outcome: 'refused', why: 'all-used' }) }, undefined, undefined, refused),
    ).toEqual({
      outcome: { status: 'refused', reason: 'all-used' },
      calls: called('giveGrant', 'showGrant all-used'),
    });
  });
});

describe('what nobody has asked for in a message', () => {
  it('a reward: its days are added to a key that is there, and nothing is sent', async () => {
    const reward = { kind: 'referral', source: 'c6b0f1a2-0000-4000-a000-000000000001', userId: 4242 } as const;
    const { outcome, calls } = await run({}, 'grant-referral', undefined, reward);
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(calls).toEqual(called('giveGrant', 'deliverGrant', 'showGrant issued'));
  });
});

describe('a gift', () => {
  const gift = {
    kind: 'gift',
    source: 'd6b0f1a2-0000-4000-a000-000000000001',
    userId: 4242,
    terms: null,
    askedAt: 0,
  } as const;
  it('makes a key where its person wants a new one, and none where it is added to one of theirs', async () => {
    const fresh = { ...gift, place: { locationCode: 'nl' } };
    expect((await run({}, 'grant-gift', undefined, fresh)).calls).toEqual(
      called('giveGrant', 'deliverGrant', 'showGrant issued', 'sendGrantKey'),
    );
    const added = { ...gift, place: { subscriptionId: 's' } };
    expect((await run({}, undefined, undefined, added)).calls).toEqual(
      called('giveGrant', 'deliverGrant', 'showGrant issued'),
    );
  });

  it('is told as claimed where somebody was faster', async () => {
    const fresh = { ...gift, place: { locationCode: 'nl' } };
    expect(
      await run({ giveGrant: async () => ({ outcome: 'refused', why: 'claimed' }) }, undefined, undefined, fresh),
    ).toEqual({
      outcome: { status: 'refused', reason: 'claimed' },
      calls: called('giveGrant', 'showGrant claimed'),
    });
  });
});

describe('a trial', () => {
  it('is given, delivered, shown where it was asked for, and its key sent', async () => {
    expect(await run({}, 'grant')).toEqual({
      outcome: { status: 'issued', reason: null },
      calls: called('giveGrant', 'deliverGrant', 'showGrant issued', 'sendGrantKey'),
    });
  });

  it('reads that it has its key only when Telegram has taken it; what it takes in no form is told to the owners', async () => {
    const done: string[] = [];
    const shown = async ({ stage }: { readonly stage: string }) => void done.push(stage);
    const sent = await run({
      sendGrantKey: async () => {
        done.push('key');
        return { outcome: 'sent' };
      },
      showGrant: shown,
    });
    expect([sent.outcome.status, done.splice(0)]).toEqual(['issued', ['key', 'issued']]);
    const owed = await run({ sendGrantKey: async () => ({ outcome: 'owed', why: 'unreachable' }), showGrant: shown });
    expect([owed.outcome.status, done.splice(0)]).toEqual(['issued', ['key-owed']]);
    const refused = await run({ sendGrantKey: async () => ({ outcome: 'owed', why: 'refused' }) }, 'grant-key-refused');
    expect(refused.calls).toEqual(
      called('giveGrant', 'deliverGrant', 'sendGrantKey', 'showGrant key-owed', 'alertOwnersOfGrant key-refused'),
    );
    // Telegram is away for a while.
    let tries = 0;
    await run({
      sendGrantKey: async () => {
        if ((tries += 1) < 6) throw ApplicationFailure.retryable('telegram sendPhoto: 502', 'telegram:unreachable');
        return { outcome: 'sent' };
      },
      showGrant: shown,
    });
    expect(done).toEqual(['key-owed', 'issued']);
  });

  it('is delivered hours later when the panel is away, and the person reads meanwhile that it is theirs', async () => {
    let tries = 0;
    const { outcome, calls } = await run(
      {
        deliverGrant: async () => {
          tries += 1;
          if (tries < 30) throw ApplicationFailure.retryable('hiddify ensureUser: ECONNREFUSED', 'hiddify:unreachable');
          return { outcome: 'issued' };
        },
      },
      'grant-panel-away',
    );
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(calls.filter((name) => name !== 'deliverGrant')).toEqual(
      called(
        'giveGrant',
        'recordGrantDelayed panel-unavailable',
        'showGrant panel-unavailable',
        'tellOwnerOfGrantDelay',
        'showGrant issued',
        'sendGrantKey',
      ),
    );
  });

  it('ends at once where it is not given: nothing is delivered, and owners hear of a budget that is spent', async () => {
    expect(await run({ giveGrant: async () => ({ outcome: 'refused', why: 'full' }) })).toEqual({
      outcome: { status: 'refused', reason: 'full' },
      calls: called('giveGrant', 'showGrant full'),
    });
    expect(await run({ giveGrant: async () => ({ outcome: 'refused', why: 'spent' }) }, 'grant-refused')).toEqual({
      outcome: { status: 'refused', reason: 'spent' },
      calls: called('giveGrant', 'showGrant spent', 'alertOwnersOfGrant spent'),
    });
  });

  it('is made elsewhere when its panel is gone for good; without another place the owners hear of it', async () => {
    let tries = 0;
    const gone = await run(
      {
        deliverGrant: async () => ({ outcome: (tries += 1) === 1 ? 'gone' : 'issued' }),
        moveGrant: async () => ({ moved: true }),
      },
      'grant-panel-gone',
    );
    expect(gone).toEqual({
      outcome: { status: 'issued', reason: null },
      calls: called('giveGrant', 'deliverGrant', 'moveGrant', 'deliverGrant', 'showGrant issued', 'sendGrantKey'),
    });
    const ended = await run({ deliverGrant: async () => ({ outcome: 'gone' }) }, 'grant-ended');
    expect(ended).toEqual({
      outcome: { status: 'undelivered', reason: 'panel-gone' },
      calls: called(
        'giveGrant',
        'deliverGrant',
        'moveGrant',
        'endGrant',
        'showGrant panel-gone',
        'alertOwnersOfGrant panel-gone',
      ),
    });
    // An operator has said meanwhile that it is there after all.
    let looks = 0;
    const back = await run({
      deliverGrant: async () => ({ outcome: (looks += 1) === 1 ? 'gone' : 'issued' }),
      endGrant: async () => ({ ending: 'panel-back' }),
    });
    expect(back.outcome).toEqual({ status: 'issued', reason: null });
  });

  it('that was revoked meanwhile ends with these words, and no owner is asked for', async () => {
    const { outcome, calls } = await run({
      deliverGrant: async () => ({ outcome: 'too-late' }),
      endGrant: async () => ({ ending: 'revoked' }),
    });
    expect(outcome).toEqual({ status: 'undelivered', reason: 'revoked' });
    expect(calls).toEqual(called('giveGrant', 'deliverGrant', 'endGrant', 'showGrant revoked'));
  });

  it.each([
    ['hiddify:refused', 'full', 'panel-full'],
    ['hiddify:refused', 'auth', 'panel-refuses'],
    ['hiddify:refused', 'path', 'panel-refuses'],
    ['hiddify:unreachable', 'ECONNREFUSED', 'panel-unavailable'],
  ])('is told with what is wrong with its panel: %s, %s', async (type, code, trouble) => {
    let tries = 0;
    const failures: unknown[] = [];
    const { calls } = await run({
      deliverGrant: async () => {
        if ((tries += 1) > 3) return { outcome: 'issued' };
        throw ApplicationFailure.create({ message: 'x', type, details: [{ code }] });
      },
      tellOwnerOfGrantDelay: async ({ failure }) => void failures.push(failure),
    });
    expect(calls).toEqual(expect.arrayContaining([`recordGrantDelayed ${trouble}`, `showGrant ${trouble}`]));
    expect(failures).toEqual([{ type, code }]);
  });

  it('is made on another server when its person asks for one, once for each press; the running attempt ends before', async () => {
    const done: string[] = [];
    const moves: unknown[] = [];
    let handle: WorkflowHandle | undefined;
    let moved = false;
    // The time-skipping server stands still after an attempt under way was cancelled.
    const real = await realServer('moved');
    const { outcome, calls } = await run(
      {
        async giveGrant() {
          // A button from before there was anything to move.
          await handle!.signal(grantServerAsked, { messageId: 7 });
          return { outcome: 'given', grantId: 'trial-1' };
        },
        async deliverGrant({ told }) {
          if (moved) return { outcome: 'issued' };
          if (told !== undefined) {
            done.push('attempt');
            for (let press = 0; press < 2; press += 1) await handle!.signal(grantServerAsked, { messageId: 8 });
            await new Promise((resolve) => setTimeout(resolve, 300));
            done.push('attempt ended');
          }
          throw ApplicationFailure.create({ message: 'x', type: 'hiddify:unreachable' });
        },
        async moveGrant({ because, request }) {
          done.push('move');
          moves.push({ because, request });
          // Its answer is lost.
          if (moves.length === 1) throw new Error('the connection was lost');
          moved = true;
          return { moved };
        },
      },
      'grant-another-server',
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { on: real },
    ).finally(() => real.close());
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(done.slice(0, 4)).toEqual(['attempt', 'attempt ended', 'move', 'move']);
    expect(moves).toEqual([moves[0], moves[0]]);
    expect(moves[0]).toEqual({ because: 'asked', request: expect.any(String) });
    expect(calls).toContain('showGrant server-changed');
  });

  it('is tried on where it is when no other server can make it, and says so', async () => {
    let handle: WorkflowHandle | undefined;
    let tries = 0;
    const shown: string[] = [];
    // As above.
    const real = await realServer('not-moved');
    const { outcome } = await run(
      {
        async deliverGrant({ told }) {
          if (told !== undefined && (tries += 1) === 1) await handle!.signal(grantServerAsked, { messageId: 7 });
          if (tries > 2) return { outcome: 'issued' };
          throw ApplicationFailure.create({ message: 'x', type: 'hiddify:unreachable' });
        },
        showGrant: async ({ stage }) => void shown.push(stage),
      },
      undefined,
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { on: real },
    ).finally(() => real.close());
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(shown).toEqual(['panel-unavailable', 'no-other-server', 'issued']);
  });

  it('is told anew when something else is wrong with its panel, and goes on over many presses in several runs', async () => {
    // Its clock is not skipped, and it goes on in a new run as in a shop.
    const real = await realServer('grants');
    const told: unknown[] = [];
    const shown: (readonly [number, string])[] = [];
    const runs = new Set<string>();
    let isBack = false;
    let tries = 0;
    let handle: WorkflowHandle | undefined;
    const { outcome } = await run(
      {
        deliverGrant: async ({ told: known }) => {
          runs.add(Context.current().info.workflowExecution!.runId);
          tries += 1;
          if (isBack) return { outcome: 'issued' };
          if (known === undefined) throw ApplicationFailure.create({ message: 'x', type: 'hiddify:unreachable' });
          told.push(known.what);
          if (told.length === 1)
            throw ApplicationFailure.nonRetryable('x', 'hiddify:refused', {
              operation: 'x',
              status: null,
              code: 'full',
            });
          // Between the presses there is a moment in which all of them are answered.
          if (tries % 2 === 0) {
            for (let message = 0; message < 10; message += 1)
              await handle!.signal(grantAsked, { messageId: 100 + message });
            await handle!.signal(grantRetried);
          }
          isBack = tries > 12;
          throw ApplicationFailure.create({ message: 'x', type: 'hiddify:refused', details: [{ code: 'full' }] });
        },
        showGrant: async ({ messageId, stage }) => void shown.push([messageId, stage]),
      },
      undefined,
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { messagesPerRun: 6, on: real },
    ).finally(() => real.close());
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(runs.size).toBeGreaterThan(1);
    expect(told.slice(0, 2)).toEqual(['it does not answer', expect.stringContaining('limit of users')]);
    const last = new Map(shown);
    for (const message of [7, 100, 109]) expect([message, last.get(message)]).toEqual([message, 'issued']);
  });

  it('whose account its panel refuses is told once more when an operator has it tried and it is refused again', async () => {
    const real = await realServer('refused-grant');
    let told = 0;
    let tries = 0;
    let handle: WorkflowHandle | undefined;
    const { outcome } = await run(
      {
        deliverGrant: async ({ told: known }) => {
          tries += 1;
          if (told === 2 || tries > 20) return { outcome: 'issued' };
          const refusal = { message: 'x', type: 'hiddify:refused', details: [{ code: 'hidden' }] };
          throw ApplicationFailure.create({ ...refusal, nonRetryable: known?.what === null });
        },
        async tellOwnerOfGrantDelay() {
          told += 1;
          await handle!.signal(grantRetried);
        },
      },
      undefined,
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { on: real },
    ).finally(() => real.close());
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(told).toBe(2);
  });

  it('is asked for in a second message while it is made: both say how it stands', async () => {
    const shown: number[] = [];
    let second = () => Promise.resolve();
    const { outcome } = await run(
      {
        deliverGrant: async () => {
          await second();
          return { outcome: 'issued' };
        },
        showGrant: async ({ messageId }) => void shown.push(messageId),
      },
      undefined,
      (handle) => (second = () => handle.signal(grantAsked, { messageId: 8 })),
    );
    expect(outcome.status).toBe('issued');
    expect(shown.toSorted()).toEqual([7, 8]);
  });
});

describe('what can’t be recorded', () => {
  const failing = () => Promise.reject(new TypeError('a mistake of the program'));
  const isWaiting = async (handle: WorkflowHandle | undefined) =>
    (await handle!.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.needsAttention);

  it('is told to the person and the owners after a minute, waits for a person meanwhile, and is given when it can be', async () => {
    let tries = 0;
    let handle: WorkflowHandle | undefined;
    const waits: unknown[] = [];
    const { outcome, calls } = await run(
      {
        giveGrant: async () => ((tries += 1) < 30 ? failing() : { outcome: 'given', grantId: 'trial-1' }),
        alertOwnersOfGrant: async () => void waits.push(await isWaiting(handle)),
      },
      'grant-unrecorded',
      (started) => (handle = started),
    );
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(waits).toEqual([true]);
    expect(await isWaiting(handle)).toBe(false);
    expect(calls.filter((name) => name !== 'giveGrant')).toEqual(
      called(
        'showGrant unrecorded',
        'alertOwnersOfGrant unrecorded',
        'deliverGrant',
        'showGrant issued',
        'sendGrantKey',
      ),
    );
  });

  it('for a day is not given: everybody reads so, and nothing is delivered', async () => {
    const { outcome, calls } = await run({ giveGrant: failing }, 'grant-not-given');
    expect(outcome).toEqual({ status: 'refused', reason: 'not-given' });
    expect(calls.filter((name) => name !== 'giveGrant')).toEqual(
      called(
        'showGrant unrecorded',
        'alertOwnersOfGrant unrecorded',
        'findGrant',
        'showGrant not-given',
        'alertOwnersOfGrant not-given',
      ),
    );
    // A day of attempts with growing pauses, not a loop.
    expect(calls.filter((name) => name === 'giveGrant').length).toBeLessThan(400);
  });

  it('is given up by an operator; who decided so is not told of it, and a decision made before does not count', async () => {
    let handle: WorkflowHandle | undefined;
    let tries = 0;
    const { outcome, calls } = await run(
      {
        async giveGrant() {
          if ((tries += 1) === 1) await handle!.signal(grantClosed);
          return failing();
        },
        alertOwnersOfGrant: async () => handle!.signal(grantClosed),
      },
      undefined,
      (started) => (handle = started),
    );
    expect(outcome).toEqual({ status: 'refused', reason: 'not-given' });
    expect(tries).toBeGreaterThanOrEqual(8);
    expect(calls).not.toContain('alertOwnersOfGrant not-given');
    expect(calls).toContain('showGrant not-given');
  });

  it('though it was, by an attempt that failed after that, is delivered instead of being given up', async () => {
    const { outcome, calls } = await run({ giveGrant: failing, findGrant: async () => ({ grantId: 'trial-1' }) });
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(calls).not.toContain('showGrant not-given');
  });

  it('is tried again at once when somebody asks, over several runs; each message says what came of it', async () => {
    const real = await realServer('unrecorded');
    const runs = new Set<string>();
    const shown: (readonly [number, string])[] = [];
    let handle: WorkflowHandle | undefined;
    let tries = 0;
    const { outcome } = await run(
      {
        async giveGrant() {
          runs.add(Context.current().info.workflowExecution!.runId);
          tries += 1;
          // No minute of attempts in a test on a real clock.
          if (tries === 1) throw ApplicationFailure.nonRetryable('x');
          if (tries > 6) return { outcome: 'given', grantId: 'trial-1' };
          // Between the presses there is a moment in which all of them are answered.
          if (tries % 2 === 1) return failing();
          for (let message = 0; message < 4; message += 1)
            await handle!.signal(grantAsked, { messageId: 100 + message });
          await handle!.signal(grantRetried);
          return failing();
        },
        showGrant: async ({ messageId, stage }) => void shown.push([messageId, stage]),
      },
      undefined,
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { messagesPerRun: 6, on: real },
    ).finally(() => real.close());
    expect(outcome).toEqual({ status: 'issued', reason: null });
    expect(runs.size).toBeGreaterThan(1);
    const last = new Map(shown);
    for (const message of [7, 100, 103]) expect([message, last.get(message)]).toEqual([message, 'issued']);
  });
});

describe('what is confirmed anew before anything is given', () => {
  const elsewhere = { ...INPUT, locationCode: 'de' };
  /** @param first how it goes with the first choice, once the second one was confirmed */
  async function choices(first: () => Promise<Awaited<ReturnType<GrantActivities['giveGrant']>>>, history?: string) {
    const asked: string[] = [];
    let handle: WorkflowHandle | undefined;
    // The time-skipping server stands still after an attempt under way was cancelled.
    const real = await realServer('confirmed');
    const { outcome, calls } = await run(
      {
        async giveGrant(request) {
          const { locationCode } = request as typeof INPUT;
          asked.push(locationCode);
          if (locationCode !== 'nl') return { outcome: 'given', grantId: 'trial-1' };
          await handle!.signal(grantAsked, { messageId: 8, request: elsewhere });
          return first();
        },
        // What comes after it was given changes nothing.
        async deliverGrant() {
          await handle!.signal(grantAsked, { messageId: 9, request: { ...INPUT, locationCode: 'fi' } });
          return { outcome: 'issued' };
        },
      },
      history,
      (started) => (handle = real.client.workflow.getHandle(started.workflowId)),
      INPUT,
      { on: real },
    ).finally(() => real.close());
    return { asked, outcome: outcome.status, shown: calls.filter((call) => call.startsWith('showGrant')) };
  }

  it('counts, whether the first choice fails or is refused: nobody gets the one that they have put away', async () => {
    const shown = ['showGrant issued', 'showGrant issued', 'showGrant issued'];
    const wanted = { asked: ['nl', 'de'], outcome: 'issued', shown };
    expect(await choices(async () => ({ outcome: 'refused', why: 'full' }), 'grant-confirmed-anew')).toEqual(wanted);
    expect(await choices(() => Promise.reject(new Error('PostgreSQL is away')))).toEqual(wanted);
  });

  it('does not when the first choice was given by then', async () => {
    expect(await choices(async () => ({ outcome: 'given', grantId: 'trial-1' }))).toMatchObject({
      asked: ['nl'],
      outcome: 'issued',
    });
  });
});
