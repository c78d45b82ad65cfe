import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createYooKassa, type YooKassaOptions } from '../../src/providers/yookassa';
import { createYooKassaWebhook } from '../../src/providers/yookassa/webhook';
import { openShop, type TestShop } from '../simulators/yookassa/simulatorClient';
import { providerContract, type StandIn } from './contract';

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;
const FAULTS = {
  'answer-lost': { reset: { afterCommit: true, times: 1, method: 'POST' } },
  away: { down: true },
  'busy-for-years': { tooManyRequests: { retryAfterMs: TEN_YEARS_MS, times: 1 } },
} as const;

const optionsOf = (apiUrl: string, change: Partial<YooKassaOptions> = {}): YooKassaOptions => ({
  baseUrl: apiUrl,
  shopId: '100500',
  secretKey: 'test_demo',
  isTestKey: true,
  receipts: { fallbackEmail: 'receipts@shop.example', vatCode: 1, accepted: 'email' },
  now: () => new Date(),
  timeouts: { postMs: 5_000, getMs: 5_000 },
  ...change,
});

/** Passes everything on, and names dollars wherever the shop says roubles. */
async function inDollars(apiUrl: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    void fetch(`${apiUrl}${request.url}`, { headers: { authorization: request.headers.authorization ?? '' } })
      .then((answer) => answer.text())
      .then((text) => response.end(text.replaceAll('"RUB"', '"USD"')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function openStandIn(): Promise<StandIn> {
  const shop = await openShop();
  const { sim } = shop;
  const dollars = await inDollars(shop.apiUrl);
  const notified = (event: string, object: unknown) => ({
    raw: Buffer.from(JSON.stringify({ type: 'notification', event, object })),
    headers: {},
  });
  return {
    provider: createYooKassa(optionsOf(shop.apiUrl)),
    withWrongKey: createYooKassa(optionsOf(shop.apiUrl, { secretKey: 'test_WRONG-KEY' })),
    nobody: createYooKassa(optionsOf('http://127.0.0.1:9/v3')),
    inOtherCurrency: createYooKassa(optionsOf(dollars.url)),
    webhook: createYooKassaWebhook(['127.0.0.1']),
    price: { currency: 'RUB', minor: 99_000 },
    pay: ({ ref }) => sim('POST', `/payments/${ref}/pay`),
    expire: ({ ref }) => sim('POST', `/payments/${ref}/expire`),
    refundOutside: ({ ref }, minor) => sim('POST', '/refunds', { paymentId: ref, amount: `${minor / 100}.00` }),
    async slowRefunds() {
      await sim('PUT', '/faults', { refundsPending: true });
      return {
        async settle(canceledBecause) {
          const [newest] = (await sim('GET', '/refunds')) as { id: string }[];
          await sim('POST', `/refunds/${newest!.id}/settle`, { canceledBecause });
        },
      };
    },
    fault: (what) => sim('PUT', '/faults', FAULTS[what]),
    payments: async () => ((await sim('GET', '/payments')) as unknown[]).length,
    notification: async ({ ref }) => notified('payment.succeeded', await sim('GET', `/payments/${ref}`)),
    odd: () => notified('deal.closed', { id: 'dl-2a4b' }),
    reset: () => sim('POST', '/reset'),
    async close() {
      dollars.server.close();
      dollars.server.closeAllConnections();
      await shop.close();
    },
  };
}

providerContract('YooKassa', openStandIn);

describe('what is YooKassa’s own', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.close());

  const request = (orderId: string, provider: ReturnType<typeof createYooKassa>) => ({
    key: `payment-${orderId}.create`,
    orderId,
    firstSentAt: new Date(),
    body: provider.paymentRequest({
      orderId,
      installationId: 'i-1',
      price: { currency: 'RUB', minor: 19_900 },
      payerId: 501,
      title: 'VPN',
      returnUrl: 'https://bot.example/pay/return',
    }),
  });

  it('an address that the cash desk does not take is told apart from an order that is refused', async () => {
    const provider = createYooKassa(optionsOf(shop.apiUrl));
    await shop.sim('PUT', '/faults', { receiptRequired: true, receiptAddressRefused: true });
    expect(await provider.create(request('o-1', provider))).toMatchObject({
      outcome: 'refused',
      why: 'contact',
      said: { parameter: 'receipt.customer.email' },
    });
    await shop.sim('PUT', '/faults', { receiptAddressRefused: null });
    const withoutReceipts = createYooKassa(optionsOf(shop.apiUrl, { receipts: undefined }));
    expect(await withoutReceipts.create(request('o-2', withoutReceipts))).toMatchObject({
      outcome: 'refused',
      why: 'order',
      said: { status: 400, code: 'invalid_request', parameter: 'receipt' },
    });
  });

  it('what was never made and whose key is forgotten is lost, not made', async () => {
    const provider = createYooKassa(optionsOf(shop.apiUrl));
    const old = { ...request('o-3', provider), firstSentAt: new Date(Date.now() - 24 * 3_600_000) };
    expect(await provider.create(old)).toMatchObject({ outcome: 'refused', why: 'lost' });
  });
});
