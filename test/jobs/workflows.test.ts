/**
 * The scheduled workflows themselves: what they do when a part is away, how they are seen, how they go on. Time is
 * skipped.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowClient, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { JobActivities } from '../../src/jobs';
import { MAIN_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import { PANEL_SYNC_SIGNALS, panelSyncChildId, type PanelReading } from '../../src/jobs/panelSync/contract';
import type { ReceiptPage } from '../../src/jobs/receipts/contract';
import { BULK_TASK_QUEUE, NO_MESSAGES, PAGES_PER_HISTORY } from '../../src/jobs/bulkMessages/contract';
import { openTimeSkipping } from '../support/time-skipping';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { failAttempt, triedUntil } from '../workflows/attempts';
import { endOf, eventsOf, keepHistory } from '../workflows/purchaseRunner';

type Activities = JobActivities['main'] & JobActivities['bulk'];
type Fakes = Partial<Activities>;

let env: TestWorkflowEnvironment;
let bundle: { codePath: string };
let stopWorkers: () => Promise<void>;
/** What the activities do in the test that runs. */
let fakesNow: Fakes = {};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  bundle = await workflowBundle();
  await openServer();
});
afterAll(() => closeServer());

async function openServer(): Promise<void> {
  env = await openTimeSkipping({ NeedsAttention: 5 });
  stopWorkers = await startWorkers();
}

async function closeServer(): Promise<void> {
  await stopWorkers?.();
  await env?.teardown();
}

/** One set of workers for all tests: each new one costs a second of processor time to load the bundle. */
async function startWorkers(): Promise<() => Promise<void>> {
  const common = {
    connection: env.nativeConnection,
    namespace: 'default',
    activities: {
      // The SDK calls it for every name.
      default(...args: unknown[]): Promise<unknown> {
        const name = Context.current().info.activityType as keyof Activities;
        const fake = fakesNow[name] as ((...args: unknown[]) => Promise<unknown>) | undefined;
        if (!fake) throw new Error(`this test has no ${name}`);
        return fake(...args);
      },
    },
    shutdownGraceTime: '100ms',
    maxCachedWorkflows: 100,
    maxHeartbeatThrottleInterval: '100ms',
    defaultHeartbeatThrottleInterval: '100ms',
  } as const;
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: MAIN_TASK_QUEUE, workflowBundle: bundle }),
    Worker.create({ ...common, taskQueue: BULK_TASK_QUEUE }),
  ]);
  const runs = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  };
}

async function run<T>(
  workflow: string,
  fakes: Fakes,
  scenario: (handle: WorkflowHandle) => Promise<T>,
  args: unknown[] = [],
): Promise<T> {
  fakesNow = fakes;
  return scenario(
    await env.client.workflow.start(workflow, {
      taskQueue: MAIN_TASK_QUEUE,
      workflowId: `${workflow}-${Math.random()}`,
      args,
    }),
  );
}

/**
 * Waits without skipping time. While the result is awaited on the skipping client, the server goes to the next timer as
 * soon as nobody works, also between a workflow and its child: that may be the day after which nobody waits for an
 * operator any more.
 */
const resultAtRealPace = (handle: WorkflowHandle): Promise<unknown> =>
  new WorkflowClient({ connection: env.connection }).getHandle(handle.workflowId).result();

const fail = (failure: ApplicationFailure) => failAttempt(failure, () => env.currentTimeMs());
const away = () => ApplicationFailure.retryable('hiddify setEnabled: ECONNREFUSED', 'hiddify:unreachable');
/** Three histories, the last one of one page. */
const PAGES = 2 * PAGES_PER_HISTORY + 1;
const cursor = (n: number) => ({ at: String(n), id: String(n) });

describe('reminders of trials', () => {
  it('go through all pages and add everything up', async () => {
    const sendTrialReminders: Activities['sendTrialReminders'] = async ({ after }) => ({
      scanned: 1_000,
      counts: { ...NO_MESSAGES, sent: 40 },
      next: after === null ? cursor(1) : null,
    });
    await run('trialReminders', { sendTrialReminders }, async (handle) => {
      expect(await handle.result()).toMatchObject({ scanned: 2_000, sent: 80 });
      await keepHistory(handle, 'trial-reminders');
    });
  });
});

describe('reminders', () => {
  it('go through hundreds of pages in more than one history, none of them near the limit, and add everything up', async () => {
    let pages = 0;
    const sendReminders: Activities['sendReminders'] = async ({ after }) => {
      const page = after === null ? 1 : Number(after.id) + 1;
      pages += 1;
      return { scanned: 1_000, counts: { ...NO_MESSAGES, sent: 40 }, next: page === PAGES ? null : cursor(page) };
    };
    await run(
      'subscriptionReminders',
      { countEnding: async () => ({ subscriptions: PAGES * 1_000 }), sendReminders },
      async (handle) => {
        expect(await handle.result()).toMatchObject({ scanned: PAGES * 1_000, sent: PAGES * 40 });
        expect(pages).toBe(PAGES);
        const last = await env.client.workflow.getHandle(handle.workflowId).fetchHistory();
        expect(eventsOf(last).length).toBeLessThan(2_500);
      },
    );
  });

  it('say how far they are to whoever watches, page by page', async () => {
    let seen: string | undefined;
    const fakes: Fakes = {
      countEnding: async () => ({ subscriptions: 40_000 }),
      async sendReminders({ after }) {
        if (after !== null) seen ??= await detailsOf();
        return {
          scanned: after === null ? 12_300 : 27_700,
          counts: { ...NO_MESSAGES, sent: 500 },
          next: after === null ? cursor(1) : null,
        };
      },
    };
    let detailsOf = async (): Promise<string> => '';
    await run('subscriptionReminders', fakes, async (handle) => {
      detailsOf = () =>
        handle.query<string>('__temporal_workflow_metadata').then((metadata) => JSON.stringify(metadata));
      await handle.result();
      expect(seen).toMatch(/12,300 of 40,000, [\d.]+ per second, \d+ (s|min) left; 500 sent/);
      await keepHistory(handle, 'reminders');
    });
  });

  it('Telegram away for a day: the run gives up in the evening; the next one catches up', async () => {
    let pages = 0;
    const sendReminders: Activities['sendReminders'] = async () => {
      pages += 1;
      if (pages > 1)
        await fail(ApplicationFailure.retryable('telegram sendMessage: ECONNREFUSED', 'telegram:unreachable'));
      return { scanned: 1_000, counts: { ...NO_MESSAGES, sent: 40 }, next: cursor(1) };
    };
    await run(
      'subscriptionReminders',
      { countEnding: async () => ({ subscriptions: 5_000 }), sendReminders },
      async (handle) => {
        const began = await env.currentTimeMs();
        await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
        expect((await env.currentTimeMs()) - began).toBeLessThan(9 * 3_600_000);
        await keepHistory(handle, 'reminders-telegram-away');
      },
    );
  });

  it('a list too long for one day ends in the evening and says so: nobody is written to at night', async () => {
    let pages = 0;
    const sendReminders: Activities['sendReminders'] = async () => {
      pages += 1;
      // The second attempt comes five seconds before the evening; the pages after it take longer than that.
      if (pages === 1) {
        const leftMs = triedUntil() - (await env.currentTimeMs());
        throw ApplicationFailure.create({
          message: 'telegram sendMessage: 429',
          type: 'telegram:rate-limited',
          nextRetryDelay: leftMs - 5_000,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { scanned: 1_000, counts: { ...NO_MESSAGES, sent: 40 }, next: cursor(pages) };
    };
    await run(
      'subscriptionReminders',
      { countEnding: async () => ({ subscriptions: 1_000_000 }), sendReminders },
      async (handle) => {
        expect(await handle.result()).toMatchObject({ unfinished: true });
        expect(pages).toBeGreaterThan(2);
        await keepHistory(handle, 'reminders-unfinished');
      },
    );
  });

  it('can be cancelled in the middle of a page: the page ends, nothing is left running', async () => {
    let began = false;
    const sendReminders: Activities['sendReminders'] = async () => {
      began = true;
      const beat = setInterval(() => Context.current().heartbeat(), 50);
      await Context.current().cancelled.finally(() => clearInterval(beat));
      return { scanned: 0, counts: NO_MESSAGES, next: null };
    };
    await run(
      'subscriptionReminders',
      { countEnding: async () => ({ subscriptions: 1 }), sendReminders },
      async (handle) => {
        await waitUntil(() => began, { what: 'the page has begun' });
        await handle.cancel();
        await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
      },
    );
  });
});

describe('expiry', () => {
  const whole = (fakes: Fakes): Fakes => ({
    expireSubscriptions: async () => ({ expired: 3, more: false }),
    countExpiryNotices: async () => ({ subscriptions: 3 }),
    serversToDeactivate: async () => ({
      servers: [
        { serverCode: 'de-1', accounts: 2 },
        { serverCode: 'nl-1', accounts: 1 },
      ],
    }),
    deactivateOnPanel: async () => ({ deactivated: 1, reactivated: 0 }),
    sendExpiryNotices: async () => ({ scanned: 3, counts: { ...NO_MESSAGES, sent: 3 }, next: null }),
    ...fakes,
  });

  it('a panel that stays away is reported; the others and the people do not wait for it', async () => {
    const tried = { 'de-1': 0, 'nl-1': 0 } as Record<string, number>;
    const deactivateOnPanel: Activities['deactivateOnPanel'] = async ({ serverCode }) => {
      tried[serverCode]! += 1;
      if (serverCode === 'de-1') await fail(away());
      return { deactivated: 1, reactivated: 0 };
    };
    await run('subscriptionExpiry', whole({ deactivateOnPanel }), async (handle) => {
      expect(await handle.result()).toEqual({
        expired: 3,
        deactivated: 1,
        reactivated: 0,
        panelsAway: [{ serverCode: 'de-1', accounts: 2 }],
        notices: { ...NO_MESSAGES, sent: 3 },
      });
      expect(tried['nl-1']).toBe(1);
      expect(tried['de-1']).toBeGreaterThan(10);
      await keepHistory(handle, 'expiry-panel-away');
    });
  });
});

describe('a long expiry', () => {
  it('tells hundreds of pages of people in more than one history, and says how far it is', async () => {
    let pages = 0;
    const fakes: Fakes = {
      expireSubscriptions: async () => ({ expired: 500, more: false }),
      countExpiryNotices: async () => ({ subscriptions: PAGES * 1_000 }),
      serversToDeactivate: async () => ({ servers: [{ serverCode: 'nl-1', accounts: 500 }] }),
      deactivateOnPanel: async () => ({ deactivated: 500, reactivated: 0 }),
      async sendExpiryNotices({ after }) {
        pages += 1;
        const page = after === null ? 1 : Number(after.id) + 1;
        return { scanned: 1_000, counts: { ...NO_MESSAGES, sent: 1_000 }, next: page === PAGES ? null : cursor(page) };
      },
    };
    await run('subscriptionExpiry', fakes, async (handle) => {
      expect(await handle.result()).toEqual({
        expired: 500,
        deactivated: 500,
        reactivated: 0,
        panelsAway: [],
        notices: { ...NO_MESSAGES, sent: PAGES * 1_000 },
      });
      expect(pages).toBe(PAGES);
      expect(eventsOf(await env.client.workflow.getHandle(handle.workflowId).fetchHistory()).length).toBeLessThan(
        2_500,
      );
    });
  });

  it('can be cancelled while a panel is away and everybody is told', async () => {
    let tried = false;
    const fakes: Fakes = {
      expireSubscriptions: async () => ({ expired: 1, more: false }),
      countExpiryNotices: async () => ({ subscriptions: 0 }),
      serversToDeactivate: async () => ({ servers: [{ serverCode: 'nl-1', accounts: 1 }] }),
      sendExpiryNotices: async () => ({ scanned: 0, counts: NO_MESSAGES, next: null }),
      async deactivateOnPanel() {
        tried = true;
        const beat = setInterval(() => Context.current().heartbeat(), 50);
        await Context.current().cancelled.finally(() => clearInterval(beat));
        return { deactivated: 0, reactivated: 0 };
      },
    };
    await run('subscriptionExpiry', fakes, async (handle) => {
      // The test server, unlike the real one, fails the workflow's task when an activity is cancelled that nobody has
      // begun yet, or that ends at that moment.
      const told = async () => endOf('sendExpiryNotices', eventsOf(await handle.fetchHistory())) >= 0;
      await waitUntil(async () => tried && (await told()), { what: 'a panel is being told and the people have been' });
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    });
  });
});

describe('reconciliation', () => {
  const whole = (fakes: Fakes): Fakes => ({
    healUnfinished: async ({ after }) =>
      after === null
        ? { checked: 100, started: 1, abandoned: 0, delayed: 2, next: 'x' }
        : { checked: 3, started: 0, abandoned: 1, delayed: 0, next: null },
    handleStoredWebhooks: async () => ({ handled: 4, more: false }),
    ledgers: async () => [
      { provider: 'yookassa', list: 'main', cursor: 'read-before' },
      { provider: 'another', list: 'main', cursor: null },
    ],
    compareLedger: async ({ provider, cursor }) => ({
      payments: 100,
      refunds: 10,
      healed: provider === 'yookassa' ? 1 : 0,
      anomalies: 0,
      unreadable: 0,
      cursor: cursor === 'page-2' ? 'end' : 'page-2',
      more: cursor !== 'page-2',
    }),
    keepLedgerCursor: async () => undefined,
    sendOwedKeys: async ({ after }) =>
      after === null ? { sent: 2, owed: 98, next: 'x' } : { sent: 1, owed: 3, next: null },
    tellGivers: async () => ({ told: 1 }),
    showUnseen: async ({ after }) => ({ shown: 1, next: after === null ? 7 : null }),
    countOpenAnomalies: async () => ({ open: 0 }),
    reportAnomalies: async () => ({ told: 0 }),
    recordReconciliationEnd: async () => undefined,
    ...fakes,
  });

  it('adds up what it found, page by page', async () => {
    await run('paymentReconciliation', whole({}), async (handle) => {
      expect(await handle.result()).toEqual({
        payments: 400,
        refunds: 40,
        healed: 2,
        started: 1,
        abandoned: 1,
        delayed: 2,
        webhooks: 4,
        keysSent: 3,
        keysOwed: 101,
        anomalies: 0,
        openAnomalies: 0,
        unreadable: 0,
        away: [],
      });
      await keepHistory(handle, 'reconciliation');
    });
  });

  it('stores its end, also when providers or Telegram are away, so that a job that does not end is noticed', async () => {
    const ends: string[] = [];
    const recordReconciliationEnd: Activities['recordReconciliationEnd'] = async ({ away: ofProviders }) =>
      void ends.push(...ofProviders);
    const away = () => fail(ApplicationFailure.retryable('no answer', 'telegram:unreachable'));
    const fakes = whole({
      compareLedger: away,
      countOpenAnomalies: async () => ({ open: 1 }),
      reportAnomalies: away,
      recordReconciliationEnd,
    });
    await run('paymentReconciliation', fakes, async (handle) => {
      await handle.result();
      expect(ends).toEqual(['yookassa', 'another']);
    });
  });

  it('a provider away: all else is done all the same, and the next run begins where this one did', async () => {
    const kept: unknown[] = [];
    const fakes = whole({});
    const compareLedger: Activities['compareLedger'] = (input) =>
      input.provider === 'yookassa' && input.cursor === 'page-2'
        ? fail(ApplicationFailure.retryable('yookassa listPayments: no answer', 'yookassa:unreachable'))
        : fakes.compareLedger!(input);
    const keepLedgerCursor: Activities['keepLedgerCursor'] = async (read) => void kept.push(read);
    await run('paymentReconciliation', { ...fakes, compareLedger, keepLedgerCursor }, async (handle) => {
      expect(await handle.result()).toMatchObject({ started: 1, webhooks: 4, payments: 200, away: ['yookassa'] });
      expect(kept).toEqual([{ provider: 'another', list: 'main', from: null, cursor: 'end' }]);
      await keepHistory(handle, 'reconciliation-provider-away');
    });
  });

  it('a list that can’t be read keeps nobody from comparing the provider’s other one, of which the end is kept', async () => {
    const kept: unknown[] = [];
    const fakes = whole({
      ledgers: async () => [
        { provider: 'yookassa', list: 'main', cursor: 'read-before' },
        { provider: 'yookassa', list: 'refunds', cursor: 'refunds-before' },
      ],
    });
    const compareLedger: Activities['compareLedger'] = (input) =>
      input.list === 'main'
        ? fail(ApplicationFailure.retryable('yookassa listPayments: no answer', 'yookassa:unreachable'))
        : fakes.compareLedger!(input);
    const keepLedgerCursor: Activities['keepLedgerCursor'] = async (read) => void kept.push(read);
    await run('paymentReconciliation', { ...fakes, compareLedger, keepLedgerCursor }, async (handle) => {
      expect(await handle.result()).toMatchObject({ refunds: 20, away: ['yookassa'] });
      expect(kept).toEqual([{ provider: 'yookassa', list: 'refunds', from: 'refunds-before', cursor: 'end' }]);
    });
  });

  it('unexplained money sets the run’s search attribute NeedsAttention', async () => {
    await run('paymentReconciliation', whole({ countOpenAnomalies: async () => ({ open: 2 }) }), async (handle) => {
      expect(await handle.result()).toMatchObject({ openAnomalies: 2 });
      expect((await handle.describe()).searchAttributes['NeedsAttention']).toEqual([true]);
      await keepHistory(handle, 'reconciliation-unexplained');
    });
  });

  it('Telegram away: the run still ends, so that the next one can heal payments', async () => {
    const reportAnomalies = () =>
      fail(ApplicationFailure.retryable('telegram sendMessage: ECONNREFUSED', 'telegram:unreachable'));
    await run(
      'paymentReconciliation',
      whole({ countOpenAnomalies: async () => ({ open: 1 }), reportAnomalies }),
      async (handle) => {
        expect(await handle.result()).toMatchObject({ openAnomalies: 1, started: 1, away: [] });
      },
    );
  });
});

describe('receipts', () => {
  const page = (asked: number, next: string | null = null): ReceiptPage => ({
    asked,
    registered: asked,
    failed: 0,
    late: 0,
    next,
  });

  it('asks about payments and refunds, page by page, and adds up', async () => {
    const fakes: Fakes = {
      checkReceipts: async ({ of, after }) => {
        if (of === 'refunds') return { ...page(1), registered: 0, failed: 1 };
        return after === null ? page(50, 'last-of-the-page') : page(2);
      },
    };
    await run('receiptRegistration', fakes, async (handle) => {
      expect(await handle.result()).toEqual({ asked: 53, registered: 52, failed: 1, late: 0, providers: 'asked' });
      await keepHistory(handle, 'receipts');
    });
  });

  it('YooKassa away: the run ends, and the next one asks again', async () => {
    const fakes: Fakes = {
      checkReceipts: async () => {
        throw ApplicationFailure.retryable('yookassa getPayment: ECONNREFUSED', 'yookassa:unreachable');
      },
    };
    await run('receiptRegistration', fakes, async (handle) => {
      expect(await handle.result()).toMatchObject({ asked: 0, providers: 'away' });
    });
  });
});

describe('the referral programme', () => {
  it('rewards, gives and revokes first, then tells of it', async () => {
    const calls: string[] = [];
    const fakes: Fakes = {
      moveRewards: async () => {
        calls.push('move');
        return { earned: 3, due: 2, revoked: 1 };
      },
      tellOfRewards: async () => {
        calls.push('tell');
        return { told: 4 };
      },
    };
    await run('referralRewards', fakes, async (handle) => {
      expect(await handle.result()).toEqual({ earned: 3, due: 2, revoked: 1, told: 4 });
      expect(calls).toEqual(['move', 'tell']);
      await keepHistory(handle, 'referral-rewards');
    });
  });
});

describe('panel sync', () => {
  const reading = (change: Partial<PanelReading> = {}): PanelReading => ({
    ours: 100,
    theirs: 100,
    written: 10,
    drift: {},
    repairs: 0,
    needsApproval: false,
    toLimit: 0,
    isWhole: true,
    unreadable: 0,
    forAPerson: null,
    ...change,
  });
  const whole = (fakes: Fakes, seen: string[] = []): Fakes => ({
    panelsToSync: async () => ({ servers: ['aa', 'bb', 'cc'], withRevocations: [] }),
    readPanel: async () => reading(),
    deactivateOnPanel: async ({ serverCode }) => (seen.push(`close ${serverCode}`), { deactivated: 0, reactivated: 0 }),
    repairPanel: async ({ serverCode }) => (
      seen.push(`repair ${serverCode}`),
      { repaired: 1, outdated: 0, refused: 0 }
    ),
    askOwner: async ({ serverCode, reading }) => void seen.push(`ask ${serverCode}: ${JSON.stringify(reading)}`),
    recordRun: async ({ serverCode, outcome }) => void seen.push(`ended ${serverCode}: ${outcome}`),
    ...fakes,
  });
  const strange = reading({ theirs: 0, repairs: 100, drift: { missing: 100 }, needsApproval: true });

  it('one panel away affects only itself', async () => {
    const readPanel: Activities['readPanel'] = async ({ serverCode }) => {
      if (serverCode === 'bb') await fail(away());
      return reading({ repairs: 1, drift: { 'disabled-there': 1 } });
    };
    const seen: string[] = [];
    await run('panelSync', whole({ readPanel }, seen), async (handle) => {
      expect(await handle.result()).toEqual({
        panels: 3,
        synced: 2,
        accounts: 200,
        written: 20,
        repaired: 2,
        revoked: 0,
        drift: { 'disabled-there': 2 },
        others: [{ serverCode: 'bb', outcome: 'away', reason: 'hiddify setEnabled: ECONNREFUSED' }],
      });
      expect(seen.filter((what) => what.startsWith('ended')).toSorted()).toEqual([
        'ended aa: synced',
        'ended bb: away',
        'ended cc: synced',
      ]);
      await keepHistory(handle, 'panel-sync-one-away');
    });
  });

  it('"reject", or a day without an answer, changes nothing', async () => {
    const seen: string[] = [];
    await run(
      'panelSyncOf',
      whole({ readPanel: async () => strange }, seen),
      async (handle) => {
        expect(await handle.result()).toMatchObject({ outcome: 'rejected', reason: 'nobody decided' });
        expect(seen.some((what) => /^(close|repair)/.test(what))).toBe(false);
      },
      [{ serverCode: 'aa', parentId: 'no-such-run' }],
    );
  });

  it('an "approve" from before the proposal is not taken for an answer to it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await run(
      'panelSyncOf',
      whole({ readPanel: async () => (await held, strange) }),
      async (handle) => {
        await handle.signal(PANEL_SYNC_SIGNALS.approve);
        release();
        expect(await handle.result()).toMatchObject({ outcome: 'rejected' });
      },
      [{ serverCode: 'aa', parentId: 'no-such-run' }],
    );
  });

  it('too many changes: nothing is changed, the owner is asked, the run does not wait; "approve" repairs', async () => {
    const seen: string[] = [];
    const readPanel: Activities['readPanel'] = async ({ serverCode }) => (serverCode === 'aa' ? strange : reading());
    await run('panelSync', whole({ readPanel }, seen), async (handle) => {
      expect(await resultAtRealPace(handle)).toMatchObject({
        synced: 2,
        repaired: 0,
        others: [{ serverCode: 'aa', outcome: 'waiting-for-operator' }],
      });
      await waitUntil(() => seen.some((what) => what.startsWith('ask aa')), { what: 'the owner is asked' });
      expect(seen.filter((what) => what.includes('ask aa'))).toEqual([
        'ask aa: {"ours":100,"theirs":0,"drift":{"missing":100},"repairs":100}',
      ]);
      const part = env.client.workflow.getHandle(panelSyncChildId('aa'));
      expect((await part.describe()).searchAttributes['NeedsAttention']).toEqual([true]);
      await part.signal(PANEL_SYNC_SIGNALS.approve);
      expect(await part.result()).toMatchObject({ outcome: 'synced', repaired: 1 });
      expect((await part.describe()).searchAttributes['NeedsAttention']).toEqual([false]);
      await keepHistory(part, 'panel-sync-approved');
    });
  });

  it('open revocations are told again on their servers, sold from or not, whatever keeps a panel’s own part', async () => {
    const told: string[] = [];
    const revokeAgain: Activities['revokeAgain'] = async ({ serverCode }) => {
      if (serverCode === 'bb') throw ApplicationFailure.nonRetryable('away');
      told.push(serverCode);
      return { revoked: 2 };
    };
    const fakes = whole({
      panelsToSync: async () => ({ servers: ['aa', 'bb'], withRevocations: ['aa', 'bb', 'retired'] }),
      readPanel: async ({ serverCode }) => (serverCode === 'aa' ? strange : reading()),
      revokeAgain,
    });
    await run('panelSync', fakes, async (handle) => {
      expect(await resultAtRealPace(handle)).toMatchObject({ panels: 2, revoked: 4 });
      expect(told.toSorted()).toEqual(['aa', 'retired']);
      const part = env.client.workflow.getHandle(panelSyncChildId('aa'));
      await part.signal(PANEL_SYNC_SIGNALS.reject);
      expect(await part.result()).toMatchObject({ outcome: 'rejected' });
    });
  });

  it('the next run leaves a panel alone that still waits for an operator', async () => {
    const readPanel: Activities['readPanel'] = async ({ serverCode }) => (serverCode === 'aa' ? strange : reading());
    const fakes = whole({ readPanel });
    await run('panelSync', fakes, async (first) => {
      await resultAtRealPace(first);
      const second = await env.client.workflow.start('panelSync', {
        taskQueue: MAIN_TASK_QUEUE,
        workflowId: `second-${Math.random()}`,
      });
      expect(await resultAtRealPace(second)).toMatchObject({
        synced: 2,
        others: [{ serverCode: 'aa', outcome: 'still-running' }],
      });
      await env.client.workflow.getHandle(panelSyncChildId('aa')).signal(PANEL_SYNC_SIGNALS.reject);
    });
  });

  it('a panel that takes longer than half an hour goes on by itself: the run ends, so that the others are synced in time', async () => {
    // After a child has outlived its run, as above, the test server skips no time any more.
    await closeServer();
    await openServer();
    const slow = (serverCode: string) => {
      if (serverCode === 'bb' && Context.current().info.attempt < 3)
        throw ApplicationFailure.create({
          message: 'hiddify: 429',
          type: 'hiddify:rate-limited',
          nextRetryDelay: '10m',
        });
    };
    const readPanel: Activities['readPanel'] = async ({ serverCode }) => (slow(serverCode), reading());
    const deactivateOnPanel: Activities['deactivateOnPanel'] = async ({ serverCode }) => (
      slow(serverCode),
      { deactivated: 0, reactivated: 0 }
    );
    await run('panelSync', whole({ readPanel, deactivateOnPanel }), async (handle) => {
      expect(await handle.result()).toMatchObject({
        panels: 3,
        synced: 2,
        others: [{ serverCode: 'bb', outcome: 'still-running' }],
      });
      await keepHistory(handle, 'panel-sync-one-slow');
    });
  });
});

describe('service watch', () => {
  const checkServices = async () => ({ panels: 2, failing: ['nl-1'] });

  it('says what fails, and tells the owner', async () => {
    await run('serviceWatch', { checkServices, tellOutages: async () => ({ told: 1 }) }, async (handle) => {
      expect(await handle.result()).toEqual({ panels: 2, failing: ['nl-1'], told: 1 });
      await keepHistory(handle, 'service-watch');
    });
  });

  it('ends although Telegram is away, so that the next run can tell', async () => {
    const tellOutages = () => fail(ApplicationFailure.retryable('telegram: ECONNREFUSED', 'telegram:unreachable'));
    await run('serviceWatch', { checkServices, tellOutages }, async (handle) => {
      expect(await handle.result()).toEqual({ panels: 2, failing: ['nl-1'], told: null });
      await keepHistory(handle, 'service-watch-telegram-away');
    });
  });
});

describe('audit', () => {
  it('is tried again while a panel is away, and says what it found', async () => {
    let tries = 0;
    const compareBooks: Activities['compareBooks'] = async () => {
      tries += 1;
      if (tries === 1) throw new Error('the panel of nl-1 could not be read');
      return { payments: 3, differences: { 'account-missing': 1 }, unaccounted: {} };
    };
    await run('audit', { compareBooks }, async (handle) => {
      expect(await handle.result()).toMatchObject({ differences: { 'account-missing': 1 } });
      await keepHistory(handle, 'audit');
    });
  });
});

describe('cleanup', () => {
  it('of Redis says what it removed', async () => {
    await run(
      'cleanup',
      { sweepRedis: async () => ({ scanned: 9, withoutExpiry: 1, unreadable: 2, foreign: 0 }) },
      async (handle) => {
        expect(await handle.result()).toEqual({ what: 'fsm', scanned: 9, withoutExpiry: 1, unreadable: 2, foreign: 0 });
        await keepHistory(handle, 'cleanup-fsm');
      },
      [{ what: 'fsm' }],
    );
  });

  it('says what it removed', async () => {
    const fakes: Fakes = {
      checkAbandonedPayments: async () => ({ checked: 1, closed: 2, next: null }),
      removeOld: async ({ what }) => ({ removed: what === 'webhooks' ? 7 : 0 }),
    };
    await run(
      'cleanup',
      fakes,
      async (handle) => {
        expect(await handle.result()).toMatchObject({
          what: 'payments',
          checked: 1,
          closed: 2,
          removed: { webhooks: 7, people: 0 },
        });
        await keepHistory(handle, 'cleanup-payments');
      },
      [{ what: 'payments' }],
    );
  });
});
