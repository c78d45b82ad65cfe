import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GatewayError } from '../../../src/gateways/errors';
import { createYooKassaClient, type YooKassaClient } from '../../../src/gateways/yookassa/client';
import { isUnknownObject } from '../../../src/gateways/yookassa/refusals';
import { buildPaymentRequest, buildRefundRequest } from '../../../src/gateways/yookassa/requests';
import { TYPESCRIPT } from '../../support/children';
import { waitUntil } from '../../support/wait';
import { freshKey, openShop, type TestShop } from '../../simulators/yookassa/simulatorClient';

const UNKNOWN_ID = '2f3b588d-000f-5000-8000-000000000000';
const SECRET = 'test_demo';
let shop: TestShop;
let client: YooKassaClient;
beforeAll(async () => {
  shop = await openShop();
  client = createYooKassaClient({
    baseUrl: `${shop.apiUrl}/`,
    shopId: '100500',
    secretKey: SECRET,
    timeouts: { postMs: 10_000, getMs: 10_000 },
  });
});
afterAll(async () => shop.close());
beforeEach(async () => shop.sim('POST', '/reset'));

const body = buildPaymentRequest({
  amountKopecks: 99_000,
  description: 'VPN',
  returnUrl: 'https://bot.example/pay/return?o=1',
  metadata: { payment_id: 'p-1' },
});
const hasty = () =>
  createYooKassaClient({
    baseUrl: shop.apiUrl,
    shopId: '100500',
    secretKey: SECRET,
    timeouts: { postMs: 150, getMs: 150 },
  });
const fault = (switches: object) => shop.sim('PUT', '/faults', switches);
const payments = async () => (await shop.sim('GET', '/payments')) as { id: string }[];
async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error;
}
const paidPayment = async () => {
  const { id } = await client.createPayment(body, freshKey());
  await shop.sim('POST', `/payments/${id}/pay`);
  return id;
};

describe('a payment', () => {
  it('comes with its link, money in kopecks and our metadata', async () => {
    const payment = await client.createPayment(body, freshKey());
    expect(payment).toMatchObject({
      status: 'pending',
      rawStatus: 'pending',
      paid: false,
      refundable: false,
      amountKopecks: 99_000,
      currency: 'RUB',
      refundedKopecks: 0,
      metadata: { payment_id: 'p-1' },
      test: true,
      cancellation: undefined,
      confirmationUrl: `${shop.url}/checkout/payments/v2/contract?orderId=${payment.id}`,
    });
    expect(Number.isNaN(Date.parse(payment.createdAt))).toBe(false);
  });

  it('is read again when paid, partly refunded, declined and expired', async () => {
    const paid = await paidPayment();
    await client.createRefund(buildRefundRequest({ paymentId: paid, amountKopecks: 10_050 }), freshKey());
    expect(await client.getPayment(paid)).toMatchObject({
      status: 'succeeded',
      paid: true,
      refundable: true,
      refundedKopecks: 10_050,
      confirmationUrl: undefined,
    });
    const declined = await client.createPayment(body, freshKey());
    await shop.sim('POST', `/payments/${declined.id}/pay`, { card: '5555555555554600' });
    expect((await client.getPayment(declined.id)).cancellation).toEqual({
      party: 'payment_network',
      reason: 'insufficient_funds',
    });
    const expired = await client.createPayment(body, freshKey());
    await shop.sim('PUT', '/clock', { offsetMs: 61 * 60_000 });
    expect((await client.getPayment(expired.id)).cancellation?.reason).toBe('expired_on_confirmation');
  });

  it('paid at the 59th minute is honoured by the service', async () => {
    const { id } = await client.createPayment(body, freshKey());
    await shop.sim('PUT', '/clock', { offsetMs: 59 * 60_000 });
    await shop.sim('POST', `/payments/${id}/pay`);
    expect((await client.getPayment(id)).status).toBe('succeeded');
  });
});

describe('the end of a payment', () => {
  it('a declined card may leave it payable: it is pending until the service itself ends it', async () => {
    await fault({ declineKeepsPending: true });
    const { id } = await client.createPayment(body, freshKey());
    await shop.sim('POST', `/payments/${id}/pay`, { card: '5555555555554600' });
    expect(await client.getPayment(id)).toMatchObject({
      status: 'pending',
      cancellation: undefined,
      confirmationUrl: expect.any(String),
    });
    await shop.sim('POST', `/payments/${id}/pay`);
    expect((await client.getPayment(id)).status).toBe('succeeded');
  });

  it.each(['internal_timeout', 'loan_declined_by_payer', 'a_reason_of_tomorrow'])(
    'canceled because of %s is canceled, with its reason',
    async (reason) => {
      const { id } = await client.createPayment(body, freshKey());
      await shop.sim('POST', `/payments/${id}/expire`, { reason });
      expect(await client.getPayment(id)).toMatchObject({
        status: 'canceled',
        paid: false,
        cancellation: { party: 'yoo_money', reason },
      });
    },
  );

  it('the receipt is apart from the money: one that failed does not make a paid payment unpaid', async () => {
    await fault({ receiptRequired: true, receiptsCanceled: true });
    const receipt = {
      customer: { email: 'user@example.com' },
      items: [{ description: 'VPN', quantity: 1, amountKopecks: 99_000, vatCode: 1 }],
    };
    const withReceipt = buildPaymentRequest({
      amountKopecks: 99_000,
      description: 'VPN',
      returnUrl: 'https://bot.example/pay/return',
      metadata: { payment_id: 'p-1' },
      receipt,
    });
    const { id } = await client.createPayment(withReceipt, freshKey());
    await shop.sim('POST', `/payments/${id}/pay`);
    expect(await client.getPayment(id)).toMatchObject({
      status: 'succeeded',
      paid: true,
      receiptRegistration: 'canceled',
    });
    // In full it goes back with the payment's own receipt; in part it must bring one.
    const part = buildRefundRequest({ paymentId: id, amountKopecks: 50_000 });
    expect(await failure(client.createRefund(part, freshKey()))).toMatchObject({
      kind: 'refused',
      parameter: 'receipt',
    });
    const half = { ...receipt, items: [{ ...receipt.items[0]!, amountKopecks: 50_000 }] };
    expect(
      (
        await client.createRefund(
          buildRefundRequest({ paymentId: id, amountKopecks: 50_000, receipt: half }),
          freshKey(),
        )
      ).status,
    ).toBe('succeeded');
  });
});

describe('an answer that never came', () => {
  it.each([
    ['500 after the commit', { error500: { when: 'after', times: 1 } }],
    ['500 before the commit', { error500: { when: 'before', times: 1 } }],
    ['a reset after the commit', { reset: { afterCommit: true, times: 1 } }],
    ['a reset before the commit', { reset: { afterCommit: false, times: 1 } }],
    ['202 processing', { processing202: { times: 1 } }],
  ])('%s: the outcome is unknown, and the same key makes exactly one payment', async (_what, switches) => {
    const key = freshKey();
    await fault(switches);
    expect(await failure(client.createPayment(body, key))).toMatchObject({
      kind: 'unknown-outcome',
      operation: 'createPayment',
    });
    const payment = await client.createPayment(body, key);
    expect(await payments()).toMatchObject([{ id: payment.id }]);
  });

  it.each([true, false])(
    'silence (payment made before it: %s): still one payment, even if the first request wakes up after the repeat',
    async (afterCommit) => {
      const key = freshKey();
      await fault({ hang: { ms: 600, afterCommit, times: 1 } });
      expect(await failure(hasty().createPayment(body, key))).toMatchObject({ kind: 'unknown-outcome' });
      const { id } = await client.createPayment(body, key);
      await waitUntil(async () => (await shop.sim('GET', '/calls'))[0].committed === true);
      expect(await payments()).toMatchObject([{ id }]);
    },
  );

  it('a lost refund is given once as well', async () => {
    const paymentId = await paidPayment();
    const refund = buildRefundRequest({ paymentId, amountKopecks: 50_000 });
    const key = freshKey();
    await fault({ reset: { afterCommit: true, times: 1, path: '/refunds' } });
    expect((await failure(client.createRefund(refund, key))).kind).toBe('unknown-outcome');
    await client.createRefund(refund, key);
    expect((await client.getPayment(paymentId)).refundedKopecks).toBe(50_000);
  });

  it('a repeat with a NEW key makes a second payment, so the key must stay the same', async () => {
    await fault({ error500: { when: 'after', times: 1 } });
    await failure(client.createPayment(body, freshKey()));
    await client.createPayment(body, freshKey());
    expect(await payments()).toHaveLength(2);
  });

  it('a repeat after the buyer has paid tells so, and needs no link', async () => {
    const key = freshKey();
    const { id } = await client.createPayment(body, key);
    await shop.sim('POST', `/payments/${id}/pay`);
    expect(await client.createPayment(body, key)).toMatchObject({
      id,
      status: 'succeeded',
      confirmationUrl: undefined,
    });
  });

  it('a repeat may show the payment as it was at first: only a read tells of the money', async () => {
    await fault({ frozenReplay: true });
    const key = freshKey();
    const { id } = await client.createPayment(body, key);
    await shop.sim('POST', `/payments/${id}/pay`);
    expect(await client.createPayment(body, key)).toMatchObject({ id, status: 'pending', paid: false });
    expect(await client.getPayment(id)).toMatchObject({ id, status: 'succeeded', paid: true });
    expect(await payments()).toHaveLength(1);
  });

  it('the service gets the 30 s it takes to say itself that it does not know; a read is not waited for that long', async () => {
    const limit = jest.spyOn(AbortSignal, 'timeout');
    const usual = createYooKassaClient({ baseUrl: shop.apiUrl, shopId: '100500', secretKey: SECRET });
    const { id } = await usual.createPayment(body, freshKey());
    await usual.getPayment(id);
    const [post, get] = limit.mock.calls.map(([ms]) => ms);
    limit.mockRestore();
    expect(post).toBeGreaterThan(30_000);
    expect(get).toBeLessThanOrEqual(10_000);
  });

  it('an aborted call ends at once and leaves the outcome unknown', async () => {
    await fault({ hang: { ms: 5_000, afterCommit: true } });
    const error = await failure(client.createPayment(body, freshKey(), AbortSignal.timeout(50)));
    expect(error.kind).toBe('unknown-outcome');
    expect(error.message).not.toContain('no answer within');
  });
});

describe('a service that says no, later, or nothing', () => {
  it('the same key with other data is recognised by the parameter, not by words', async () => {
    const key = freshKey();
    await client.createPayment(body, key);
    const error = await failure(client.createPayment({ ...body, description: 'other' }, key));
    expect(error).toMatchObject({
      kind: 'refused',
      status: 400,
      code: 'invalid_request',
      parameter: 'Idempotence-Key',
    });
  });

  it('whatever words an error uses, what it means stays the same', async () => {
    const key = freshKey();
    await client.createPayment(body, key);
    const known = async () => [
      (await failure(client.createPayment({ ...body, description: 'other' }, key))).parameter === 'Idempotence-Key',
      isUnknownObject(await failure(client.getPayment(UNKNOWN_ID))),
      (
        await failure(
          client.createRefund(buildRefundRequest({ paymentId: UNKNOWN_ID, amountKopecks: 100 }), freshKey()),
        )
      ).parameter,
    ];
    const usual = await known();
    await fault({ otherWords: true });
    expect(await known()).toEqual(usual);
    expect(usual).toEqual([true, true, 'payment_id']);
  });

  it('a refusal may be remembered under its key: the corrected request needs a key of its own', async () => {
    await fault({ storeClientErrors: true, receiptRequired: true });
    const key = freshKey();
    expect(await failure(client.createPayment(body, key))).toMatchObject({ kind: 'refused', parameter: 'receipt' });
    await fault({ receiptRequired: false });
    expect(await failure(client.createPayment(body, key))).toMatchObject({ kind: 'refused', parameter: 'receipt' });
    expect(await client.createPayment(body, freshKey())).toMatchObject({ status: 'pending' });
    expect(await payments()).toHaveLength(1);
  });

  it('429 says when to come back, from the body in ms or the header in seconds, and nothing has happened', async () => {
    await fault({ tooManyRequests: { retryAfterMs: 1_800, times: 1 } });
    expect(await failure(client.createPayment(body, freshKey()))).toMatchObject({
      kind: 'rate-limited',
      status: 429,
      retryAfterMs: 1_800,
    });
    await fault({ tooManyRequests: { retryAfterMs: 3_000, times: 1, as: 'header' } });
    expect(await failure(client.getPayment(UNKNOWN_ID))).toMatchObject({ kind: 'rate-limited', retryAfterMs: 3_000 });
    expect(await payments()).toEqual([]);
  });

  it('202 says when to ask again', async () => {
    await fault({ processing202: { times: 1, retryAfterMs: 2_700 } });
    expect(await failure(client.createPayment(body, freshKey()))).toMatchObject({
      kind: 'unknown-outcome',
      status: 202,
      retryAfterMs: 2_700,
    });
  });

  it('a wrong key is refused, and shows up nowhere', async () => {
    const observed: unknown[] = [];
    const wrong = createYooKassaClient({
      baseUrl: shop.apiUrl,
      shopId: '100500',
      secretKey: 'live_very_secret',
      observe: (call) => observed.push(call),
    });
    const error = await failure(wrong.getMe());
    expect(error).toMatchObject({ kind: 'refused', status: 401, code: 'invalid_credentials' });
    const seen = inspect([error, error.stack, error.cause, wrong, observed], { depth: 10, showHidden: true });
    expect(seen).not.toContain('live_very_secret');
    expect(seen).not.toContain(Buffer.from('100500:live_very_secret').toString('base64'));
    expect(observed).toMatchObject([{ service: 'yookassa', operation: 'getMe', outcome: '401' }]);
  });

  it("an unknown payment is recognised, whether the service says 404 or 400; a proxy's 404 is not", async () => {
    const by404 = await failure(client.getPayment(UNKNOWN_ID));
    await fault({ unknownPaymentIs400: true });
    const by400 = await failure(client.getPayment(UNKNOWN_ID));
    expect([by404, by400].map((error) => [error.kind, error.status, isUnknownObject(error)])).toEqual([
      ['refused', 404, true],
      ['refused', 400, true],
    ]);
    expect(isUnknownObject(await failure(client.getRefund(UNKNOWN_ID)))).toBe(true);
    const elsewhere = createYooKassaClient({ baseUrl: `${shop.url}/wrong`, shopId: '100500', secretKey: SECRET });
    const byProxy = await failure(elsewhere.getPayment(UNKNOWN_ID));
    expect([byProxy.status, isUnknownObject(byProxy)]).toEqual([404, false]);
  });

  it('a shop that needs receipts says so by the parameter', async () => {
    await fault({ receiptRequired: true });
    expect(await failure(client.createPayment(body, freshKey()))).toMatchObject({
      kind: 'refused',
      status: 400,
      parameter: 'receipt',
    });
    expect((await client.getMe()).fiscalizationEnabled).toBe(true);
  });

  it('a service that is not there was never reached', async () => {
    const gone = await openShop();
    await gone.close();
    // In a process of its own: inside jest, fetch's errors come from another realm than the code under test.
    const program = `require(${JSON.stringify(join(__dirname, '../../../src/gateways/yookassa/client'))})
      .createYooKassaClient(${JSON.stringify({ baseUrl: gone.apiUrl, shopId: '1', secretKey: 'x' })})
      .createPayment(${JSON.stringify(body)}, 'key').catch((error) => console.log(error.kind))`;
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, '-e', program]);
    expect(stdout.trim()).toBe('unreachable');
  });

  it('a service that drops every connection leaves the outcome unknown', async () => {
    await fault({ down: true });
    expect((await failure(client.createPayment(body, freshKey()))).kind).toBe('unknown-outcome');
  });
});

describe('what is wrong before it is sent', () => {
  it.each(['', 'k'.repeat(65), 'a b', 'ключ', 'a\nb', 'a:b', 'a/b'])(
    'the key %p is refused here, and no payment is made',
    async (key) => {
      const error = await failure(client.createPayment(body, key));
      expect(error).toMatchObject({ kind: 'refused', parameter: 'Idempotence-Key', status: undefined });
      expect(await shop.sim('GET', '/calls')).toEqual([]);
    },
  );

  it('keys up to 64 characters of every allowed kind pass', async () => {
    await client.createPayment(body, `${'k'.repeat(59)}A9+-_`);
    await client.createPayment(body, 'payment-8f3c.create_1');
  });

  it.each(['', '../me', 'x?y', 'a/b', 'a'.repeat(65)])('the id %p never becomes a path', async (id) => {
    expect(await failure(client.getPayment(id))).toMatchObject({ kind: 'refused', parameter: 'id', status: undefined });
    expect(await failure(client.getRefund(id))).toMatchObject({ kind: 'refused' });
    expect(await shop.sim('GET', '/calls')).toEqual([]);
  });
});

describe('refunds', () => {
  it('more than was paid is refused', async () => {
    const paymentId = await paidPayment();
    expect(
      await failure(client.createRefund(buildRefundRequest({ paymentId, amountKopecks: 99_001 }), freshKey())),
    ).toMatchObject({ kind: 'refused', status: 400, parameter: 'amount' });
  });

  it('may not be possible at all: refused, and the payment says so beforehand', async () => {
    const paymentId = await paidPayment();
    await fault({ refundsNotAllowed: true });
    expect(await client.getPayment(paymentId)).toMatchObject({ status: 'succeeded', refundable: false });
    expect(
      await failure(client.createRefund(buildRefundRequest({ paymentId, amountKopecks: 99_000 }), freshKey())),
    ).toMatchObject({ kind: 'refused', status: 400 });
    expect((await client.listRefunds({ paymentId })).items).toEqual([]);
  });

  it('cannot leave less than a ruble with the payment', async () => {
    const paymentId = await paidPayment();
    expect(
      await failure(client.createRefund(buildRefundRequest({ paymentId, amountKopecks: 98_950 }), freshKey())),
    ).toMatchObject({ kind: 'refused', status: 400, parameter: 'amount' });
  });

  it('may wait, then end either way; only reading tells of a canceled one', async () => {
    const paymentId = await paidPayment();
    await fault({ refundsPending: true });
    const refund = await client.createRefund(
      buildRefundRequest({ paymentId, amountKopecks: 99_000, metadata: { payment_id: 'p-1' } }),
      freshKey(),
    );
    expect(refund).toMatchObject({
      status: 'pending',
      paymentId,
      amountKopecks: 99_000,
      metadata: { payment_id: 'p-1' },
    });
    await shop.sim('POST', `/refunds/${refund.id}/settle`, { canceledBecause: 'insufficient_funds' });
    expect(await client.getRefund(refund.id)).toMatchObject({
      status: 'canceled',
      cancellation: { party: 'yoo_money', reason: 'insufficient_funds' },
    });
    expect((await client.getPayment(paymentId)).refundedKopecks).toBe(0);
  });

  it('made by hand in the cabinet are found by payment', async () => {
    const paymentId = await paidPayment();
    await paidPayment();
    await shop.sim('POST', '/refunds', { paymentId, amount: '10.00' });
    const { items, unreadable } = await client.listRefunds({
      paymentId,
      status: 'succeeded',
      createdAt: { gte: '2020-01-01T00:00:00.000Z' },
    });
    expect([items.map((refund) => refund.amountKopecks), unreadable]).toEqual([[1_000], []]);
  });
});

describe('lists', () => {
  it('are walked to the end by cursor, every payment once', async () => {
    const made = new Set<string>();
    for (let at = 0; at < 7; at += 1) made.add((await client.createPayment(body, freshKey())).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listPayments({
        limit: 3,
        cursor,
        status: 'pending',
        createdAt: { gt: '2020-01-01T00:00:00.000Z' },
      });
      seen.push(...page.items.map((payment) => payment.id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(made);
    expect((await client.listPayments({ capturedAt: { gte: '2020-01-01T00:00:00.000Z' } })).items).toEqual([]);
  });
});
