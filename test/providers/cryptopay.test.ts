import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { webhookKey } from '../../src/gateways/cryptopay/webhook';
import { createCryptoPay, type CryptoPayOptions } from '../../src/providers/cryptopay';
import { createCryptoPayWebhook } from '../../src/providers/cryptopay/webhook';
import type { Created, Order, StoredRefundRequest } from '../../src/providers/port';
import { openApp, openWebhookTarget, TOKEN, type TestApp } from '../simulators/cryptopay/cryptoPayClient';
import { waitUntil } from '../support/wait';
import { providerContract, type StandIn } from './contract';

const FAULTS = {
  'answer-lost': { reset: { afterCommit: true, times: 1, path: 'createInvoice' } },
  away: { down: true },
  'busy-for-years': { tooManyRequests: { times: 1 } },
} as const;
/** Of refunds, which are another call. */
const LOST_TRANSFER = { reset: { afterCommit: true, times: 1, path: 'transfer', method: 'POST' } };
const BALANCE = { USDT: '1000000' };

const optionsOf = (baseUrl: string, change: Partial<CryptoPayOptions> = {}): CryptoPayOptions => ({
  baseUrl,
  token: TOKEN,
  now: () => new Date(),
  timeouts: { writeMs: 5_000, readMs: 5_000 },
  pageSize: 40,
  lookAgainMs: 20,
  ...change,
});

/** Passes everything on, and names dollars wherever the shop says roubles. */
async function inDollars(url: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void fetch(`${url}${request.url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'crypto-pay-api-token': TOKEN },
        body: Buffer.concat(chunks),
      })
        .then((answer) => answer.text())
        .then((text) => response.end(text.replaceAll('"RUB"', '"USD"')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function openStandIn(): Promise<StandIn> {
  const shop = await openWebhookTarget();
  const app = await openApp({ 'webhook-url': shop.url });
  const { sim } = app;
  const dollars = await inDollars(app.url);
  const lastUpdate = async () => {
    await waitUntil(() => shop.received.length > 0, { what: 'an update' });
    const { raw, signature } = shop.received.at(-1)!;
    return { raw: Buffer.from(raw), headers: { 'crypto-pay-api-signature': signature } };
  };
  const signed = async (body: object) => {
    shop.received.length = 0;
    await sim('POST', '/webhooks', { body });
    return lastUpdate();
  };
  const odd = await signed({ update_id: 7, update_type: 'check_activated', payload: {} });
  return {
    provider: createCryptoPay(optionsOf(app.url)),
    withWrongKey: createCryptoPay(optionsOf(app.url, { token: '10500:WRONG-KEY-of-somebody' })),
    nobody: createCryptoPay(optionsOf('http://127.0.0.1:9')),
    inOtherCurrency: createCryptoPay(optionsOf(dollars.url)),
    webhook: createCryptoPayWebhook(webhookKey(TOKEN)),
    price: { currency: 'RUB', minor: 99_000 },
    pay: ({ ref }) => sim('POST', `/invoices/${ref}/pay`, { asset: 'USDT', rate: '66' }),
    expire: ({ ref }) => sim('POST', `/invoices/${ref}/expire`),
    fault: async (what) => {
      await sim('PUT', '/faults', FAULTS[what]);
      // A lost answer is that of the next call with an effect, whichever it is.
      const hasInvoices = ((await sim('GET', '/invoices')) as { status: string }[]).some(
        (one) => one.status === 'paid',
      );
      if (what === 'answer-lost' && hasInvoices) await sim('PUT', '/faults', LOST_TRANSFER);
    },
    payments: async () => ((await sim('GET', '/invoices')) as unknown[]).length,
    notification: () => lastUpdate(),
    forged: ({ ref }) => ({
      raw: Buffer.from(JSON.stringify({ update_type: 'invoice_paid', payload: { invoice_id: Number(ref) } })),
      headers: { 'crypto-pay-api-signature': '0'.repeat(64) },
    }),
    odd: () => odd,
    async reset() {
      await sim('POST', '/reset');
      await sim('PUT', '/balance', BALANCE);
      shop.received.length = 0;
    },
    async close() {
      dollars.server.close();
      dollars.server.closeAllConnections();
      await app.close();
      await shop.close();
    },
  };
}

providerContract('Crypto Pay', openStandIn);

describe('what is Crypto Pay’s own', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openApp();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    await app.sim('POST', '/reset');
    await app.sim('PUT', '/balance', BALANCE);
  });

  const order = (change: Partial<Order> = {}): Order => ({
    orderId: 'o-1',
    installationId: 'i-1',
    price: { currency: 'RUB', minor: 99_000 },
    payerId: 501,
    title: 'VPN',
    returnUrl: 'https://bot.example/pay/return',
    ...change,
  });
  const provider = (change: Partial<CryptoPayOptions> = {}) => createCryptoPay(optionsOf(app.url, change));
  const request = (of = order()) => ({
    key: `payment-${of.orderId}.create`,
    orderId: of.orderId,
    firstSentAt: new Date(),
    body: provider().paymentRequest(of),
  });
  const made = async (of = order(), by = provider()): Promise<Created> => {
    const created = await by.create(request(of));
    if (created.outcome !== 'created') throw new Error(JSON.stringify(created));
    return created;
  };
  const pay = (ref: string, how: object = { asset: 'USDT', rate: '66' }) =>
    app.sim('POST', `/invoices/${ref}/pay`, how);
  const refundOf = (ref: string, minor: number, attempt = 1): StoredRefundRequest => ({
    key: `payment-o-1.refund-${attempt}`,
    orderId: 'o-1',
    ref,
    attempt,
    firstSentAt: new Date(),
    body: provider().refundRequest({
      ...order(),
      attempt,
      ref,
      amount: { currency: 'RUB', minor },
      description: 'Refund of 1 month',
    }),
  });
  const calls = async (path: string) =>
    ((await app.sim('GET', '/calls')) as { path: string }[]).filter((call) => call.path === path).length;

  it('an invoice ends by itself: nobody pays it a month later', async () => {
    const { ref } = await made();
    const invoice = await app.sim('GET', `/invoices/${ref}`);
    expect(Date.parse(invoice.expiration_date) - Date.parse(invoice.created_at)).toBe(3_600_000);
  });

  it('after a lost answer the lists are read until the invoice is in them', async () => {
    const shop = provider({ lookAgainMs: 200 });
    await app.sim('PUT', '/faults', {
      reset: { afterCommit: true, times: 1, path: 'createInvoice' },
      newInvoiceHiddenMs: 300,
    });
    await expect(shop.create(request())).rejects.toMatchObject({ kind: 'unknown-outcome' });
    expect(await shop.create(request())).toMatchObject({ outcome: 'created' });
    expect(await app.sim('GET', '/invoices')).toHaveLength(1);
  });

  it('the order of lists decides nothing', async () => {
    const first = await made();
    for (let count = 0; count < 3; count += 1) await made(order({ orderId: `other-${count}` }));
    for (const oldestFirst of [true, null]) {
      await app.sim('PUT', '/faults', { oldestFirst });
      expect((await made()).ref).toBe(first.ref);
    }
  });

  it('an invoice of another installation, or of another program, claims no order of ours', async () => {
    const { ref } = await made(order({ installationId: 'another' }));
    expect((await made()).ref).not.toBe(ref);
    const foreign = await app.newInvoice({ payload: 'order-8f3c' });
    await pay(foreign.invoice_id);
    expect(await provider().check(String(foreign.invoice_id))).toMatchObject({
      state: 'paid',
      charges: [{ claim: { orderId: null, installationId: null } }],
    });
  });

  it('what many ask in the same moment is one call', async () => {
    const shop = provider();
    const refs = await Promise.all(
      Array.from({ length: 30 }, async (_none, index) => (await made(order({ orderId: `o-${index}` }))).ref),
    );
    const before = await calls('getInvoices');
    const states = await Promise.all([...refs, ...refs].map((ref) => shop.check(ref)));
    expect(states).toEqual(Array(60).fill({ state: 'open' }));
    expect((await calls('getInvoices')) - before).toBeLessThanOrEqual(2);
  });

  it('one who stops waiting does not stop the others', async () => {
    const shop = provider();
    const { ref } = await made();
    await app.sim('PUT', '/faults', { latencyMs: 100 });
    const stopped = new AbortController();
    const waits = shop.check(ref, stopped.signal);
    const other = shop.check(ref);
    stopped.abort();
    await expect(waits).rejects.toThrow();
    expect(await other).toEqual({ state: 'open' });
  });

  it('what goes back is what was paid, in its asset, to whoever ordered', async () => {
    const { ref } = await made();
    await pay(ref, { asset: 'TON', rate: '200' });
    await app.sim('PUT', '/balance', { TON: '10' });
    expect(await provider().refund(refundOf(ref, 99_000))).toMatchObject({ outcome: 'shown', status: 'succeeded' });
    expect(await app.sim('GET', '/transfers')).toMatchObject([{ user_id: 501, asset: 'TON', amount: '4.95' }]);
  });

  it('a part is known to the kopeck, although bitcoins are coarser', async () => {
    const { ref } = await made();
    await pay(ref, { asset: 'BTC', rate: '9000000' });
    await app.sim('PUT', '/balance', { BTC: '1' });
    await provider().refund(refundOf(ref, 33_333));
    expect(await provider().refundsOf(ref)).toMatchObject([{ amount: { currency: 'RUB', minor: 33_333 } }]);
  });

  it.each([
    ['transfers are off', { transfersDisabled: true }, BALANCE, 'credentials'],
    ['the balance is empty', {}, { USDT: '0' }, 'order'],
    ['they are called by other names', { otherNames: true }, { USDT: '0' }, 'order'],
  ])('what can’t go back is a refusal, for a person to look at: %s', async (_name, faults, balance, why) => {
    const { ref } = await made();
    await pay(ref);
    await app.sim('PUT', '/faults', faults);
    await app.sim('PUT', '/balance', balance);
    expect(await provider().refund(refundOf(ref, 99_000))).toMatchObject({ outcome: 'refused', why });
    expect(await provider().refundsOf(ref)).toEqual([]);
  });

  it('nothing goes back of what was not paid', async () => {
    const { ref } = await made();
    expect(await provider().refund(refundOf(ref, 99_000))).toMatchObject({ outcome: 'refused', why: 'order' });
    expect(await app.sim('GET', '/transfers')).toEqual([]);
  });

  it('money that comes while an invoice is being ended is seen', async () => {
    const { ref } = await made();
    await app.sim('PUT', '/faults', { paidBeforeDelete: {} });
    expect(await provider().close?.(ref)).toBe('paid');
  });

  it('the doctor is told of test money and of an empty balance', async () => {
    const testnet = await openApp({ network: 'testnet' });
    try {
      const checks = await createCryptoPay(optionsOf(testnet.url)).checks();
      expect(checks.map(({ verdict }) => verdict)).toEqual(['good', 'warning']);
      expect(checks[0]!.what).toContain('test money');
    } finally {
      await testnet.close();
    }
  });
});
