/**
 * What can happen to money after the delivery: the real `refund` workflow and activities on a real Temporal server and
 * PostgreSQL, with YooKassa, panels and Telegram as stand-ins on their wire.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { TelegramUser } from '../../simulators/telegram/driver';
import { DAY_MS } from '../../src/domain/duration';
import { createPaymentWorkflows, type PaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { createRefundWorkflows, type RefundWorkflows } from '../../src/clients/refundWorkflows';
import type { Payment } from '../../src/domain/payment';
import { panelPeriod } from '../../src/gateways/hiddify';
import { createHiddifyPanel } from '../../src/gateways/hiddify';
import { createYooKassaClient } from '../../src/gateways/yookassa/client';
import { buildPaymentRequest } from '../../src/gateways/yookassa/requests';
import { createSupportService, type SupportService } from '../../src/support/supportService';
import { yooKassaAt } from '../providers/aProvider';
import { runAudit } from '../../src/support/audit/run';
import { createAuditSources } from '../../src/support/audit/sources';
import { createWorkers } from '../../src/worker/createWorkers';
import { MAIN_TASK_QUEUE } from '../../src/workflows/contracts/payment';
import {
  REFUND_WORKFLOW,
  refundRequested,
  refundWorkflowId,
  type RefundInput,
  type RefundOutcome,
} from '../../src/workflows/contracts/refund';
import { OWNER, PRICE, useActivityHarness } from '../activities/activityHarness';
import { setFaults } from '../support/buyer';
import { waitUntil } from '../support/wait';
import { workflowBundle } from '../support/workflow-bundle';
import { keepHistory, realServer, type Server } from './purchaseRunner';

const fakes = useActivityHarness();
let server: Server;
let refunds: RefundWorkflows;
let purchases: PaymentWorkflows;
let support: SupportService;
let stop: () => Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const [opened, bundle] = await Promise.all([realServer('refund'), workflowBundle()]);
  server = opened;
  const workers = await createWorkers({
    connection: server.connection,
    namespace: server.namespace,
    activities: fakes.activities,
    workflowBundle: bundle,
    shutdownGraceMs: 100,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  refunds = createRefundWorkflows(server.client);
  purchases = createPaymentWorkflows(server.client, {
    pollIntervalMs: 200,
    pollTimeoutMs: 60_000,
    refundAfterMs: DAY_MS,
  });
  support = createSupportService({
    pool: fakes.pool,
    temporal: server.client,
    paymentWorkflows: purchases,
    refundWorkflows: refunds,
  });
  stop = async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
});
afterAll(async () => {
  await stop?.();
  await server?.close();
});

/** A purchase with its key on the panel. */
async function delivered(
  buyer: { id: number },
  change?: Parameters<typeof fakes.paid>[1],
): Promise<Payment & { subscriptionId: string; providerRef: string }> {
  const { id } = await fakes.paid(buyer, change);
  await fakes.run('deliverSubscription', { paymentId: id });
  return (await fakes.reload(id)) as Payment & { subscriptionId: string; providerRef: string };
}

const handleOf = ({ id }: { id: string }) => server.client.workflow.getHandle(refundWorkflowId(id));
const outcomeOf = async (payment: { id: string }): Promise<RefundOutcome> =>
  (await handleOf(payment).result()) as RefundOutcome;
const request = (payment: Payment, kopecks: number | null = null) =>
  refunds.request(payment, {
    requestId: kopecks === null ? payment.id : randomUUID(),
    kopecks,
    askedBy: 'operator:ann',
    reason: 'operator-refund',
  });
const buyerRequest = (payment: Payment) =>
  refunds.request(payment, { requestId: payment.id, kopecks: null, askedBy: 'buyer', reason: 'buyer-refund' });
const sim = async <T>(path: string, body: object = {}): Promise<T> =>
  (await (
    await fetch(`${fakes.yookassaUrl}/_sim/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()) as T;
const inCabinet = (providerRef: string, amount?: string, isPending = false) =>
  sim<{ id: string }>('refunds', { paymentId: providerRef, ...(amount === undefined ? {} : { amount }), isPending });

/** What is back with the buyer by YooKassa's own book, in kopecks. */
async function back(payment: { providerRef: string | null }): Promise<number> {
  const shown = await fakes.refundsAtYooKassa(payment.providerRef!);
  return shown
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, { amount }) => sum + Math.round(Number(amount.value) * 100), 0);
}
const subscription = async ({ subscriptionId }: { subscriptionId: string | null }) =>
  (
    await fakes.pool.query<{
      status: string;
      starts_at: Date;
      expires_at: Date;
      traffic_gb: number | null;
      panel_user_id: string;
    }>('SELECT * FROM subscriptions WHERE id = $1', [subscriptionId])
  ).rows[0]!;
const account = async (payment: { subscriptionId: string | null }, panel = 0) =>
  (await fakes.accounts(panel)).get((await subscription(payment)).panel_user_id);
const read = async (buyer: TelegramUser) => (await buyer.chat()).messages.map(({ text }) => text).join('\n---\n');
const days = (from: Date, to: Date) => (to.getTime() - from.getTime()) / DAY_MS;
/** As many days as a panel must count, so that the account ends after the subscription in every time zone. */
const panelDays = (startsAt: Date, expiresAt: Date) => panelPeriod({ startsAt, expiresAt }, 0).packageDays;
const ownersChat = async () =>
  (
    (await (await fetch(`${fakes.telegramUrl}/_sim/users/${OWNER}/chat`)).json()) as { messages: { text?: string }[] }
  ).messages
    .map(({ text }) => text ?? '')
    .join('\n');

describe('the owner gives the money of a delivered purchase back', () => {
  it('all of it: the money is with the buyer once, the key is gone, and both are told', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    await Promise.all([request(payment), request(payment), request(payment)]);
    expect(await outcomeOf(payment)).toMatchObject({ refunds: [{ attempt: 1, end: 'refunded' }] });
    expect(await back(payment)).toBe(PRICE);
    expect(await fakes.refundsAtYooKassa(payment.providerRef)).toHaveLength(1);
    expect(await fakes.reload(payment.id)).toMatchObject({
      status: 'refunded',
      reason: 'operator-refund',
      refundedKopecks: PRICE,
    });
    expect((await subscription(payment)).status).toBe('revoked');
    expect(await account(payment)).toBeUndefined();
    expect(await read(buyer)).toContain('₽299 returned');
    expect(await ownersChat()).toContain(payment.id);
    await keepHistory(handleOf(payment), 'refund-after-delivery');
  });

  it('a part of it: the access is shorter by the same share, on the panel too, and the rest stays theirs', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    await request(payment, PRICE / 2);
    await outcomeOf(payment);
    expect(await back(payment)).toBe(PRICE / 2);
    const { starts_at, expires_at, status, traffic_gb } = await subscription(payment);
    expect({ days: days(starts_at, expires_at), status, traffic_gb }).toEqual({
      days: 15,
      status: 'active',
      traffic_gb: 50,
    });
    expect(await account(payment)).toMatchObject({
      ...{ is_active: true, usage_limit_GB: 50 },
      package_days: panelDays(starts_at, expires_at),
    });
    expect((await fakes.reload(payment.id)).status).toBe('issued');
    expect(await read(buyer)).toContain('Your subscription now works until');
  });

  it('in two parts: together they are the price and nothing is left', async () => {
    const payment = await delivered(await fakes.buyer());
    await request(payment, 10_000);
    await outcomeOf(payment);
    await request(await fakes.reload(payment.id));
    await outcomeOf(payment);
    expect(await back(payment)).toBe(PRICE);
    expect((await fakes.reload(payment.id)).status).toBe('refunded');
    expect(await account(payment)).toBeUndefined();
  });

  it('a part, repeated after a lost answer: one refund; asked for once more after an answer: another one', async () => {
    const payment = await delivered(await fakes.buyer());
    let isAnswerLost = true;
    const deaf = createSupportService({
      pool: fakes.pool,
      temporal: server.client,
      paymentWorkflows: purchases,
      refundWorkflows: {
        ...refunds,
        async request(...given: Parameters<RefundWorkflows['request']>) {
          await refunds.request(...given);
          if (isAnswerLost) throw new Error('14 UNAVAILABLE: connection dropped');
        },
      },
    });
    const decide = async () =>
      deaf.decide(await fakes.reload(payment.id), { decision: 'refund', actor: 'operator:ann', kopecks: 5_000 });
    expect(await decide()).toEqual({ outcome: 'unanswered', because: expect.stringContaining('UNAVAILABLE') });
    await outcomeOf(payment);
    isAnswerLost = false;
    expect(await decide()).toEqual({ outcome: 'sent', how: 'refund-started', repeated: true });
    await outcomeOf(payment);
    expect(await back(payment)).toBe(5_000);
    expect(await decide()).toEqual({ outcome: 'sent', how: 'refund-started' });
    await outcomeOf(payment);
    expect(await back(payment)).toBe(10_000);
  });

  it('more than is left is refused, and no rouble moves', async () => {
    const payment = await delivered(await fakes.buyer());
    await request(payment, PRICE + 1);
    expect((await outcomeOf(payment)).refused).toEqual(['operator:ann: too-much']);
    await request(payment, PRICE - 50);
    expect((await outcomeOf(payment)).refused).toEqual(['operator:ann: remainder-too-small']);
    expect(await back(payment)).toBe(0);
    expect((await account(payment))?.is_active).toBe(true);
  });

  it('of a renewal: what was paid before stays, with its days and its traffic', async () => {
    const buyer = await fakes.buyer();
    const first = await delivered(buyer);
    const renewal = await delivered(buyer, { renewsSubscriptionId: first.subscriptionId });
    expect(days((await subscription(first)).starts_at, (await subscription(first)).expires_at)).toBe(60);
    await request(renewal);
    await outcomeOf(renewal);
    const kept = await subscription(first);
    expect({ days: days(kept.starts_at, kept.expires_at), status: kept.status, gb: kept.traffic_gb }).toEqual({
      days: 30,
      status: 'active',
      gb: 100,
    });
    expect(await account(first)).toMatchObject({
      ...{ is_active: true, usage_limit_GB: 100 },
      package_days: panelDays(kept.starts_at, kept.expires_at),
    });
    expect([await back(first), await back(renewal)]).toEqual([0, PRICE]);
  });

  it('of a first purchase that was renewed since: the renewal keeps its whole month', async () => {
    const buyer = await fakes.buyer();
    const first = await delivered(buyer);
    const renewal = await delivered(buyer, { renewsSubscriptionId: first.subscriptionId });
    const before = Date.now();
    await request(first);
    await outcomeOf(first);
    const { expires_at, status } = await subscription(renewal);
    expect(status).toBe('active');
    // They have used a moment of the first month; all of the second one is ahead of them.
    expect(expires_at.getTime()).toBeGreaterThanOrEqual(before + 30 * DAY_MS - 1_000);
    expect(expires_at.getTime()).toBeLessThanOrEqual(Date.now() + 30 * DAY_MS + 60_000);
    expect((await account(renewal))?.is_active).toBe(true);
    expect([await back(first), await back(renewal)]).toEqual([PRICE, 0]);
  });
});

describe('the buyer takes their money back by the shop’s rule', () => {
  it('soon and hardly used: they have it back, and no key', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    await Promise.all([buyerRequest(payment), buyerRequest(payment)]);
    expect((await outcomeOf(payment)).refunds).toHaveLength(1);
    expect(await back(payment)).toBe(PRICE);
    expect(await account(payment)).toBeUndefined();
    expect(await read(buyer)).not.toContain('could not be returned');
  });

  it('too late: they keep the key and are told why', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    await fakes.pool.query(`UPDATE payments SET delivered_at = now() - interval '25 hours' WHERE id = $1`, [
      payment.id,
    ]);
    await buyerRequest(payment);
    expect((await outcomeOf(payment)).refused).toEqual(['buyer: too-late']);
    expect(await back(payment)).toBe(0);
    expect((await account(payment))?.is_active).toBe(true);
    expect(await read(buyer)).toContain('could not be returned');
  });

  it('when they have used much of it: the panel is asked, not believed what it said half an hour ago', async () => {
    const payment = await delivered(await fakes.buyer());
    await fetch(`${fakes.panels[0]!.url}/_sim/users/${(await subscription(payment)).panel_user_id}/traffic`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ bytes: 11 * 1024 ** 3 }),
    }).then((answer) => expect(answer.ok).toBe(true));
    await buyerRequest(payment);
    expect((await outcomeOf(payment)).refused).toEqual(['buyer: used']);
    expect(await back(payment)).toBe(0);
  });
});

/** An order that is paid while its panel is away. */
async function delayed(id: string): Promise<Payment> {
  await setFaults(fakes.panels[0]!.url, { down: true });
  await purchases.ensureRunning(await fakes.reload(id));
  await waitUntil(async () => (await fakes.reload(id)).providerRef !== null, { what: 'the link is there' });
  await fakes.payAtYooKassa(id);
  await waitUntil(async () => (await fakes.reload(id)).status === 'delayed', { what: 'the panel is away' });
  return fakes.reload(id);
}

describe('a refund made in YooKassa’s cabinet', () => {
  it('of all of it: the key goes, the database says so, the buyer is told, and nothing is asked of YooKassa', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    await inCabinet(payment.providerRef);
    await refunds.notify(payment);
    expect(await outcomeOf(payment)).toEqual({ foundOutside: 1, refunds: [], refused: [] });
    expect(await back(payment)).toBe(PRICE);
    expect(await fakes.reload(payment.id)).toMatchObject({ status: 'refunded', reason: 'cabinet' });
    expect(await account(payment)).toBeUndefined();
    expect(await read(buyer)).toContain('₽299 returned');
    await keepHistory(handleOf(payment), 'refund-in-the-cabinet');
    // Told again, by a repeated notification: it is on record.
    await refunds.notify(payment);
    expect((await outcomeOf(payment)).foundOutside).toBe(0);
  });

  it('of a part of it: a third of the money, a third of the time', async () => {
    const payment = await delivered(await fakes.buyer());
    await inCabinet(payment.providerRef, '99.66');
    await refunds.notify(payment);
    await outcomeOf(payment);
    const { starts_at, expires_at, status } = await subscription(payment);
    expect(status).toBe('active');
    expect(days(starts_at, expires_at)).toBeCloseTo(20, 0);
    // Then the owner gives back the rest through the shop: not a kopeck more than was paid.
    await request(await fakes.reload(payment.id));
    await outcomeOf(payment);
    expect(await back(payment)).toBe(PRICE);
    expect((await fakes.reload(payment.id)).status).toBe('refunded');
  });

  it('that is pending is followed to its end by asking; when it succeeds the key goes', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsPending: true });
    const { id } = await inCabinet(payment.providerRef);
    await refunds.notify(payment);
    await waitUntil(
      async () =>
        (await handleOf(payment).fetchHistory()).events?.some(
          (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'followOutsideRefunds',
        ),
      { what: 'it is followed' },
    );
    expect((await account(payment))?.is_active).toBe(true);
    await sim(`refunds/${id}/settle`);
    expect((await outcomeOf(payment)).foundOutside).toBe(1);
    expect(await account(payment)).toBeUndefined();
  });

  it('that is pending while the owner gives back all: the payment is refunded when both are at their end', async () => {
    const payment = await delivered(await fakes.buyer());
    const { id } = await inCabinet(payment.providerRef, '99.00', true);
    await request(payment);
    // Of the whole sum YooKassa makes what the cabinet has left.
    await waitUntil(async () => (await back(payment)) === PRICE - 9_900, { what: 'the rest is back' });
    await waitUntil(
      async () =>
        (await fakes.pool.query(`SELECT 1 FROM refunds WHERE payment_id = $1 AND completed_at IS NULL`, [payment.id]))
          .rowCount === 0,
      { what: 'the shop’s own refund is completed' },
    );
    expect((await fakes.reload(payment.id)).status).toBe('refunding');
    // It comes to nothing, of which no notification tells; then the shop makes it.
    await sim(`refunds/${id}/settle`, { canceledBecause: 'insufficient_funds' });
    await refunds.notify(payment);
    await outcomeOf(payment);
    expect(await back(payment)).toBe(PRICE);
    expect((await fakes.reload(payment.id)).status).toBe('refunded');
  });

  it('that is pending while an undelivered purchase goes back: its own workflow waits for both', async () => {
    const { id } = await fakes.open(await fakes.buyer());
    const payment = await delayed(id);
    const cabinet = await inCabinet(payment.providerRef!, '99.00', true);
    await support.decide(payment, { decision: 'refund', actor: 'operator:ann' });
    await waitUntil(async () => (await purchases.progress(id))?.note.includes('without the shop'), {
      what: 'it waits',
    });
    expect([(await fakes.reload(id)).status, await back(payment)]).toEqual(['refunding', PRICE - 9_900]);
    await sim(`refunds/${cabinet.id}/settle`);
    await purchases.notified(id);
    await waitUntil(async () => (await fakes.reload(id)).status === 'refunded', { what: 'all of it is back' });
    expect(await back(payment)).toBe(PRICE);
    await setFaults(fakes.panels[0]!.url, { down: false });
    expect(await server.client.workflow.getHandle(`payment-${id}`).result()).toMatchObject({ status: 'refunded' });
  });

  it('of all the money, pending in two parts: the shop asks for nothing, nobody may close it, and what fails the shop makes', async () => {
    const payment = await delivered(await fakes.buyer());
    const parts = [
      await inCabinet(payment.providerRef, '99.00', true),
      await inCabinet(payment.providerRef, '200.00', true),
    ];
    await request(payment);
    await waitUntil(async () => (await fakes.reload(payment.id)).status === 'refunding', { what: 'it is planned' });
    const completed = async () =>
      (await fakes.pool.query(`SELECT 1 FROM refunds WHERE payment_id = $1 AND completed_at IS NOT NULL`, [payment.id]))
        .rowCount;
    await waitUntil(async () => (await completed()) === 1, { what: 'the shop’s own refund is not needed' });
    expect([(await fakes.reload(payment.id)).status, await back(payment)]).toEqual(['refunding', 0]);
    expect(await support.options(await fakes.reload(payment.id))).toEqual(['retry']);
    await sim(`refunds/${parts[0]!.id}/settle`);
    await sim(`refunds/${parts[1]!.id}/settle`, { canceledBecause: 'insufficient_funds' });
    await refunds.notify(payment);
    await outcomeOf(payment);
    expect([(await fakes.reload(payment.id)).status, await back(payment)]).toEqual(['refunded', PRICE]);
  });

  it('while the panel is away and nothing is delivered: the delivery loses, whoever of the two is told first', async () => {
    const buyer = await fakes.buyer();
    const { id } = await fakes.open(buyer);
    const payment = await delayed(id);
    // "Where is my money?" answers with the next step and its time.
    const words = ['deliverSubscription', 'the money    with the shop', 'NEEDS ATTENTION'];
    const timeline = await waitUntil(
      async () => {
        const told = await support.timeline(payment, 'en');
        return words.every((some) => told.includes(some)) && told;
      },
      { what: `the timeline says ${words.join(', ')}` },
    );
    expect(timeline).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}until the money goes back by itself/);
    expect(await support.options(payment)).toEqual(['retry', 'refund']);
    await inCabinet(payment.providerRef!);
    await refunds.notify(payment);
    await waitUntil(async () => (await fakes.reload(id)).status === 'refunded', { what: 'the database knows' });
    await setFaults(fakes.panels[0]!.url, { down: false });
    expect(await server.client.workflow.getHandle(`payment-${id}`).result()).toMatchObject({ status: 'refunded' });
    await outcomeOf(payment);
    expect(await back(payment)).toBe(PRICE);
    expect(await account(await fakes.reload(id))).toBeUndefined();
    expect((await subscription(await fakes.reload(id))).status).toBe('revoked');
  });
});

describe('the panel is gone for good', () => {
  it('and the money of a delivered purchase goes back: its workflow ends, and the audit says what is not known', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.panels[0]!.url, { down: true });
    await request(payment);
    await waitUntil(async () => (await fakes.reload(payment.id)).status === 'refunded', { what: 'the money is back' });
    expect(await refunds.isRunning(payment.id)).toBe(true);
    await fakes.pool.query(`UPDATE servers SET gone_at = now() WHERE code = 'nl-1'`);
    try {
      expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 1, end: 'refunded' }]);
      const { rows } = await fakes.pool.query(
        'SELECT confirmed_at, abandoned_at IS NOT NULL AS abandoned FROM access_revocations WHERE payment_id = $1',
        [payment.id],
      );
      expect(rows).toEqual([{ confirmed_at: null, abandoned: true }]);
      expect(await support.timeline(await fakes.reload(payment.id), 'en')).toContain('gone for good');
    } finally {
      await fakes.pool.query('UPDATE servers SET gone_at = NULL');
    }
    // It was there after all: what was given up is done now.
    await setFaults(fakes.panels[0]!.url, { down: null });
    expect(await fakes.dependencies.accessRevocations.followPanels()).toEqual({ abandoned: 0, reopened: 1 });
    await fakes.run('revokeAccess', { paymentId: payment.id });
    expect(await account(payment)).toBeUndefined();
  });
});

describe('money that buys nothing', () => {
  /** A second YooKassa payment under the same order, paid. */
  async function secondMoney(payment: Payment): Promise<string> {
    const client = createYooKassaClient({
      baseUrl: `${fakes.yookassaUrl}/v3`,
      shopId: '100500',
      secretKey: 'test_secret_of_the_shop',
    });
    const { id } = await client.createPayment(
      buildPaymentRequest({
        amountKopecks: PRICE,
        description: 'x',
        returnUrl: 'https://t.me/',
        metadata: { gigabridge_payment_id: payment.id },
      }),
      randomUUID(),
    );
    await sim(`payments/${id}/pay`);
    return id;
  }

  it('two successes for one purchase: one subscription, one refund', async () => {
    const buyer = await fakes.buyer();
    const payment = await delivered(buyer);
    const second = await secondMoney(payment);
    await refunds.notify(payment, second);
    await refunds.notify(payment, second);
    await waitUntil(async () => !(await refunds.isRunning(payment.id)), { what: 'it is completed' });
    expect([await back(payment), await back({ providerRef: second })]).toEqual([0, PRICE]);
    expect((await fakes.pool.query('SELECT 1 FROM subscriptions WHERE user_id = $1', [buyer.id])).rowCount).toBe(1);
    expect(await fakes.reload(payment.id)).toMatchObject({ status: 'issued', refundedKopecks: 0 });
    expect((await account(payment))?.is_active).toBe(true);
    expect(await read(buyer)).toContain('Your subscriptions are not affected');
    await keepHistory(handleOf(payment), 'refund-of-a-second-payment');
  });

  it('money after the end of its order goes back', async () => {
    const { id } = await fakes.open(await fakes.buyer());
    await fakes.run('createPayment', { paymentId: id });
    await fakes.payAtYooKassa(id);
    await fakes.payments.transitionTo(id, 'canceled', 'test');
    const payment = await fakes.reload(id);
    await refunds.notify(payment, payment.providerRef);
    expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 1, end: 'refunded' }]);
    expect(await back(payment)).toBe(PRICE);
  });

  it('a forged notification moves nothing: YooKassa knows no such payment, or another order’s', async () => {
    const [payment, others] = [await delivered(await fakes.buyer()), await delivered(await fakes.buyer())];
    await refunds.notify(payment, '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b');
    expect((await outcomeOf(payment)).refused).toEqual(['stray: unknown']);
    await refunds.notify(payment, others.providerRef);
    expect((await outcomeOf(payment)).refused).toEqual(['stray: foreign-payment']);
    expect([await back(payment), await back(others)]).toEqual([0, 0]);
  });
});

describe('YooKassa', () => {
  it('keeps the refund pending: it is followed to its end, at once when a notification comes', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsPending: true });
    await request(payment);
    await waitUntil(async () => (await fakes.refundsAtYooKassa(payment.providerRef)).length > 0, {
      what: 'YooKassa has it',
    });
    const [made] = await fakes.refundsAtYooKassa(payment.providerRef);
    expect((await fakes.reload(payment.id)).status).toBe('refunding');
    await sim(`refunds/${made!.id}/settle`);
    await refunds.notify(payment);
    expect((await outcomeOf(payment)).refunds).toHaveLength(1);
    expect(await back(payment)).toBe(PRICE);
  });

  it.each([
    ['when a refund is asked for', 'POST'],
    ['when the refunds are read that there are', 'GET'],
  ])('asks to be left alone for a day %s: it is asked as soon as a notification comes', async (_when, method) => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, {
      tooManyRequests: { retryAfterMs: 86_400_000, as: 'body', method, path: '/refunds' },
    });
    await request(payment);
    const attempts = async () =>
      (await handleOf(payment).describe()).raw.pendingActivities?.map(({ attempt }) => attempt) ?? [];
    await waitUntil(async () => (await attempts()).includes(2), { what: 'it waits for its second attempt' });
    await setFaults(fakes.yookassaUrl, { tooManyRequests: null });
    await refunds.notify(payment);
    expect((await outcomeOf(payment)).refunds).toHaveLength(1);
    expect(await back(payment)).toBe(PRICE);
  });

  it('asks to be left alone while the refund is followed: it is asked as soon as an operator says "retry"', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsPending: true });
    await request(payment);
    await waitUntil(async () => (await fakes.refundsAtYooKassa(payment.providerRef)).length > 0, {
      what: 'YooKassa has it',
    });
    const [made] = await fakes.refundsAtYooKassa(payment.providerRef);
    await setFaults(fakes.yookassaUrl, { tooManyRequests: { retryAfterMs: 86_400_000, as: 'body', method: 'GET' } });
    await refunds.notify(payment);
    const paused = async () =>
      (await handleOf(payment).describe()).raw.pendingActivities?.some(
        ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'yookassa:rate-limited',
      );
    await waitUntil(paused, { what: 'it waits a pause out' });
    await setFaults(fakes.yookassaUrl, { tooManyRequests: null });
    await sim(`refunds/${made!.id}/settle`);
    await refunds.operatorDecides(payment.id, 'retry', 'operator:ann');
    expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 1, end: 'refunded' }]);
    expect(await back(payment)).toBe(PRICE);
  });

  it('will not give it back: the owner is told, and decides "retry"; the money goes back once', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsCanceled: 'insufficient_funds' });
    await request(payment);
    await waitUntil(async () => (await refunds.progress(payment.id))?.needsAttention, {
      what: 'a person is asked for',
    });
    await waitUntil(async () => (await ownersChat()).includes('balance there is too low'), {
      what: 'the owner is told',
    });
    await setFaults(fakes.yookassaUrl, { refundsCanceled: null });
    expect(await support.options(await fakes.reload(payment.id))).toEqual(['retry', 'close']);
    expect(await support.decide(await fakes.reload(payment.id), { decision: 'retry', actor: 'operator:ann' })).toEqual({
      outcome: 'sent',
      how: 'woken',
    });
    expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 2, end: 'refunded' }]);
    expect(await back(payment)).toBe(PRICE);
    const { rows } = await fakes.pool.query('SELECT actor, action, details FROM audit_log WHERE payment_id = $1', [
      payment.id,
    ]);
    expect(rows).toEqual([
      { actor: 'operator:ann', action: 'retry', details: { status: 'refunding', outcome: 'woken' } },
    ]);
    await keepHistory(handleOf(payment), 'refund-refused-then-retried');
  });

  it('will not, and many signals come: the workflow goes on in a new run, tells nobody twice, and "retry" still works', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsCanceled: 'insufficient_funds' });
    const input: RefundInput = { paymentId: payment.id, messagesPerRun: 6 };
    await server.client.workflow.signalWithStart(REFUND_WORKFLOW, {
      workflowId: refundWorkflowId(payment.id),
      taskQueue: MAIN_TASK_QUEUE,
      args: [input],
      signal: refundRequested,
      signalArgs: [{ requestId: payment.id, kopecks: null, askedBy: 'operator:ann', reason: 'operator-refund' }],
    });
    await waitUntil(async () => (await refunds.progress(payment.id))?.needsAttention, {
      what: 'a person is asked for',
    });
    for (let run = 0; run < 2; run += 1) {
      const { runId } = await handleOf(payment).describe();
      for (let sent = 0; sent < 6; sent += 1) await refunds.notify(payment);
      await waitUntil(async () => (await handleOf(payment).describe()).runId !== runId, { what: 'a new run' });
    }
    expect((await refunds.progress(payment.id))?.needsAttention).toBe(true);
    await setFaults(fakes.yookassaUrl, { refundsCanceled: null });
    await support.decide(await fakes.reload(payment.id), { decision: 'retry', actor: 'operator:ann' });
    expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 2, end: 'refunded' }]);
    expect(await back(payment)).toBe(PRICE);
  });

  it('will not, and the owner gives it back by bank transfer: "close" ends it without asking YooKassa again', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsCanceled: 'insufficient_funds' });
    await request(payment);
    await waitUntil(async () => (await refunds.progress(payment.id))?.needsAttention, {
      what: 'a person is asked for',
    });
    await support.decide(await fakes.reload(payment.id), { decision: 'close', actor: 'operator:ann' });
    expect((await outcomeOf(payment)).refunds).toEqual([{ attempt: 1, end: 'refunded-by-other-means' }]);
    expect(await fakes.reload(payment.id)).toMatchObject({ status: 'refunded', reason: 'refunded-by-other-means' });
    expect(await back(payment)).toBe(0);
  });

  it('answers 500 after it did it, then goes silent: the same key and body again, one refund', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { error500: { when: 'after', times: 2, method: 'POST' } });
    await request(payment);
    await outcomeOf(payment);
    expect(await fakes.refundsAtYooKassa(payment.providerRef)).toHaveLength(1);
    expect(await back(payment)).toBe(PRICE);
  });
});

const audit = () =>
  runAudit(
    createAuditSources(
      {
        providers: [yooKassaAt(fakes.yookassaUrl, { secretKey: 'test_secret_of_the_shop' })],
        panelOf: ({ adminUrl, apiKey }) => createHiddifyPanel({ adminUrl, apiKey }),
      },
      fakes.pool,
      server.client,
    ),
    {
      since: new Date(Date.now() - 2 * DAY_MS),
      graceMs: 600_000,
      refundAfterMs: DAY_MS,
      subscriptionGraceMs: 0,
      now: () => new Date(),
      secondLookMs: 100,
    },
  );

describe('meanwhile', () => {
  it('orders are open, a key and a refund are on their way: the books agree, and say so', async () => {
    const { id: open } = await fakes.open(await fakes.buyer());
    await fakes.run('createPayment', { paymentId: open });
    const { id: unrecorded } = await fakes.open(await fakes.buyer());
    const paid = await fakes.paid(await fakes.buyer());
    const refunding = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsPending: true });
    await request(refunding);
    await waitUntil(async () => (await fakes.refundsAtYooKassa(refunding.providerRef)).length > 0, {
      what: 'YooKassa has the refund',
    });
    const { differences, totals: all } = await audit();
    expect(differences).toEqual([]);
    const totals = all[0]!;
    expect(totals.inProgress).toBeGreaterThanOrEqual(2 * PRICE);
    expect(totals.in).toBe(totals.delivered + totals.refunded + totals.inProgress);
    const [refund] = await fakes.refundsAtYooKassa(refunding.providerRef);
    await sim(`refunds/${refund!.id}/settle`);
    await refunds.notify(refunding);
    await outcomeOf(refunding);
    await fakes.run('deliverSubscription', { paymentId: paid.id });
    for (const paymentId of [open, unrecorded])
      await fakes.run('recordStatus', { paymentId, status: 'canceled', reason: 'test' });
  });
});

describe('afterwards', () => {
  it('the books of YooKassa, the database and the panels agree, to the kopeck', async () => {
    const { differences, totals: all, counted } = await audit();
    expect(differences).toEqual([]);
    expect(all).toHaveLength(1);
    const totals = all[0]!;
    expect(counted.payments).toBeGreaterThan(20);
    expect(totals.refunded).toBeGreaterThan(10 * PRICE);
    expect(totals.in).toBe(totals.delivered + totals.refunded + totals.inProgress);
  });
});

describe('the workflow', () => {
  it('that was terminated is taken up where it was: what is not completed in the database is completed', async () => {
    const payment = await delivered(await fakes.buyer());
    await setFaults(fakes.yookassaUrl, { refundsPending: true });
    await request(payment);
    await waitUntil(async () => (await fakes.refundsAtYooKassa(payment.providerRef)).length > 0, {
      what: 'YooKassa has it',
    });
    await handleOf(payment).terminate('test');
    await setFaults(fakes.yookassaUrl, { refundsPending: null });
    // As reconciliation does.
    expect(await fakes.payments.refunds.paymentsWithOpen(new Date(Date.now() + 1_000), null, 1_000)).toContain(
      payment.id,
    );
    await refunds.notify(await fakes.reload(payment.id));
    expect((await outcomeOf(payment)).refunds).toHaveLength(1);
    expect(await back(payment)).toBe(PRICE);
    expect((await fakes.reload(payment.id)).status).toBe('refunded');
  });

  it('has a complete timeline: what was requested, asked, answered, found and decided, and that nothing is left to do', async () => {
    const payment = await delivered(await fakes.buyer());
    await inCabinet(payment.providerRef, '100.00');
    await refunds.notify(payment);
    await outcomeOf(payment);
    await support.decide(await fakes.reload(payment.id), { decision: 'refund', actor: 'operator:ann' });
    await waitUntil(async () => (await fakes.reload(payment.id)).status === 'refunded', { what: 'the rest is back' });
    await outcomeOf(payment);
    const timeline = await support.timeline(await fakes.reload(payment.id), 'en');
    for (const words of [
      'with the buyer again',
      'refund 1 found: 100.00 RUB, made outside the shop',
      'operator:ann decided: refund',
      'refund 2 planned: 199.00 RUB',
      'asks YooKassa to create a refund of 199.00 RUB',
      `workflow refund-${payment.id}`,
      'nothing: it is finished',
    ]) {
      expect(timeline).toContain(words);
    }
    const { panel_user_id } = await subscription(payment);
    expect(timeline).not.toContain(panel_user_id);
  });
});
