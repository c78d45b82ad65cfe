/** What reconciliation makes of money, on a real database and the real YooKassa client against its stand-in. */
import { DAY_MS } from '../../src/domain/duration';
import { makesKey, type GrantRequest } from '../../src/workflows/contracts/grant';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { start } from '../../simulators/yookassa/server';
import type { Language } from '../../src/domain/language';
import type { PaymentWorkflowClient } from '../../src/clients/paymentWorkflowClient';
import { createReconciliationActivities } from '../../src/jobs/reconciliation/activities';
import { createYooKassaClient, type YooKassaClient } from '../../src/gateways/yookassa/client';
import { metadataOf } from '../../src/gateways/yookassa/metadata';
import { buildPaymentRequest } from '../../src/gateways/yookassa/requests';
import { createFreeGrantsRepository } from '../../src/storage/postgres/freeGrants';
import { createGiftsRepository } from '../../src/storage/postgres/gifts';
import { createJobResultsRepository } from '../../src/storage/postgres/jobResults';
import { createOwedKeysRepository } from '../../src/storage/postgres/owedKeys';
import type { LedgerPage } from '../../src/jobs/reconciliation/contract';
import type { Charge, PaymentProvider } from '../../src/providers/port';
import { providersOf } from '../../src/providers/registry';
import type { KeyAnswer } from '../../src/workflows/contracts/activities';
import { createReconciliationRepository } from '../../src/storage/postgres/reconciliation';
import { createTimelineRepository } from '../../src/storage/postgres/timeline';
import { createWebhookEventsRepository } from '../../src/storage/postgres/webhookEvents';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { catalogue, PRICE, useShop } from '../storage/postgres/shopDatabase';
import { yooKassaAt } from '../providers/aProvider';
import { trialGiven, trialOffer, trialRequest } from '../storage/postgres/trials';
import { voucherClaimed } from '../storage/postgres/vouchers';
import { inActivity } from './fakes';

const COUNTED = ['payments', 'refunds', 'healed', 'anomalies', 'unreadable'] as const;
const shop = useShop();
const installation = { id: async () => (await shop.row('installation', 'singleton'))['id'] as string };
let simulator: { url: string; close(): Promise<void> };
let yookassa: YooKassaClient;
const sim = async (method: string, path: string, body?: unknown): Promise<any> =>
  (
    await fetch(`${simulator.url}/_sim/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  ).json();

beforeAll(async () => {
  simulator = await start({ port: 0, host: '127.0.0.1' });
  yookassa = createYooKassaClient({ baseUrl: `${simulator.url}/v3`, shopId: '100500', secretKey: 'test_demo' });
});
afterAll(() => simulator?.close());
beforeEach(async () => {
  await sim('POST', 'reset');
  await shop.pool.query('TRUNCATE ledger_cursors, money_anomalies, webhook_events');
  await shop.pool.query(`UPDATE payments SET status = 'canceled' WHERE status NOT IN ('issued', 'refunded')`);
});

/** The same activities, each run as a worker runs it. */
function runInActivities<Activities extends object>(activities: Activities): Activities {
  const each = Object.entries(activities as Record<string, (...given: unknown[]) => Promise<unknown>>);
  return Object.fromEntries(
    each.map(([name, activity]) => [name, (...given: unknown[]) => inActivity(() => activity(...given))]),
  ) as Activities;
}

function service({
  running = [] as string[],
  refunding = [] as string[],
  now = () => new Date(),
  provider = yooKassaAt(simulator.url),
  notice = async (): Promise<void> => undefined,
  language = 'en' as Language,
  key = { outcome: 'sent' } as KeyAnswer,
} = {}) {
  const did: string[] = [];
  const notices: string[] = [];
  const requests: GrantRequest[] = [];
  const paymentWorkflowClient: PaymentWorkflowClient = {
    isRunning: async (id) => running.includes(id),
    async ensureRunning({ id }) {
      did.push(`start ${id}`);
      running.push(id);
    },
    async notified(id) {
      if (!running.includes(id)) return 'not-running';
      did.push(`wake ${id}`);
      return 'woken';
    },
    async notify({ id }, stray) {
      did.push(`refund ${id}${stray === null ? '' : ` stray ${stray}`}`);
    },
    isRefundRunning: async (id) => refunding.includes(id),
  };
  const reconciliation = createReconciliationRepository(shop.pool);
  const invalidated: number[] = [];
  const { main } = createReconciliationActivities({
    providers: providersOf([provider]),
    payments: shop.payments,
    installation,
    reconciliation,
    webhookEvents: createWebhookEventsRepository(shop.pool),
    jobResults: createJobResultsRepository(shop.pool),
    paymentWorkflowClient: () => paymentWorkflowClient,
    freeGrants: createFreeGrantsRepository(shop.pool),
    grantWorkflows: () => ({
      isRunning: async ({ kind, source }) => running.includes(`${kind} ${source}`),
      async ensureRunning(request) {
        const { kind, source } = request;
        requests.push(request);
        did.push(`start ${kind} ${source}`);
        running.push(`${kind} ${source}`);
      },
    }),
    gifts: createGiftsRepository(shop.pool),
    tellGiver: async ({ id }, { about }) => {
      did.push(`tell ${id} ${about}`);
      return 'sent';
    },
    giftWorkflows: () => ({
      isRunning: async (id) => running.includes(`gift ${id}`),
      async ensureRunning({ id }) {
        did.push(`start gift ${id}`);
        running.push(`gift ${id}`);
      },
    }),
    cacheInvalidation: { invalidatePurchase: async ({ userId }) => void invalidated.push(userId) },
    owedKeys: createOwedKeysRepository(shop.pool),
    chat: {
      load: async (paymentId) => ({ payment: await shop.payments.existing(paymentId), timeZone: 'Europe/Moscow' }),
      showScreen: async ({ payment }) => void did.push(`screen ${payment.id}`),
    },
    async sendKey(id) {
      did.push(`key ${id}`);
      return key;
    },
    showUnseenGrants: async (userId) => void did.push(`grants ${userId}`),
    users: shop.users,
    temporalUi: undefined,
    async tellOwners(_kind, _subject, screen) {
      await notice();
      notices.push(screen(language, 'Europe/Moscow').text);
      return { told: true };
    },
    now,
  });
  const activities = runInActivities(main);
  return {
    did,
    requests,
    invalidated,
    notices,
    reconciliation,
    activities,
    /** What a run of the job compares, from where the one before has ended, all pages in one. */
    async compare(): Promise<Omit<LedgerPage, 'more' | 'cursor'> & { pages: number }> {
      const sum = { payments: 0, refunds: 0, healed: 0, anomalies: 0, unreadable: 0, pages: 0 };
      for (const { list, cursor: from, ...of } of await activities.ledgers())
        for (let [at, more] = [from, true]; more;) {
          const page = await activities.compareLedger({ ...of, list, cursor: at });
          for (const name of COUNTED) sum[name] += page[name];
          sum.pages += 1;
          ({ cursor: at, more } = page);
          if (!more) await activities.keepLedgerCursor({ ...of, list, from, cursor: page.cursor });
        }
      return sum;
    },
    heal: (after: string | null = null) => activities.healUnfinished({ after }),
    webhooks: () => activities.handleStoredWebhooks(),
    sendKeys: () => activities.sendOwedKeys({ after: null }),
    showUnseen: () => activities.showUnseen({ after: null }),
    tellGivers: () => activities.tellGivers(),
    tell: () => activities.reportAnomalies(),
  };
}

/** Money at YooKassa for one of our payments, or for nobody's. */
async function moneyFor(paymentId: string, kopecks = PRICE): Promise<string> {
  const body = buildPaymentRequest({
    amountKopecks: kopecks,
    description: 'x',
    returnUrl: 'https://t.me/',
    metadata: metadataOf({ installationId: await installation.id(), paymentId }),
  });
  const { id } = await yookassa.createPayment(body, randomUUID());
  await sim('POST', `payments/${id}/pay`, {});
  return id;
}

const old = (paymentId: string, ms: number) =>
  shop.pool.query(
    `UPDATE payments SET created_at = now() - $2 * interval '1 millisecond', updated_at = now() - $2 * interval '1 millisecond' WHERE id = $1`,
    [paymentId, ms],
  );

describe('the same YooKassa shop', () => {
  it('sells for other programs, and for another installation of this one: nothing of theirs is unexplained', async () => {
    const sell = async (metadata: Record<string, string>): Promise<void> => {
      const body = buildPaymentRequest({
        amountKopecks: PRICE,
        description: 'x',
        returnUrl: 'https://t.me/',
        metadata,
      });
      const { id } = await yookassa.createPayment(body, randomUUID());
      await sim('POST', `payments/${id}/pay`, {});
    };
    await sell({ payment_id: randomUUID() });
    await sell({ payment_id: '17', order: 'x' });
    await sell(metadataOf({ installationId: randomUUID(), paymentId: randomUUID() }));
    const run = service();
    expect(await run.compare()).toMatchObject({ payments: 3, anomalies: 0 });
    // What this installation has made must be in its database.
    await moneyFor(randomUUID());
    expect(await run.compare()).toMatchObject({ payments: 4, anomalies: 1 });
  });
});

describe('payments without a running workflow', () => {
  it('a tap whose workflow was never started gets one after a minute, not before', async () => {
    const fresh = await shop.open(await shop.buyer());
    const stale = await shop.open(await shop.buyer());
    await old(stale.id, 61_000);
    const run = service();
    expect(await run.heal()).toMatchObject({ checked: 1, started: 1, next: null });
    expect(run.did).toEqual([`start ${stale.id}`]);
    expect(await shop.status(fresh.id)).toBe('created');
    expect(await run.heal()).toMatchObject({ checked: 1, started: 0 });
  });

  it('a paid one whose workflow was terminated is taken up again; one that is looked after is only counted', async () => {
    const lost = await shop.paid(await shop.buyer());
    const kept = await shop.paid(await shop.buyer());
    for (const { id } of [lost, kept]) await old(id, 120_000);
    const run = service({ running: [kept.id] });
    expect(await run.heal()).toMatchObject({ checked: 2, started: 1, delayed: 2 });
    expect(run.did).toEqual([`start ${lost.id}`]);
  });

  it('an order a day old that YooKassa was never asked about is closed: nobody can have paid it', async () => {
    const never = await shop.open(await shop.buyer());
    const asked = await shop.open(await shop.buyer());
    await shop.payments.storeRequest(`payment-${asked.id}.create`, asked.id, 'create-payment', {});
    for (const { id } of [never, asked]) await old(id, DAY_MS + 60_000);
    const run = service();
    expect(await run.heal()).toMatchObject({ abandoned: 1, started: 1 });
    expect(run.invalidated).toEqual([never.userId]);
    expect(await shop.status(never.id)).toBe('canceled');
    expect(await shop.status(asked.id)).toBe('created');
  });
});

describe('gifts without a running workflow', () => {
  it('get one when they were just made, when a reminder is due, and when they are to be their giver’s own', async () => {
    const giver = await shop.buyer();
    const made = async (daysAgo: number): Promise<string> => {
      const { id } = await shop.open(giver, { locationCode: null });
      await shop.recordPaid(id, new Date(Date.now() - daysAgo * DAY_MS - 600_000));
      return id;
    };
    const due = [await made(0), await made(3), await made(14), await made(90), await made(400)];
    // The workflows of these two only wait.
    await made(1);
    await made(60);
    const claimed = await made(90);
    await shop.pool.query(`UPDATE vouchers SET status = 'claimed', claimed_by = $2, claimed_at = now() WHERE id = $1`, [
      claimed,
      giver,
    ]);
    const { heal, did } = service();
    expect((await heal()).started).toBe(due.length);
    expect(did.toSorted()).toEqual(due.map((id) => `start gift ${id}`).toSorted());
    expect((await heal()).started).toBe(0);
    for (const id of due) await createGiftsRepository(shop.pool).returnToGiver(id, new Date(Date.now() + 91 * DAY_MS));
    expect((await service().heal()).started).toBe(0);
  });

  it('get one when they were given back a moment ago, whatever their age', async () => {
    const { id } = await shop.open(await shop.buyer(), { locationCode: null });
    await shop.recordPaid(id, new Date(Date.now() - 50 * DAY_MS));
    expect((await service().heal()).started).toBe(0);
    await shop.pool.query(`UPDATE vouchers SET given_back_at = $2 WHERE id = $1`, [id, new Date(Date.now() - 600_000)]);
    const { heal, did } = service();
    expect((await heal()).started).toBe(1);
    expect(did).toEqual([`start gift ${id}`]);
    await createGiftsRepository(shop.pool).returnToGiver(id, new Date(Date.now() + 91 * DAY_MS));
  });
});

describe('what the giver of a gift does not know of it', () => {
  it('is told once they can be written to, unless the gift’s workflow is about to', async () => {
    const giver = await shop.buyer();
    const { id } = await shop.open(giver, { locationCode: null });
    await shop.recordPaid(id);
    const told = async (running: string[] = []) => {
      const { tellGivers, did } = service({ running });
      await tellGivers();
      return did.filter((one) => one.includes(id));
    };
    expect(await told()).toEqual([]);
    await voucherClaimed(shop.pool, id, await shop.buyer());
    await shop.users.setReachable(giver, false);
    expect(await told()).toEqual([]);
    await shop.users.setReachable(giver, true);
    expect(await told([`gift ${id}`])).toEqual([]);
    expect(await told()).toEqual([`tell ${id} claimed`]);
    await createGiftsRepository(shop.pool).giverTold(id);
    expect(await told()).toEqual([]);
  });
});

describe('free grants without a running workflow', () => {
  it('that have no key yet are taken up again after a minute; delivered ones are left alone', async () => {
    await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    const userId = await shop.buyer();
    const trial = await trialGiven(shop.pool, trialRequest(userId));
    const isStarted = async (inMs: number) => {
      const { heal, did } = service({ now: () => new Date(Date.now() + inMs) });
      await heal();
      await heal();
      return did.filter((one) => one === `start trial ${userId}`).length;
    };
    expect([await isStarted(0), await isStarted(120_000)]).toEqual([0, 1]);
    await shop.pool.query(`UPDATE free_grants SET status = 'issued', delivered_at = now() WHERE id = $1`, [trial.id]);
    expect(await isStarted(120_000)).toBe(0);
  });

  it('go on as what they were: days of a key that its person has make no other one', async () => {
    const { userId, subscriptionId } = await shop.issued(await shop.buyer());
    for (const kind of ['gift', 'promo'])
      await shop.pool.query(
        `INSERT INTO free_grants (id, kind, source, user_id, subscription_id, makes_key, given_at)
         VALUES (gen_random_uuid(), $1, gen_random_uuid(), $2, $3, false, now() - interval '1 hour')`,
        [kind, userId, subscriptionId],
      );
    const { heal, requests } = service();
    await heal();
    expect(requests.filter((request) => request.userId === userId).map((request) => makesKey(request))).toEqual([
      false,
      false,
    ]);
    await shop.pool.query(`UPDATE free_grants SET status = 'revoked' WHERE user_id = $1`, [userId]);
  });

  it('are all looked at, also behind hundreds that wait for their panel', async () => {
    const [at, sources] = [new Date(), [] as string[]];
    await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    for (let n = 0; n < 205; n += 1) {
      const userId = await shop.buyer();
      await trialGiven(shop.pool, trialRequest(userId), new Date(at.getTime() + n));
      sources.push(String(userId));
    }
    const lost = sources.at(-1)!;
    const waiting = sources.slice(0, -1).map((source) => `trial ${source}`);
    const { heal, did } = service({ running: waiting, now: () => new Date(at.getTime() + 120_000) });
    for (let next: string | null = null, more = true; more; more = next !== null) ({ next } = await heal(next));
    expect(did.filter((one) => one.startsWith('start trial'))).toEqual([`start trial ${lost}`]);
    await shop.pool.query(`UPDATE free_grants SET status = 'issued', delivered_at = now()`);
  });
});

it('refunds of a delivered purchase without a running workflow are all looked at, however many there are', async () => {
  const { id } = await shop.issued(await shop.buyer());
  // As many payments as their refunds, by one statement.
  await shop.pool.query(
    `INSERT INTO payments SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'provider_ref', NULL))).*
     FROM payments p, generate_series(1, 250) WHERE p.id = $1`,
    [id],
  );
  const { rows } = await shop.pool.query<{ payment_id: string }>(
    `INSERT INTO refunds (id, payment_id, attempt, amount_kopecks, reason, asked_by, managed_by, status, created_at, provider)
     SELECT gen_random_uuid(), p.id, 1, 100, 'x', 'x', 'refund', 'pending', now() - interval '1 hour', p.provider
     FROM payments p JOIN payments o ON o.id = $1 AND o.user_id = p.user_id WHERE p.id <> o.id RETURNING payment_id`,
    [id],
  );
  expect(rows).toHaveLength(250);
  const { heal, did } = service();
  for (let next: string | null = null, more = true; more; more = next !== null) ({ next } = await heal(next));
  const started = new Set(did.filter((one) => one.startsWith('refund ')).map((one) => one.split(' ')[1]));
  expect(rows.filter(({ payment_id }) => !started.has(payment_id))).toEqual([]);
  const ids = [rows.map(({ payment_id }) => payment_id)];
  await shop.pool.query('DELETE FROM refunds WHERE payment_id = ANY($1::uuid[])', ids);
  await shop.pool.query('DELETE FROM payments WHERE id = ANY($1::uuid[])', ids);
});

describe('stored notifications that were not handled', () => {
  it('wake the payment they speak of, start its workflow, or are put aside', async () => {
    const payment = await shop.open(await shop.buyer());
    await shop.payments.recordLink(payment.id, {
      providerRef: 'yoo-1',
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    const events = createWebhookEventsRepository(shop.pool);
    const store = (object: object, event = 'payment.succeeded') =>
      events.store({
        provider: 'yookassa',
        remoteAddress: '127.0.0.1',
        body: JSON.stringify({ type: 'notification', event, object }),
        event,
      });
    await store({ id: 'yoo-1' });
    await store({ id: 'nobody' });
    await store({ id: 'refund-1', payment_id: 'yoo-1' }, 'refund.succeeded');
    for (let i = 0; i < 50; i += 1) await store({ id: 'yoo-1', status: 'succeeded' });
    await shop.pool.query(`UPDATE webhook_events SET received_at = now() - interval '2 minutes'`);
    const run = service();
    expect(await run.webhooks()).toEqual({ handled: 53, more: false });
    // Fifty equal notifications wake the workflow once.
    expect(run.did).toEqual([
      `start ${payment.id}`,
      `wake ${payment.id}`,
      `refund ${payment.id}`,
      `wake ${payment.id}`,
    ]);
    expect(
      (await shop.pool.query('SELECT outcome FROM webhook_events ORDER BY id')).rows.map(({ outcome }) => outcome),
    ).toEqual(['started', 'unknown-payment', 'refund-noticed', ...Array(50).fill('woken')]);
    expect(await run.webhooks()).toEqual({ handled: 0, more: false });
  });

  it('of a provider that is not set up are put aside, and keep nothing of the others from being handled', async () => {
    const payment = await shop.open(await shop.buyer());
    await shop.payments.recordLink(payment.id, {
      providerRef: 'yoo-2',
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    const events = createWebhookEventsRepository(shop.pool);
    const body = JSON.stringify({ type: 'notification', event: 'payment.succeeded', object: { id: 'yoo-2' } });
    for (const provider of ['removed', 'yookassa'])
      await events.store({ provider, remoteAddress: '127.0.0.1', body, event: 'payment.succeeded' });
    await shop.pool.query(`UPDATE webhook_events SET received_at = now() - interval '2 minutes'`);
    const run = service();
    expect(await run.webhooks()).toEqual({ handled: 2, more: false });
    expect(run.did).toEqual([`start ${payment.id}`]);
    expect(
      (await shop.pool.query('SELECT outcome FROM webhook_events ORDER BY id')).rows.map(({ outcome }) => outcome),
    ).toEqual(['not-set-up', 'started']);
  });
});

describe('YooKassa’s list of succeeded payments', () => {
  it('money that came while everything was down: its payment is woken or started', async () => {
    const lost = await shop.open(await shop.buyer());
    await shop.payments.recordLink(lost.id, {
      providerRef: await moneyFor(lost.id),
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    const unlinked = await shop.open(await shop.buyer());
    await moneyFor(unlinked.id);
    const run = service();
    expect(await run.compare()).toMatchObject({ payments: 2, healed: 2, anomalies: 0 });
    expect(run.did.toSorted()).toEqual([`start ${lost.id}`, `start ${unlinked.id}`].toSorted());
  });

  it('money that is explained is left alone', async () => {
    const userId = await shop.buyer();
    const payment = await shop.open(userId);
    await shop.payments.recordLink(payment.id, {
      providerRef: await moneyFor(payment.id),
      confirmationUrl: null,
      payableUntil: new Date(),
    });
    await shop.recordPaid(payment.id);
    await shop.deliver(payment.id);
    const run = service();
    expect(await run.compare()).toMatchObject({ payments: 1, healed: 0, anomalies: 0 });
    expect(run.did).toEqual([]);
  });

  it.each([
    ['nobody’s payment', 'unknown-payment', async () => moneyFor(randomUUID())],
    [
      'another amount than the price, delivered',
      'wrong-amount',
      async () => {
        const { id } = await shop.open(await shop.buyer());
        const providerRef = await moneyFor(id, 100);
        await shop.payments.recordLink(id, { providerRef, confirmationUrl: null, payableUntil: new Date() });
        await shop.recordPaid(id);
        return providerRef;
      },
    ],
  ] as const)('%s is raised once, and stays open until an operator has resolved it', async (_name, kind, money) => {
    const providerRef = await money();
    const run = service();
    expect(await run.compare()).toMatchObject({ anomalies: 1 });
    expect(await run.compare()).toMatchObject({ anomalies: 0 });
    const [anomaly] = await run.reconciliation.untold(10);
    expect(anomaly).toMatchObject({ kind, providerRef });
    expect(await run.tell()).toEqual({ told: 1 });
    expect(run.notices).toEqual([expect.stringContaining(providerRef)]);
    expect(await run.tell()).toEqual({ told: 0 });
    expect(await run.activities.countOpenAnomalies()).toEqual({ open: 1 });
    await run.reconciliation.resolveAnomaly(anomaly!);
    expect(await run.activities.countOpenAnomalies()).toEqual({ open: 0 });
  });

  it('an object that can’t be read is raised too: money must not hide behind it', async () => {
    const odd: PaymentProvider = {
      ...yooKassaAt(simulator.url),
      listSince: async () => ({
        events: [{ kind: 'unreadable', of: 'charge', id: '2d-odd' }],
        cursor: 'next',
        more: false,
      }),
    };
    const run = service({ provider: odd });
    expect(await run.compare()).toMatchObject({ payments: 0, unreadable: 1, anomalies: 1 });
    expect(await run.compare()).toMatchObject({ anomalies: 0 });
    expect(await run.reconciliation.untold(1)).toEqual([
      expect.objectContaining({ kind: 'unreadable-payment', providerRef: '2d-odd' }),
    ]);
  });

  it('however many stand open, the owner hears of each; what Telegram did not take is told by the next run', async () => {
    const { reconciliation } = service();
    for (let i = 0; i < 130; i += 1)
      await reconciliation.raise({
        kind: 'unknown-payment',
        provider: 'yookassa',
        providerRef: `yoo-${i}`,
        paymentId: null,
        amount: { currency: 'RUB', minor: 100 },
      });
    let calls = 0;
    const down = service({
      notice: async () => (++calls > 5 ? Promise.reject(new Error('telegram is away')) : undefined),
    });
    await expect(down.tell()).rejects.toThrow('away');
    const up = service();
    expect(await up.tell()).toEqual({ told: 125 });
    expect(new Set([...down.notices, ...up.notices]).size).toBe(130);
    expect(await up.activities.countOpenAnomalies()).toEqual({ open: 130 });
  });
});

describe('money that buys nothing is handed to the refund workflow', () => {
  it('a second payment for one order', async () => {
    const { id } = await shop.open(await shop.buyer());
    await shop.payments.recordLink(id, { providerRef: 'the-first', confirmationUrl: null, payableUntil: new Date() });
    const second = await moneyFor(id);
    const run = service();
    expect(await run.compare()).toMatchObject({ healed: 1, anomalies: 0 });
    expect(run.did).toEqual([`refund ${id} stray ${second}`]);
    await sim('POST', 'refunds', { paymentId: second });
    const after = service();
    expect(await after.compare()).toMatchObject({ healed: 0, anomalies: 0 });
  });

  it('a charge too many of a payment that can be paid more than once, and no other', async () => {
    const { id } = await shop.open(await shop.buyer());
    const ref = 'the-invoice';
    await shop.payments.recordLink(id, { providerRef: ref, confirmationUrl: null, payableUntil: null });
    await shop.recordPaid(id);
    const charges = ['a', 'b', 'c'].map((chargeId): Charge => ({
      chargeId,
      ref,
      claim: { orderId: id, installationId: null },
      amount: { currency: 'RUB', minor: PRICE },
      refundedMinor: chargeId === 'c' ? PRICE : 0,
      at: null,
      receipt: 'none',
    })) as [Charge, ...Charge[]];
    const several = yooKassaAt(simulator.url);
    const run = service({
      provider: {
        ...several,
        can: { ...several.can, severalCharges: true },
        check: async () => ({ state: 'paid', charges }),
        listSince: async () => ({
          events: charges.map((charge) => ({ kind: 'charge', charge })),
          cursor: 'next',
          more: false,
        }),
      },
    });
    expect(await run.compare()).toMatchObject({ payments: 3, healed: 1, anomalies: 0 });
    expect(run.did).toEqual([`refund ${id} stray b`]);
  });

  it('money after the end of its order', async () => {
    const { id } = await shop.open(await shop.buyer());
    const providerRef = await moneyFor(id);
    await shop.payments.recordLink(id, { providerRef, confirmationUrl: null, payableUntil: new Date() });
    await shop.payments.transitionTo(id, 'canceled', 'test');
    const run = service();
    expect(await run.compare()).toMatchObject({ healed: 1, anomalies: 0 });
    expect(run.did).toEqual([`refund ${id} stray ${providerRef}`]);
  });

  it('but not what another program sells through the same YooKassa shop', async () => {
    const body = buildPaymentRequest({
      amountKopecks: 5_000,
      description: 'x',
      returnUrl: 'https://t.me/',
      metadata: { order: '17' },
    });
    const { id } = await yookassa.createPayment(body, randomUUID());
    await sim('POST', `payments/${id}/pay`, {});
    await sim('POST', 'refunds', { paymentId: id });
    const run = service();
    expect(await run.compare()).toMatchObject({ payments: 1, healed: 0, anomalies: 0 });
    expect(await run.compare()).toMatchObject({ refunds: 1, healed: 0, anomalies: 0 });
    expect(run.did).toEqual([]);
  });
});

describe('YooKassa’s list of refunds', () => {
  const delivered = async () => {
    const payment = await shop.open(await shop.buyer());
    const providerRef = await moneyFor(payment.id);
    await shop.payments.recordLink(payment.id, { providerRef, confirmationUrl: null, payableUntil: new Date() });
    await shop.recordPaid(payment.id);
    await shop.deliver(payment.id);
    return { id: payment.id, providerRef };
  };

  it('one made in the cabinet, its notification lost, is handed to the refund workflow; a pending one too', async () => {
    const [done, pending] = [await delivered(), await delivered()];
    await sim('POST', 'refunds', { paymentId: done.providerRef });
    await sim('PUT', 'faults', { refundsPending: true });
    await sim('POST', 'refunds', { paymentId: pending.providerRef });
    const run = service();
    expect(await run.compare()).toMatchObject({ refunds: 2, healed: 2, anomalies: 0 });
    expect(run.did.toSorted()).toEqual([`refund ${done.id}`, `refund ${pending.id}`].toSorted());
  });

  it('one that is on record is left alone', async () => {
    const { id, providerRef } = await delivered();
    const { id: refundId } = await sim('POST', 'refunds', { paymentId: providerRef });
    await shop.payments.recordShownRefunds(
      id,
      [{ providerRef: refundId, kopecks: PRICE, status: 'succeeded', attempt: undefined }],
      PRICE,
      new Date(),
    );
    const run = service();
    expect(await run.compare()).toMatchObject({ refunds: 1, healed: 0, anomalies: 0 });
  });

  it('one whose id another provider’s refund has is recorded all the same, and its timeline holds nothing of that one', async () => {
    const [{ id, providerRef }, other] = [await delivered(), await delivered()];
    const { id: refundId } = await sim('POST', 'refunds', { paymentId: providerRef });
    const shown = [{ providerRef: refundId, kopecks: PRICE, status: 'succeeded', attempt: undefined }] as const;
    await shop.payments.recordShownRefunds(other.id, shown, PRICE, new Date());
    await shop.pool.query(`UPDATE refunds SET provider = 'other' WHERE payment_id = $1`, [other.id]);
    const run = service();
    expect(await run.compare()).toMatchObject({ refunds: 1, healed: 1 });
    expect(run.did).toEqual([`refund ${id}`]);
    expect(await shop.payments.recordShownRefunds(id, shown, PRICE, new Date())).toMatchObject({
      recorded: [1],
      status: 'refunded',
    });
    const notification = { remoteAddress: '127.0.0.1', body: '{}', event: 'refund.succeeded', objectId: refundId };
    for (const provider of ['other', 'yookassa'])
      await createWebhookEventsRepository(shop.pool).store({ provider, ...notification });
    expect((await createTimelineRepository(shop.pool).of(id)).webhooks).toMatchObject([{ provider: 'yookassa' }]);
  });

  it('one decided by the shop whose workflow was lost is taken up by the refund workflow, not by the payment’s', async () => {
    const { id } = await delivered();
    await shop.payments.planRefund(
      id,
      { requestId: randomUUID(), kopecks: null, reason: 'operator-refund', askedBy: 'operator:1' },
      PRICE,
      new Date(),
    );
    await old(id, 120_000);
    await shop.pool.query(`UPDATE refunds SET created_at = now() - interval '2 minutes' WHERE payment_id = $1`, [id]);
    const run = service();
    expect(await run.heal()).toMatchObject({ started: 1 });
    expect(run.did).toEqual([`refund ${id}`]);
    expect(await service({ refunding: [id] }).heal()).toMatchObject({ started: 0 });
  });
});

describe('from where the last run has ended', () => {
  it('after a day of downtime everything that was paid meanwhile is found, page by page, and next time nothing of it', async () => {
    const back = service({ now: () => new Date(Date.now() - DAY_MS) });
    const yesterday = yooKassaAt(simulator.url, { now: () => new Date(Date.now() - DAY_MS) });
    await sim('PUT', 'clock', { offsetMs: -DAY_MS });
    await service({ provider: yesterday }).compare();
    const ids: string[] = [];
    for (let n = 0; n < 130; n += 1) {
      // From the minute before the end of the last run to this one: what was being paid while it ran.
      await sim('PUT', 'clock', { offsetMs: Math.round(-DAY_MS - 60_000 + (n * DAY_MS) / 130) });
      const { id } = await shop.open(await shop.buyer());
      await moneyFor(id);
      ids.push(id);
    }
    await sim('PUT', 'clock', { offsetMs: 0 });
    // Two pages of payments and one of refunds.
    expect(await back.compare()).toMatchObject({ payments: 130, anomalies: 0, unreadable: 0, pages: 3 });
    expect(back.did.toSorted()).toEqual(ids.map((id) => `start ${id}`).toSorted());

    const next = service({ running: ids });
    const repeated = await next.compare();
    // The overlap of ten minutes reads the last ones again.
    expect(repeated.payments).toBeLessThan(5);
    expect(repeated.anomalies).toBe(0);
    expect(next.did.filter((what) => what.startsWith('start'))).toEqual([]);
  });

  it('a clock that is ahead of the provider’s leaves no gap: what counts as compared ends with its answer', async () => {
    const ahead = yooKassaAt(simulator.url, { now: () => new Date(Date.now() + 3_600_000) });
    await service({ provider: ahead }).compare();
    const { id } = await shop.open(await shop.buyer());
    await moneyFor(id);
    // Half an hour later, and the clock is right again.
    await sim('PUT', 'clock', { offsetMs: 1_800_000 });
    const later = yooKassaAt(simulator.url, { now: () => new Date(Date.now() + 1_800_000) });
    expect(await service({ provider: later }).compare()).toMatchObject({ payments: 1, healed: 1 });
    await sim('PUT', 'clock', { offsetMs: 0 });
  });

  it('never goes back: of two runs at once the first one to end counts', async () => {
    const { activities, reconciliation } = service();
    const keep = (from: string | null, cursor: string) =>
      activities.keepLedgerCursor({ provider: 'yookassa', list: 'main', from, cursor });
    await keep(null, 'a');
    await keep(null, 'b');
    expect(await reconciliation.ledgerCursor('yookassa', 'main')).toBe('a');
    await keep('a', 'c');
    await keep('a', 'd');
    expect(await activities.ledgers()).toEqual([
      { provider: 'yookassa', list: 'main', cursor: 'c' },
      { provider: 'yookassa', list: 'refunds', cursor: null },
    ]);
  });
});

describe('a key that is owed', () => {
  const HOUR = new Date(Date.now() + 3_600_000);
  const TWO_DAYS = new Date(Date.now() + 2 * DAY_MS);
  const leave = (userId: number) => shop.users.setReachable(userId, false);
  const deliveredTrial = async () => {
    const [grants, userId] = [createFreeGrantsRepository(shop.pool), await shop.buyer()];
    await applyCatalogue(shop.pool, { ...catalogue(), trial: trialOffer() });
    const { id, subscriptionId } = await trialGiven(shop.pool, trialRequest(userId));
    await grants.recordDelivered(id, (await grants.deliveryOf(id))!.subscription);
    return { id, subscriptionId, userId };
  };
  const mentions = (lines: readonly string[], id: string) => lines.filter((line) => line.includes(id));

  it('is sent, and the screen told, once its own workflow has ended without having sent it', async () => {
    const { id } = await shop.issued(await shop.buyer());
    const young = service();
    await young.sendKeys();
    expect(mentions(young.did, id)).toEqual([]);
    const busy = service({ now: () => HOUR, running: [id] });
    await busy.sendKeys();
    expect(mentions(busy.did, id)).toEqual([]);
    const run = service({ now: () => HOUR });
    await run.sendKeys();
    expect(mentions(run.did, id)).toEqual([`key ${id}`, `screen ${id}`]);
    expect(mentions(run.notices, id)).toEqual([]);
  });

  it('of a buyer who cannot be written to waits until they can; after a day the owner is told', async () => {
    const buyer = await shop.buyer();
    const { id } = await shop.issued(buyer);
    await leave(buyer);
    const soon = service({ now: () => HOUR });
    await soon.sendKeys();
    const later = service({ now: () => TWO_DAYS });
    await later.sendKeys();
    expect(mentions([...soon.did, ...later.did], id)).toEqual([]);
    expect(mentions(soon.notices, id)).toEqual([]);
    expect(mentions(later.notices, id)).toEqual([expect.stringContaining('cannot be written to')]);
    const russian = service({ now: () => TWO_DAYS, language: 'ru' });
    await russian.sendKeys();
    expect(mentions(russian.notices, id)).toEqual([expect.stringContaining('Покупатель заплатил, но написать')]);
  });

  it('that Telegram refuses is raised at once', async () => {
    const { id } = await shop.issued(await shop.buyer());
    const run = service({ now: () => HOUR, key: { outcome: 'owed', why: 'refused' } });
    await run.sendKeys();
    expect(mentions(run.notices, id)).toEqual([expect.stringContaining('refuses')]);
  });

  it('of a trial is as owed as one that was paid for; days of a key that its person has bring none', async () => {
    const { userId, id, subscriptionId } = await deliveredTrial();
    const busy = service({ now: () => HOUR, running: [`trial ${userId}`] });
    await busy.sendKeys();
    expect(mentions(busy.did, id)).toEqual([]);
    const run = service({ now: () => HOUR, key: { outcome: 'owed', why: 'refused' } });
    await run.sendKeys();
    expect(mentions(run.did, id)).toEqual([`key ${id}`]);
    expect(mentions(run.notices, id)).toEqual([expect.stringContaining('a key that was given for free')]);
    const taken = service({ now: () => HOUR });
    await taken.sendKeys();
    expect(taken.did).toContain(`grants ${userId}`);
    await leave(userId);
    const later = service({ now: () => TWO_DAYS });
    await later.sendKeys();
    expect(mentions(later.did, id)).toEqual([]);
    expect(mentions(later.notices, id)).toEqual([expect.stringContaining('given a key for free and cannot')]);
    await shop.pool.query('UPDATE free_grants SET makes_key = false WHERE subscription_id = $1', [subscriptionId]);
    const days = service({ now: () => HOUR });
    await days.sendKeys();
    expect(mentions(days.did, id)).toEqual([]);
  });

  it('leaves no message as it was before its person was away, also when the bot dies as they come back', async () => {
    const buyer = await shop.buyer();
    const { id } = await shop.issued(buyer);
    await shop.payments.setScreenMessage(id, 17);
    await shop.pool.query('UPDATE payments SET key_sent_at = now() WHERE id = $1', [id]);
    await leave(buyer);
    await shop.payments.recordEvent(id, 'telegram', 'buyer-unreachable', { message: 'payment-screen' });
    const away = service();
    await away.showUnseen();
    expect(mentions(away.did, id)).toEqual([]);
    // The bot notes that they are back, and dies.
    await shop.users.setReachable(buyer, true);
    const back = service();
    await back.showUnseen();
    await back.showUnseen();
    expect(mentions(back.did, id)).toEqual([`screen ${id}`]);
  });

  it('is none where it was sent, or where there is nothing left to use it for', async () => {
    const sent = await shop.issued(await shop.buyer());
    await shop.pool.query('UPDATE payments SET key_sent_at = now() WHERE id = $1', [sent.id]);
    const over = await shop.issued(await shop.buyer());
    await shop.pool.query(`UPDATE subscriptions SET status = 'expired' WHERE id = $1`, [over.subscriptionId]);
    const run = service({ now: () => HOUR });
    await run.sendKeys();
    expect([...mentions(run.did, sent.id), ...mentions(run.did, over.id)]).toEqual([]);
  });
});
