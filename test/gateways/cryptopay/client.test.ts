import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCryptoPayClient, type CryptoPayClient } from '../../../src/gateways/cryptopay/client';
import { isSuspended } from '../../../src/gateways/cryptopay/refusals';
import { buildInvoiceRequest, buildTransferRequest } from '../../../src/gateways/cryptopay/requests';
import { GatewayError, LONGEST_PAUSE_MS } from '../../../src/gateways/errors';
import { openApp, TOKEN, type TestApp } from '../../simulators/cryptopay/cryptoPayClient';

let app: TestApp;
let client: CryptoPayClient;
beforeAll(async () => {
  app = await openApp();
  client = createCryptoPayClient({ baseUrl: `${app.url}/`, token: TOKEN });
});
afterAll(async () => app.close());
beforeEach(async () => app.sim('POST', '/reset'));

const hasty = () => createCryptoPayClient({ baseUrl: app.url, token: TOKEN, timeouts: { writeMs: 150, readMs: 150 } });
const fault = (switches: object) => app.sim('PUT', '/faults', switches);
const body = (payload = 'order-1') =>
  buildInvoiceRequest({ kopecks: 99_050, description: 'VPN', payload, lifeSeconds: 3600 });
const pay = (id: string) => app.sim('POST', `/invoices/${id}/pay`, { asset: 'USDT', rate: '66' });
async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GatewayError)) throw error;
  return error;
}

describe('an invoice', () => {
  it('is of roubles, has an end, and comes with its page and our words', async () => {
    const made = await client.createInvoice(body());
    expect(made).toMatchObject({
      status: 'active',
      currency: 'RUB',
      amount: '990.50',
      payload: 'order-1',
      payUrl: expect.stringContaining('/CryptoBot?start='),
      paid: undefined,
    });
    expect(Date.parse(made.expiresAt!) - Date.parse(made.createdAt)).toBe(3_600_000);
  });

  it('is read again when it is paid, with what was paid in which asset', async () => {
    const { id } = await client.createInvoice(body());
    await pay(id);
    const paid = (await client.getInvoices([id])).get(id);
    expect(paid).toMatchObject({ status: 'paid', amount: '990.50' });
    expect(paid?.paid).toMatchObject({
      asset: 'USDT',
      amount: '15.00757576',
      fiatRate: '66',
      fee: expect.stringMatching(/^\d+\.\d+$/),
    });
  });

  it('ends by time without a word', async () => {
    const { id } = await client.createInvoice(body());
    await app.sim('PUT', '/clock', { offsetMs: 3_601_000 });
    expect((await client.getInvoices([id])).get(id)).toMatchObject({ status: 'expired', paid: undefined });
  });

  it('that is deleted is absent, and so is one that nobody knows', async () => {
    const { id } = await client.createInvoice(body());
    await client.deleteInvoice(id);
    expect((await client.getInvoices([id, '999999999'])).size).toBe(0);
    expect(await failure(client.deleteInvoice(id))).toMatchObject({ kind: 'refused', status: 400 });
  });

  it('that was paid a moment before can’t be deleted, and is seen as paid', async () => {
    const { id } = await client.createInvoice(body());
    await fault({ paidBeforeDelete: {} });
    expect(await failure(client.deleteInvoice(id))).toMatchObject({ kind: 'refused' });
    expect((await client.getInvoices([id])).get(id)?.status).toBe('paid');
  });

  it('whose answer was lost is found by its payload', async () => {
    await fault({ reset: { afterCommit: true, times: 1 } });
    expect(await failure(client.createInvoice(body('order-lost')))).toMatchObject({ kind: 'unknown-outcome' });
    const { items } = await client.listInvoices({ status: 'active' });
    expect(items.map(({ payload }) => payload)).toEqual(['order-lost']);
  });
});

describe('lists', () => {
  it('take any number of ids, a thousand at once, each id once', async () => {
    const known = await Promise.all(['a', 'b', 'c'].map(async (name) => (await client.createInvoice(body(name))).id));
    const unknown = Array.from({ length: 2_500 }, (_none, index) => String(900_000_000 + index));
    const since = (await app.sim('GET', '/calls')).length as number;
    const found = await client.getInvoices([known[0]!, ...unknown.slice(0, 1_200), ...known, ...unknown.slice(1_200)]);
    expect([...found.keys()].sort()).toEqual([...known].sort());
    expect(((await app.sim('GET', '/calls')) as unknown[]).length - since).toBe(3);
    expect((await client.getInvoices([])).size).toBe(0);
  });

  it.each([{}, { oldestFirst: true }])('come in pages, in whichever order: %j', async (order) => {
    await fault(order);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await client.createInvoice(body(name));
    const seen: (string | undefined)[] = [];
    for (let offset = 0; ; offset += 2) {
      const { items } = await client.listInvoices({ offset, count: 2 });
      if (items.length === 0) break;
      seen.push(...items.map(({ payload }) => payload));
    }
    expect(seen.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each(['', 'x', '1,2', '../getMe', '-1'])('are not asked for "%s"', async (id) => {
    expect(await failure(client.getInvoices([id]))).toMatchObject({ kind: 'refused', parameter: 'invoice_ids' });
    expect(await failure(client.deleteInvoice(id))).toMatchObject({ kind: 'refused', parameter: 'invoice_id' });
  });
});

describe('a transfer', () => {
  const transfer = buildTransferRequest({ userId: 5_001, asset: 'USDT', amount: '12.5', spendId: 'refund-1' });
  beforeEach(async () => app.sim('PUT', '/balance', { USDT: '100' }));

  it('pays out once, and a repeat is refused, whatever the refusal is called', async () => {
    expect(await client.getTransfer('refund-1')).toBeUndefined();
    const done = await client.transfer(transfer);
    await fault({ otherNames: true });
    expect(await failure(client.transfer(transfer))).toMatchObject({ kind: 'refused', code: 'OTHER_NAME' });
    expect(await client.getTransfer('refund-1')).toEqual(done);
    expect(await client.getBalance()).toContainEqual({ asset: 'USDT', available: '87.5' });
  });

  it('whose answer was lost is found by its spend_id', async () => {
    await fault({ serverError: { when: 'after', times: 1 } });
    expect(await failure(client.transfer(transfer))).toMatchObject({ kind: 'unknown-outcome', status: 500 });
    expect(await client.getTransfer('refund-1')).toMatchObject({ userId: 5_001, amount: '12.5', status: 'completed' });
  });

  it('is refused when it is off, when the money is not there, and to somebody who never opened the bot', async () => {
    await fault({ transfersDisabled: true });
    expect(await failure(client.transfer(transfer))).toMatchObject({ kind: 'refused', status: 403 });
    await fault({ transfersDisabled: null });
    await app.sim('PUT', '/balance', { USDT: '1' });
    expect(await failure(client.transfer(transfer))).toMatchObject({ kind: 'refused', status: 400 });
    await app.sim('PUT', '/users/5001', { hasStarted: false });
    expect(await failure(client.transfer(transfer))).toMatchObject({ kind: 'refused', status: 400 });
    expect(await client.getTransfer('refund-1')).toBeUndefined();
  });

  it.each([
    { userId: 0 },
    { userId: 1.5 },
    { amount: '0.00' },
    { amount: '-1' },
    { amount: '1e3' },
    { spendId: '' },
    { spendId: 'x'.repeat(65) },
  ])('is not built from %j', (change) =>
    expect(() => buildTransferRequest({ userId: 5, asset: 'USDT', amount: '1', spendId: 'key', ...change })).toThrow(
      RangeError,
    ),
  );
});

describe('the app', () => {
  it('says whose token it is', async () =>
    expect(await client.getMe()).toEqual({ appId: '10500', name: 'GigaBridge', bot: 'CryptoBot' }));

  it('refuses another network’s token, without showing it', async () => {
    const error = await failure(createCryptoPayClient({ baseUrl: app.url, token: '1:SECRET' }).getMe());
    expect(error).toMatchObject({ kind: 'refused', status: 401, code: 'UNAUTHORIZED' });
    expect(inspect(error)).not.toContain('SECRET');
  });

  it('is known as suspended', async () => {
    await fault({ suspended: true });
    const error = await failure(client.createInvoice(body()));
    expect([isSuspended(error), error.kind]).toEqual([true, 'refused']);
  });

  it.each([
    [{ tooManyRequests: {} }, { kind: 'rate-limited', status: 429 }],
    [{ serverError: { status: 502 } }, { kind: 'unknown-outcome', status: 502 }],
    [{ reset: {} }, { kind: 'unknown-outcome' }],
    [{ addressNotAllowed: true }, { kind: 'refused', status: 403 }],
  ])('with %j is %j', async (switches, expected) => {
    await fault(switches);
    expect(await failure(client.getMe())).toMatchObject(expected);
  });

  it('that is silent may have done it', async () => {
    await fault({ hang: { ms: 1_000, afterCommit: true } });
    expect(await failure(hasty().createInvoice(body()))).toMatchObject({ kind: 'unknown-outcome' });
  });

  it('that is not there has done nothing', async () => {
    const nobody = createCryptoPayClient({ baseUrl: 'http://127.0.0.1:1', token: TOKEN });
    expect(await failure(nobody.createInvoice(body()))).toMatchObject({ kind: 'unreachable' });
  });

  it('names no pause that nobody can wait for', () =>
    expect(
      new GatewayError('', { service: 'cryptopay', kind: 'rate-limited', operation: 'x', retryAfterMs: 1e12 })
        .retryAfterMs,
    ).toBe(LONGEST_PAUSE_MS));
});

describe('a request', () => {
  const input = { kopecks: 100, description: 'x', payload: 'p', lifeSeconds: 60 };
  it.each([
    { kopecks: 0 },
    { lifeSeconds: 0 },
    { lifeSeconds: 1.5 },
    { lifeSeconds: 2_678_401 },
    { payload: '' },
    { payload: 'я'.repeat(2_049) },
  ])('is not built from %j', (change) =>
    expect(() => buildInvoiceRequest({ ...input, ...change })).toThrow(RangeError),
  );

  it('has a name that fits, without half an emoji, and its button with an address', async () => {
    const { description } = buildInvoiceRequest({ ...input, description: `${'x'.repeat(1_022)}😀😀` });
    expect(description).toBe(`${'x'.repeat(1_022)}…`);
    expect(
      await client.createInvoice(buildInvoiceRequest({ ...input, backUrl: 'https://t.me/shop_bot' })),
    ).toMatchObject({ amount: '1.00' });
  });
});
