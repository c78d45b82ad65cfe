/**
 * A call that dies with its worker is given to another worker within seconds: every activity that a workflow schedules
 * has a short heartbeat timeout, and the workers send heartbeats for all of them, more than twice in that time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Context } from '@temporalio/activity';
import { msToNumber, type Duration } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityExecuteInput, WorkerOptions } from '@temporalio/worker';
import { heartbeats, withProgress } from '../../src/activities/heartbeat';
import { BULK_TASK_QUEUE } from '../../src/jobs/bulkMessages/contract';
import { MAIN_TASK_QUEUE, WATCH_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import { workerOptions } from './workerOptions';

const SOURCES = path.resolve(__dirname, '../../src');
const FOUND_WITHIN_MS: Readonly<Record<string, number>> = {
  [MAIN_TASK_QUEUE]: 8_000,
  [BULK_TASK_QUEUE]: 8_000,
  // It waits, and thousands of it may run at once.
  [WATCH_TASK_QUEUE]: 15_000,
};

interface Proxied {
  readonly taskQueue?: string;
  readonly startToCloseTimeout?: Duration;
  readonly heartbeatTimeout?: Duration;
  readonly summary?: string;
}

/** Every group of activities in workflow code, and how many places make one. */
function proxiedActivities(): { readonly groups: readonly Proxied[]; readonly places: number } {
  const groups: Proxied[] = [];
  let places = 0;
  jest.isolateModules(() => {
    jest.doMock('@temporalio/workflow', () => ({
      ...jest.requireActual<object>('@temporalio/workflow'),
      proxyActivities(options: Proxied) {
        groups.push(options);
        return {};
      },
      proxyLocalActivities: () => ({}),
    }));
    for (const file of readdirSync(SOURCES, { recursive: true }) as string[]) {
      if (!file.endsWith('.ts')) continue;
      const made = readFileSync(path.join(SOURCES, file), 'utf8').match(/proxyActivities[<(]/g)?.length ?? 0;
      if (made === 0) continue;
      places += made;
      const module = require(path.join(SOURCES, file)) as Record<string, unknown>;
      // Groups whose options depend on the payment.
      for (const makeGroup of [module['linkCreation'], module['closeWatch']])
        if (typeof makeGroup === 'function') makeGroup(300_000);
    }
  });
  jest.dontMock('@temporalio/workflow');
  return { groups, places };
}

/** An activity that hangs for `forMs`, as this worker runs it. @returns the heartbeats that were sent */
async function hang({ interceptors }: WorkerOptions, forMs: number): Promise<number> {
  let sent = 0;
  const context = { info: { heartbeatTimeoutMs: 1 }, heartbeat: () => void (sent += 1) } as unknown as Context;
  const inbound = interceptors!.activity!.map((make) => make(context).inbound!.execute!.bind(undefined));
  const chain = inbound.reduceRight<(input: ActivityExecuteInput) => Promise<unknown>>(
    (next, execute) => (input) => execute(input, next),
    () => new Promise((resolve) => setTimeout(resolve, forMs)),
  );
  const running = chain({ args: [], headers: {} });
  await jest.advanceTimersByTimeAsync(forMs);
  await running;
  return sent;
}

describe('a call that dies with its worker', () => {
  it('has a heartbeat timeout of seconds, whichever workflow makes it', () => {
    const { groups, places } = proxiedActivities();
    expect(groups).toHaveLength(places);
    const late = groups.filter(
      ({ heartbeatTimeout, taskQueue = MAIN_TASK_QUEUE }) =>
        heartbeatTimeout === undefined || msToNumber(heartbeatTimeout) > FOUND_WITHIN_MS[taskQueue]!,
    );
    expect(late).toEqual([]);
  });
});

describe('a worker', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('says of every activity that it lives, so often that two heartbeats may be late', async () => {
    const workers = await workerOptions();
    expect(workers.map(({ taskQueue }) => taskQueue).toSorted()).toEqual(Object.keys(FOUND_WITHIN_MS).toSorted());
    for (const worker of workers) {
      const withinMs = FOUND_WITHIN_MS[worker.taskQueue]!;
      expect(await hang(worker, withinMs)).toBeGreaterThanOrEqual(2);
      // What the SDK holds back does not reach Temporal.
      expect(msToNumber(worker.maxHeartbeatThrottleInterval!) * 2).toBeLessThan(withinMs);
    }
  });

  it('sends none for an activity that has ended, or whose heartbeats nobody reads', async () => {
    const [worker] = await workerOptions();
    expect(await hang(worker!, 1_000)).toBe(0);
    const heartbeat = jest.fn();
    const local = { info: {}, heartbeat } as unknown as Context;
    const run = heartbeats(10)(local).execute!({ args: [], headers: {} }, async () => 'done');
    await jest.advanceTimersByTimeAsync(100);
    expect(await run).toBe('done');
    expect(heartbeat).not.toHaveBeenCalled();
  });
});

describe('the progress of a long activity', () => {
  const attempt = async (details: unknown, work: () => Promise<unknown>) => {
    const env = new MockActivityEnvironment({ heartbeatTimeoutMs: 8_000, heartbeatDetails: details });
    const sent: unknown[] = [];
    env.on('heartbeat', (progress: unknown) => sent.push(progress));
    const { execute } = heartbeats(1)(env.context);
    const outcome = await execute!({ args: [], headers: {} }, () => env.run(work)).catch(
      (error: Error) => error.message,
    );
    return { outcome, sent };
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 30));

  it('is not deleted by the heartbeats before there is more of it', async () => {
    const { sent } = await attempt(7, () => withProgress(async () => pause()));
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set(sent)).toEqual(new Set([7]));
  });

  it('is sent with every heartbeat, and last when the attempt fails', async () => {
    const { outcome, sent } = await attempt(7, () =>
      withProgress<number, never>(async (from, save) => {
        save(from! + 1);
        await pause();
        save(from! + 2);
        throw new Error('the panel is away');
      }),
    );
    expect(outcome).toBe('the panel is away');
    expect(sent.slice(0, 2)).toEqual([8, 8]);
    expect(sent.at(-1)).toBe(9);
  });
});
