/** A step that fails at every attempt is raised, whichever it is: it would be repeated in silence for ever. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { Registry } from 'prom-client';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { notYet } from '../../src/activities/failures';
import { GatewayError } from '../../src/gateways/errors';
import { createFailingSteps } from '../../src/worker/failingSteps';
import { FAILS_FOR_GOOD_AT } from '../../src/worker/interceptors';
import { OWNER, useActivityHarness } from '../activities/activityHarness';
import { waitUntil } from '../support/wait';
import { workerOptions } from './workerOptions';

const harness = useActivityHarness();
const DAY = new Date('2026-03-28T09:00:00Z');

let registry: Registry;
let lines: unknown[];
let now = DAY;
let workers: WorkerOptions[];
let told: () => Promise<string[]>;

beforeEach(async () => {
  registry = new Registry();
  lines = [];
  now = DAY;
  const logger = { error: (line: unknown) => void lines.push(line), warn: () => undefined };
  const onFailingStep = createFailingSteps({
    ...harness.dependencies,
    registry,
    logger: logger as never,
    now: () => now,
  });
  workers = await workerOptions({ onFailingStep });
  await harness.pool.query(`DELETE FROM notifications WHERE subject LIKE 'step:%'`);
  const owner = createTelegramUser(harness.telegramUrl, OWNER);
  const messages = async () => (await owner.chat()).messages.filter(({ from }) => from === 'bot');
  const before = (await messages()).length;
  told = async () => (await messages()).slice(before).map(({ text }) => text ?? '');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await harness.pool.query('ALTER TABLE payments DROP CONSTRAINT IF EXISTS mistaken');
});

/** One attempt of an activity, as these workers run it. */
async function attempt(number: number, activityType: string, work: () => Promise<unknown>, worker = workers[0]!) {
  const environment = new MockActivityEnvironment(
    { attempt: number, activityType, workflowExecution: { workflowId: `payment-${randomUUID()}`, runId: 'run' } },
    { logger: new DefaultLogger('ERROR') },
  );
  const inbound = worker.interceptors!.activity!.map((make) => make(environment.context).inbound!);
  const run = inbound.reduceRight<() => Promise<unknown>>(
    (next, one) => () => one.execute!({ args: [], headers: {} }, next),
    work,
  );
  return environment.run(run).catch((error: unknown) => error);
}

const counted = async (): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith('gigabridge_failing_steps_total'));

describe('a step that fails at every attempt', () => {
  it('is counted and logged from the tenth on, and told to the owner once a day, however many wait for it', async () => {
    // What a wrong migration would do: no payment becomes paid any more.
    await harness.pool.query(`ALTER TABLE payments ADD CONSTRAINT mistaken CHECK (status <> 'paid') NOT VALID`);
    const ids: string[] = [];
    for (let buyers = 0; buyers < 3; buyers += 1) {
      const { id } = await harness.open(await harness.buyer());
      await harness.run('createPayment', { paymentId: id });
      await harness.payAtYooKassa(id);
      ids.push(id);
    }
    const recordPaid = (number: number, paymentId: string) =>
      attempt(number, 'recordPaid', () => harness.activities.recordPaid({ paymentId }));
    for (let number = 1; number < FAILS_FOR_GOOD_AT; number += 1) await recordPaid(number, ids[0]!);
    expect([await counted(), lines, await told()]).toEqual([[], [], []]);

    await Promise.all(ids.map((id) => recordPaid(FAILS_FOR_GOOD_AT, id)));
    for (const id of ids) expect(await recordPaid(FAILS_FOR_GOOD_AT + 1, id)).toMatchObject({ constraint: 'mistaken' });
    expect(await counted()).toEqual(['gigabridge_failing_steps_total{step="recordPaid"} 6']);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({ step: 'recordPaid', attempt: 10, reason: '23514 mistaken' });
    await waitUntil(async () => (await told()).length > 0, { what: 'the owner reads of it' });
    now = new Date(DAY.getTime() + 86_400_000);
    await recordPaid(FAILS_FOR_GOOD_AT + 2, ids[0]!);
    await waitUntil(async () => (await told()).length > 1, { what: 'the owner reads of it on the next day' });
    const words = await told();
    expect(words).toHaveLength(2);
    expect(words[0]).toContain('recordPaid, tried 10 times, 23514 mistaken');
    expect(words[0]).toMatch(/waits for it: payment-[0-9a-f-]{36}\./);
  });

  it('is noticed on every task queue, and told by the next attempt when Telegram is away', async () => {
    const failing = () => Promise.reject(new TypeError('not read'));
    const { tellOwners } = harness.dependencies;
    let isAway = true;
    const onFailingStep = createFailingSteps({
      ...harness.dependencies,
      registry: new Registry(),
      logger: { error: () => undefined, warn: () => undefined } as never,
      tellOwners: (...notice) => (isAway ? Promise.reject(new Error('away')) : tellOwners(...notice)),
    });
    onFailingStep({ step: 'openGift', attempt: 10, workflowId: undefined, error: new TypeError('x') });
    await new Promise(setImmediate);
    isAway = false;
    onFailingStep({ step: 'openGift', attempt: 11, workflowId: undefined, error: new TypeError('x') });
    await waitUntil(async () => (await told()).length > 0, { what: 'the owner reads of it' });
    expect((await told())[0]).toContain('openGift, tried 11 times, TypeError');

    for (const worker of workers) await attempt(10, `on ${worker.taskQueue}`, failing, worker);
    expect(await counted()).toEqual(
      workers.map(({ taskQueue }) => `gigabridge_failing_steps_total{step="on ${taskQueue}"} 1`),
    );
    await waitUntil(async () => (await told()).length > workers.length, { what: 'they are told' });
  });
});

it.each([
  [
    'an outside service that is away',
    () => new GatewayError('x', { service: 'hiddify', kind: 'unreachable', operation: 'x' }),
  ],
  ['an answer that is not there yet', () => notYet('x')],
  ['a failure that ends the step', () => ApplicationFailure.nonRetryable('x')],
  ['a cancellation', () => new CancelledFailure('x')],
])('%s is no failing step', async (_what, error) => {
  await attempt(50, 'deliverSubscription', () => Promise.reject(error()));
  expect([await counted(), lines, await told()]).toEqual([[], [], []]);
});
