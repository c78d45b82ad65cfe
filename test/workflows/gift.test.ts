/** The `gift` workflow on activities of the test's own, where months pass at once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { DAY_MS } from '../../src/domain/duration';
import type { GiftState } from '../../src/domain/voucher/gift';
import {
  GIFT_WORKFLOW,
  giftChanged,
  giftProgress,
  giftWorkflowId,
  type GiftActivities,
  type GiftInput,
  type GiftOutcome,
} from '../../src/workflows/contracts/gift';
import { workflowBundle } from '../support/workflow-bundle';
import { keepHistory, timeSkippingServer, type Server } from './purchaseRunner';

let server: Server;
beforeAll(async () => {
  server = await timeSkippingServer();
});
afterAll(() => server?.close());

interface Case {
  /** How it stands, by the days since it was paid. */
  readonly stateAt?: (day: number) => GiftState;
  /** Days between its money and the start of its workflow. */
  readonly startedAfter?: number;
  readonly change?: Partial<GiftActivities>;
  readonly during?: (handle: WorkflowHandle, sleep: (days: number) => Promise<void>) => Promise<void>;
  readonly history?: string;
}

/** Runs one gift to its end. @returns what it answered, and what its giver was told on which day */
async function run({ stateAt = () => 'waiting', startedAfter = 0, change, during, history }: Case) {
  const made = (await server.now()) - startedAfter * DAY_MS;
  const day = async () => Math.floor(((await server.now()) - made) / DAY_MS);
  const told: string[] = [];
  const calls = { returned: 0 };
  const activities: GiftActivities = {
    giftState: async () => ({ state: stateAt(((await server.now()) - made) / DAY_MS) }),
    async returnGift() {
      calls.returned += 1;
      return { state: 'returned' };
    },
    async tellGiver({ notice }) {
      told.push(`${await day()}: ${notice.about}${notice.about === 'reminder' ? ` ${notice.day}` : ''}`);
    },
    ...change,
  };
  const [taskQueue, giftId] = [randomUUID(), randomUUID()];
  const worker = await Worker.create({
    connection: server.connection,
    namespace: server.namespace,
    taskQueue,
    activities,
    workflowBundle: await workflowBundle(),
  });
  const input: GiftInput = { giftId, madeAt: new Date(made).toISOString() };
  const handle = await server.client.workflow.start(GIFT_WORKFLOW, {
    taskQueue,
    workflowId: giftWorkflowId(giftId),
    args: [input],
  });
  const outcome = await worker.runUntil(async () => {
    await during?.(handle, (days) => server.sleep(days * DAY_MS));
    return (await handle.result()) as GiftOutcome;
  });
  if (history !== undefined) await keepHistory(handle, history);
  return { outcome, told, ...calls, events: (await handle.fetchHistory()).events?.length ?? 0 };
}

describe('a gift that nobody claims', () => {
  it('is remembered after 3 and 14 days, and after 90 it is its giver’s own', async () => {
    const { outcome, told, returned, events } = await run({ history: 'gift-returned' });
    expect(outcome).toEqual({ state: 'returned' });
    expect(told).toEqual(['3: reminder 3', '14: reminder 14', '90: returned']);
    expect(returned).toBe(1);
    expect(events).toBeLessThan(80);
  });

  it('whose workflow was lost and begins again late: what was missed is not told twice at once', async () => {
    expect((await run({ startedAfter: 20 })).told).toEqual(['20: reminder 14', '90: returned']);
    expect((await run({ startedAfter: 400 })).told).toEqual(['400: returned']);
  });

  it('whose days count anew for PostgreSQL is asked about once an hour, and then it is its giver’s own', async () => {
    let asked = 0;
    const { outcome, told, events } = await run({
      change: {
        async returnGift() {
          asked += 1;
          return { state: asked < 30 ? 'waiting' : 'returned' };
        },
      },
    });
    expect([outcome.state, asked, told.at(-1)]).toEqual(['returned', 30, '91: returned']);
    expect(events).toBeLessThan(600);
  });

  it('is claimed in the moment of its return: what PostgreSQL decided counts', async () => {
    const { outcome, told } = await run({ change: { returnGift: async () => ({ state: 'claimed' }) } });
    expect([outcome.state, told.at(-1)]).toEqual(['claimed', '90: claimed']);
  });

  it('goes on when a message can’t be sent at all', async () => {
    let tries = 0;
    const { outcome, returned } = await run({
      change: {
        async tellGiver() {
          tries += 1;
          // As when a day of attempts is over.
          throw ApplicationFailure.nonRetryable('telegram sendMessage: ECONNREFUSED', 'telegram:unreachable');
        },
      },
    });
    expect([outcome.state, returned, tries]).toEqual(['returned', 1, 3]);
  });
});

describe('a gift that is claimed', () => {
  it('ends when it is called, and its giver is told at once', async () => {
    let state: GiftState = 'waiting';
    const { outcome, told, returned } = await run({
      stateAt: () => state,
      async during(handle, sleep) {
        await sleep(5);
        expect(await handle.query(giftProgress)).toMatchObject({
          state: 'waiting',
          note: expect.stringContaining('reminded at'),
        });
        // Somebody calls and nothing has changed: it waits on.
        await handle.signal(giftChanged);
        state = 'claimed';
        await handle.signal(giftChanged);
      },
      history: 'gift-claimed',
    });
    expect([outcome.state, told, returned]).toEqual(['claimed', ['3: reminder 3', '5: claimed'], 0]);
  });

  it('is found at the next step when the call is lost', async () => {
    const { outcome, told } = await run({ stateAt: (day) => (day > 5 ? 'claimed' : 'waiting') });
    expect([outcome.state, told]).toEqual(['claimed', ['3: reminder 3', '14: claimed']]);
  });
});

it('a gift whose money goes back ends: its giver is told by the refund', async () => {
  let state: GiftState = 'waiting';
  const { outcome, told } = await run({
    stateAt: () => state,
    async during(handle) {
      state = 'refunded';
      await handle.signal(giftChanged);
    },
    history: 'gift-refunded',
  });
  expect([outcome.state, told]).toEqual(['refunded', []]);
});
