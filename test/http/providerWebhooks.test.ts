import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import pino from 'pino';
import type { Payment } from '../../src/domain/payment';
import { createWebhookDispatcher, type WebhookDispatcher } from '../../src/http/webhookDispatcher';
import { providerWebhookRoutes } from '../../src/http/routes/providerWebhooks';
import { createYooKassaWebhook, readNotification } from '../../src/providers/yookassa/webhook';
import { createHttpServer } from '../../src/http/server';
import { createPool } from '../../src/storage/postgres/pool';
import { createWebhookEventsRepository } from '../../src/storage/postgres/webhookEvents';
import { aPayment } from '../bot/fixtures';
import { createTestDatabase, type TestDatabase } from '../support/environment';
import { waitUntil } from '../support/wait';
import { serve } from './request';

const YOOKASSA = '185.71.76.1';
const THEIR_ID = '2e8c1f4a-000f-5000-8000-1c2d3e4f5a6b';

let database: TestDatabase;
let pool: Pool;
let server: Awaited<ReturnType<typeof serve>>;
let dispatcher: WebhookDispatcher;
/** What the fakes of database and Temporal answer in the test that runs. */
const fakes = {
  known: undefined as string | undefined,
  byTheirs: undefined as Payment | undefined,
  byOurs: undefined as Payment | undefined,
  refundSucceeded: false,
  running: true,
  temporalAway: false,
  storeFails: false,
  calls: [] as string[],
};
const log: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { max: 5, onError: () => undefined });
  const webhookEvents = createWebhookEventsRepository(pool);
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  dispatcher = createWebhookDispatcher({
    knownPaymentId: async () => fakes.known,
    payments: {
      byProviderRef: async (by) => (fakes.byTheirs?.provider === by ? fakes.byTheirs : undefined),
      byId: async () => fakes.byOurs,
    },
    paymentWorkflows: {
      async notified(id) {
        if (fakes.temporalAway) throw new Error('Temporal is away');
        fakes.calls.push(`notified ${id}`);
        return fakes.running ? 'woken' : 'not-running';
      },
      async ensureRunning({ id }) {
        fakes.calls.push(`ensureRunning ${id}`);
      },
    },
    hasSucceededRefund: async () => fakes.refundSucceeded,
    refundWorkflows: {
      async notify({ id }, stray) {
        fakes.calls.push(`refund ${id}${stray === null ? '' : ` stray ${stray}`}`);
      },
    },
    webhookEvents,
    logger,
    pauseMs: 0,
  });
  server = await serve(
    createHttpServer({
      logger,
      routes: [
        providerWebhookRoutes({
          webhook: createYooKassaWebhook(['185.71.76.0/27', '2a02:5180::/32']),
          trustedProxies: 1,
          webhookEvents: {
            store: (webhook) =>
              fakes.storeFails ? Promise.reject(new Error('the database is away')) : webhookEvents.store(webhook),
          },
          stored: dispatcher.dispatch,
          logger,
        }),
      ],
    }),
  );
});
afterAll(async () => {
  await server.close();
  await pool.end();
  await database.close();
});
beforeEach(async () => {
  Object.assign(fakes, {
    known: undefined,
    byTheirs: undefined,
    byOurs: undefined,
    refundSucceeded: false,
    running: true,
    temporalAway: false,
    storeFails: false,
    calls: [],
  });
  log.length = 0;
  await pool.query('TRUNCATE webhook_events');
});

const body = (changes: Record<string, unknown> = {}, object: Record<string, unknown> = {}) =>
  JSON.stringify({
    type: 'notification',
    event: 'payment.succeeded',
    ...changes,
    object: { id: THEIR_ID, status: 'succeeded', metadata: { gigabridge_payment_id: aPayment().id }, ...object },
  });

const refundBody = () => body({ event: 'refund.succeeded' }, { id: 'refund-1', payment_id: THEIR_ID });

async function notify(
  payload: string,
  { from = YOOKASSA, type = 'application/json' }: { from?: string | null; type?: string } = {},
) {
  const answer = await server.ask({
    method: 'POST',
    url: '/webhooks/yookassa',
    payload,
    headers: { 'content-type': type, ...(from === null ? {} : { 'x-forwarded-for': from }) },
  });
  await dispatcher.idle();
  return answer.statusCode;
}
const events = async () =>
  (
    await pool.query(
      'SELECT provider, event, object_id, payment_id, remote_address, body, outcome, handled_at IS NOT NULL AS handled FROM webhook_events ORDER BY id',
    )
  ).rows;

describe('a notification', () => {
  it('is stored and wakes its payment', async () => {
    fakes.known = aPayment().id;
    expect(await notify(body())).toBe(200);
    expect(fakes.calls).toEqual([`notified ${aPayment().id}`]);
    expect(await events()).toEqual([
      {
        provider: 'yookassa',
        event: 'payment.succeeded',
        object_id: THEIR_ID,
        payment_id: aPayment().id,
        remote_address: YOOKASSA,
        body: expect.any(String),
        outcome: 'woken',
        handled: true,
      },
    ]);
    expect(JSON.parse((await events())[0].body)).toEqual(JSON.parse(body()));
  });

  it('is stored without what YooKassa says of the payer, and is of use to reconciliation all the same', async () => {
    const payer = {
      payment_method: {
        type: 'bank_card',
        card: { first6: '555555', last4: '4477', expiry_year: '2030' },
        title: 'Card *4477',
      },
      authorization_details: { rrn: '603668680243', auth_code: '000000' },
      receipt: { customer: { email: 'buyer@example.com' } },
      amount: { value: '299.00', currency: 'RUB' },
      metadata: { payment_id: aPayment().id, name: 'Ivan Ivanov' },
    };
    expect(await notify(body({}, payer))).toBe(200);
    const stored = (await events())[0].body as string;
    expect(stored).not.toMatch(/4477|555555|603668680243|buyer@example|Ivan/);
    expect(readNotification(stored)).toEqual(readNotification(body({}, payer)));
    expect(JSON.parse(stored).object.amount).toEqual(payer.amount);
  });

  it('is answered 200 each time it is repeated, and each time only makes the workflow look again', async () => {
    fakes.known = aPayment().id;
    for (let i = 0; i < 3; i += 1) expect(await notify(body())).toBe(200);
    expect(fakes.calls).toEqual(Array(3).fill(`notified ${aPayment().id}`));
  });

  it.each<[string, () => void, string, string[], string]>([
    ['known to PostgreSQL only', () => (fakes.byTheirs = aPayment()), body(), [`notified ${aPayment().id}`], 'woken'],
    [
      'faster than our own record of the link',
      () => (fakes.byOurs = aPayment({ providerRef: null })),
      body(),
      [`notified ${aPayment().id}`],
      'woken',
    ],
    [
      'of a payment whose workflow was lost',
      () => Object.assign(fakes, { byTheirs: aPayment(), running: false }),
      body(),
      [`notified ${aPayment().id}`, `ensureRunning ${aPayment().id}`],
      'started',
    ],
    [
      'that comes late, after everything',
      () => Object.assign(fakes, { byTheirs: aPayment({ status: 'issued' }), running: false }),
      body(),
      [`notified ${aPayment().id}`],
      'workflow-ended',
    ],
    [
      'that YooKassa canceled, late',
      () => Object.assign(fakes, { byTheirs: aPayment({ status: 'expired' }), running: false }),
      body({ event: 'payment.canceled' }),
      [`notified ${aPayment().id}`],
      'workflow-ended',
    ],
    [
      'of a refund made in the cabinet: the refund workflow compares',
      () => Object.assign(fakes, { byTheirs: aPayment({ status: 'issued' }), running: false }),
      refundBody(),
      [`notified ${aPayment().id}`, `refund ${aPayment().id}`],
      'refund-noticed',
    ],
    [
      'of a refund while the key is being made: it must not be delivered unnoticed',
      () => (fakes.byTheirs = aPayment({ status: 'delayed' })),
      refundBody(),
      [`notified ${aPayment().id}`, `refund ${aPayment().id}`],
      'refund-noticed',
    ],
    [
      'of our own refund, known already',
      () => Object.assign(fakes, { byTheirs: aPayment({ status: 'refunded' }), refundSucceeded: true }),
      refundBody(),
      [],
      'known-refund',
    ],
    ['of a refund of a payment nobody knows', () => undefined, refundBody(), [], 'unknown-payment'],
    [
      'of a second payment for one order',
      () => (fakes.byOurs = aPayment({ providerRef: 'the-first' })),
      body(),
      [`refund ${aPayment().id} stray ${THEIR_ID}`],
      'stray-noticed',
    ],
    [
      'of money after the order’s end',
      () => Object.assign(fakes, { byTheirs: aPayment({ status: 'canceled' }), running: false }),
      body(),
      [`notified ${aPayment().id}`, `refund ${aPayment().id} stray ${THEIR_ID}`],
      'stray-noticed',
    ],
    [
      'of another payment that claims to be ours and was not paid',
      () => (fakes.byOurs = aPayment({ providerRef: 'the-first' })),
      body({ event: 'payment.canceled' }),
      [],
      'unknown-payment',
    ],
    ['of a payment nobody knows', () => undefined, body(), [], 'unknown-payment'],
    [
      'with metadata that is no id of ours',
      () => undefined,
      body({}, { metadata: { gigabridge_payment_id: 'x-1' } }),
      [],
      'unknown-payment',
    ],
    ['of no use to this shop', () => undefined, body({ event: 'deal.closed' }), [], 'ignored'],
    [
      'of an id that another provider calls a payment of ours',
      () => (fakes.byTheirs = aPayment({ provider: 'another' })),
      body({}, { metadata: {} }),
      [],
      'unknown-payment',
    ],
  ])('%s', async (_name, arrange, payload, calls, outcome) => {
    arrange();
    expect(await notify(payload)).toBe(200);
    expect(fakes.calls).toEqual(calls);
    expect(await events()).toMatchObject([{ outcome, handled: true }]);
  });

  it('stays unhandled, for reconciliation, when Temporal is away', async () => {
    Object.assign(fakes, { known: aPayment().id, temporalAway: true });
    expect(await notify(body())).toBe(200);
    expect(await events()).toMatchObject([{ handled: false, outcome: null }]);
  });

  it('that could not be stored is not confirmed, so YooKassa repeats it', async () => {
    fakes.storeFails = true;
    expect(await notify(body())).toBe(503);
    expect(fakes.calls).toEqual([]);
  });
});

describe('what is refused', () => {
  it.each<[string, string | null]>([
    ['a stranger', '203.0.113.7'],
    ['a stranger who claims to be YooKassa before our proxy', `${YOOKASSA}, 203.0.113.7`],
    ['nonsense', 'not-an-address'],
    ['an address in hexadecimal', '0xb9474c01'],
    ['nobody: the proxy itself', null],
  ])('%s: 403, and nothing is stored', async (_name, from) => {
    expect(await notify(body(), { from })).toBe(403);
    expect(await events()).toEqual([]);
    expect(fakes.calls).toEqual([]);
  });

  it.each<[string, string]>([
    ['IPv4 in IPv6 clothing', '::ffff:185.71.76.5'],
    ['IPv6', '2a02:5180:0:1509::1'],
    ['what our proxy wrote, whatever the sender claimed before', `1.2.3.4, ${YOOKASSA}`],
  ])('but not %s', async (_name, from) => {
    expect(await notify(body(), { from })).toBe(200);
  });

  it.each<[string, string, string | undefined, number]>([
    ['not JSON', 'hello', undefined, 400],
    ['half of it', body().slice(0, 40), undefined, 400],
    ['nothing', '', undefined, 400],
    ['JSON that is no notification', '[1,2,3]', undefined, 400],
    ['without an object', '{"type":"notification","event":"payment.succeeded"}', undefined, 400],
    ['an id that is a path', body({}, { id: '../../refunds' }), undefined, 400],
    ['JSON by another name', body(), 'text/plain', 415],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['five megabytes', `{"type":"notification","pad":"${'x'.repeat(5_000_000)}"}`, undefined, 413],
  ])('%s', async (_name, payload, type, status) => {
    expect(await notify(payload, type === undefined ? {} : { type })).toBe(status);
    expect(await events()).toEqual([]);
    expect(log.join('\n')).not.toContain('xxxxxxxxxx');
  });

  it('keeps a body with a NUL readable instead of failing on it', async () => {
    expect(await notify(body({}, { note: 'a\u0000b' }))).toBe(200);
    expect(await events()).toHaveLength(1);
  });
});

describe('stale order', () => {
  it('an old "canceled" after the "succeeded", and the "succeeded" again: each is stored and only makes YooKassa be asked', async () => {
    fakes.byTheirs = aPayment({ status: 'issued' });
    fakes.running = false;
    for (const event of ['payment.succeeded', 'payment.canceled', 'payment.succeeded', 'payment.waiting_for_capture'])
      expect(await notify(body({ event }))).toBe(200);
    expect((await events()).map(({ outcome }) => outcome)).toEqual(Array(4).fill('workflow-ended'));
    expect(fakes.calls).toEqual(Array(4).fill(`notified ${aPayment().id}`));
  });
});

const notice = (id: string) =>
  ({
    provider: 'yookassa',
    event: 'payment.succeeded',
    objectId: id,
    about: 'charge',
    ref: id,
    claimedOrderId: undefined,
    saysPaid: true,
  }) as const;

/** A dispatcher whose workflow takes a moment to answer, and what was called. */
function burstDispatcher(options: { concurrency?: number; maxWaiting?: number; pauseMs?: number }) {
  const seen = { woken: 0, most: 0, handled: [] as number[], log: [] as string[] };
  let inFlight = 0;
  const busy = createWebhookDispatcher({
    knownPaymentId: async () => randomUUID(),
    payments: { byProviderRef: async () => undefined, byId: async () => undefined },
    hasSucceededRefund: async () => false,
    refundWorkflows: { notify: async () => undefined },
    paymentWorkflows: {
      async notified() {
        seen.woken += 1;
        seen.most = Math.max(seen.most, (inFlight += 1));
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        return 'woken';
      },
      ensureRunning: async () => undefined,
    },
    webhookEvents: { handled: async (ids) => void seen.handled.push(...ids) },
    logger: pino({ level: 'debug' }, { write: (line: string) => void seen.log.push(line) }),
    ...options,
  });
  return { busy, seen };
}

describe('a burst', () => {
  it('is stored whole, looked at a few at a time, and what does not fit is left to reconciliation', async () => {
    const { busy, seen } = burstDispatcher({ concurrency: 4, maxWaiting: 50 });
    for (let id = 0; id < 1_000; id += 1) busy.dispatch(id, notice(`their-${id}`));
    await busy.idle();
    expect(seen.most).toBeLessThanOrEqual(4);
    expect(seen.handled).toHaveLength(54);
    // One line for the first, not one for each of the 946.
    expect(seen.log).toHaveLength(1);
  });

  it('of the same news wakes the workflow twice, not a thousand times: each call is an event of its history', async () => {
    const { busy, seen } = burstDispatcher({ maxWaiting: 5_000, pauseMs: 50 });
    for (let id = 0; id < 1_000; id += 1) busy.dispatch(id, notice(THEIR_ID));
    await busy.idle();
    expect(seen.handled).toHaveLength(1_000);
    expect(seen.woken).toBe(2);
  });

  it('beyond what can be stored at once is asked to come again, and the log stays short', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const lines: string[] = [];
    const crowded = await serve(
      createHttpServer({
        logger: pino({ level: 'silent' }),
        routes: [
          providerWebhookRoutes({
            webhook: createYooKassaWebhook([`${YOOKASSA}/32`]),
            trustedProxies: 1,
            maxAtOnce: 3,
            webhookEvents: { store: async () => (await held, 1) },
            stored: () => undefined,
            logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
          }),
        ],
      }),
    );
    const send = () =>
      crowded.ask({
        method: 'POST',
        url: '/webhooks/yookassa',
        payload: body(),
        headers: { 'content-type': 'application/json', 'x-forwarded-for': YOOKASSA },
      });
    const first = Array.from({ length: 3 }, send);
    await waitUntil(async () => (await send()).statusCode === 503, { what: 'the dispatcher is full' });
    const refused = await Promise.all(Array.from({ length: 20 }, send));
    expect(refused.map(({ statusCode, headers }) => `${statusCode} ${String(headers['retry-after'])}`)).toEqual(
      Array(20).fill('503 10'),
    );
    release();
    expect((await Promise.all(first)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect((await send()).statusCode).toBe(200);
    expect(lines.length).toBeLessThanOrEqual(2);
    await crowded.close();
  });

  it('of strangers writes one line, not one for each', async () => {
    for (let i = 0; i < 30; i += 1) expect(await notify(body(), { from: '203.0.113.7' })).toBe(403);
    expect(log.filter((line) => line.includes('not the provider')).length).toBeLessThanOrEqual(1);
  });
});

describe('PostgreSQL that hangs', () => {
  it('does not hold the answer: the sender is asked to repeat', async () => {
    const slow = await serve(
      createHttpServer({
        logger: pino({ level: 'silent' }),
        routes: [
          providerWebhookRoutes({
            webhook: createYooKassaWebhook([`${YOOKASSA}/32`]),
            trustedProxies: 1,
            storeWithinMs: 20,
            webhookEvents: { store: () => new Promise(() => undefined) },
            stored: () => undefined,
            logger: pino({ level: 'silent' }),
          }),
        ],
      }),
    );
    const { statusCode } = await slow.ask({
      method: 'POST',
      url: '/webhooks/yookassa',
      payload: body(),
      headers: { 'content-type': 'application/json', 'x-forwarded-for': YOOKASSA },
    });
    expect(statusCode).toBe(503);
    await slow.close();
  });
});
