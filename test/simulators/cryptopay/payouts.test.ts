import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openApp, type TestApp } from './cryptoPayClient';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => app.close());
beforeEach(async () => {
  await app.sim('POST', '/reset');
  await app.sim('PUT', '/balance', { USDT: '100' });
});

const order = { user_id: 501, asset: 'USDT', amount: '12.5', spend_id: 'refund-8f3c' };
const usdt = async () =>
  (await app.api('getBalance')).json['result'].find((row: { currency_code: string }) => row.currency_code === 'USDT')
    .available as string;

describe('transfer (Crypto Pay docs, transfer: money back is a payout)', () => {
  it('sends money once for a spend_id; a repeat is refused, and getTransfers tells what became of it', async () => {
    await app.sim('PUT', '/faults', { reset: { afterCommit: true, times: 1, path: 'transfer' } });
    await expect(app.api('transfer', order)).rejects.toThrow('fetch failed');
    expect(await app.api('transfer', order)).toMatchObject({ status: 400, json: { ok: false } });
    expect((await app.api('getTransfers', { spend_id: 'refund-8f3c' })).json['result'].items).toMatchObject([
      { transfer_id: expect.any(Number), user_id: 501, asset: 'USDT', amount: '12.5', status: 'completed' },
    ]);
    expect((await app.api('getTransfers', { spend_id: 'refund-other' })).json['result'].items).toEqual([]);
    expect(await usdt()).toBe('87.5');
  });

  it.each<[string, Record<string, unknown>]>([
    ['no spend_id', { spend_id: undefined }],
    ['a spend_id above 64', { spend_id: 'x'.repeat(65) }],
    ['a comment above 1024', { comment: 'x'.repeat(1025) }],
    ['less than about 1 USD', { amount: '0.99' }],
    ['more than about 25 000 USD', { amount: '25001' }],
    ['more than the balance has', { amount: '100.01' }],
    ['a person who never opened the bot', { user_id: 777 }],
  ])('%s is refused with 400 and moves nothing', async (_what, change) => {
    await app.sim('PUT', '/users/777', { hasStarted: false });
    expect(await app.api('transfer', { ...order, ...change })).toMatchObject({ status: 400 });
    expect(await usdt()).toBe('100');
    // A refusal has not used the spend_id up.
    expect((await app.api('transfer', order)).status).toBe(200);
  });

  it('is off until the owner switches it on in the bot: 403', async () => {
    await app.sim('PUT', '/faults', { transfersDisabled: true });
    expect((await app.api('transfer', order)).json['error']).toEqual({ code: 403, name: 'METHOD_DISABLED' });
  });
});

describe('checks (docs, createCheck): money by a link, without any key', () => {
  it('a lost answer leaves a check that getChecks finds; deleting brings the money back unless it was taken', async () => {
    await app.sim('PUT', '/faults', { serverError: { status: 502, when: 'after', times: 1 } });
    const lost = await app.api('createCheck', { asset: 'USDT', amount: '10', pin_to_user_id: 501 });
    expect(lost).toMatchObject({ status: 502, text: expect.stringContaining('<html>') });
    await app.api('createCheck', { asset: 'USDT', amount: '10' });
    expect(await usdt()).toBe('80');
    const { items } = (await app.api('getChecks', { status: 'active' })).json['result'];
    expect(items).toHaveLength(2);
    await app.sim('POST', `/checks/${items[0].check_id}/activate`);
    expect((await app.api('deleteCheck', { check_id: items[0].check_id })).status).toBe(400);
    expect((await app.api('deleteCheck', { check_id: items[1].check_id })).status).toBe(200);
    expect(await usdt()).toBe('90');
  });
});

describe('rates and currencies (docs, getExchangeRates, getCurrencies)', () => {
  const rate = async (source: string) =>
    (await app.api('getExchangeRates')).json['result'].find(
      (pair: { source: string; target: string }) => pair.source === source && pair.target === 'RUB',
    );

  it('a rate is text, may be invalid, and may be missing', async () => {
    await app.sim('PUT', '/rates', { USDT: '81.5' });
    expect(await rate('USDT')).toEqual({
      is_valid: true,
      is_crypto: true,
      is_fiat: false,
      source: 'USDT',
      target: 'RUB',
      rate: '81.5',
    });
    await app.sim('PUT', '/faults', { ratesInvalid: true, rateMissing: 'TON' });
    expect(await rate('USDT')).toMatchObject({ is_valid: false });
    expect(await rate('TON')).toBeUndefined();
    expect((await app.api('getCurrencies')).json['result']).toContainEqual(
      expect.objectContaining({ code: 'TON', is_blockchain: true, decimals: 9 }),
    );
  });
});

describe('faults and memory', () => {
  it('errors come as a page, as 429, under other names, or not at all', async () => {
    await app.sim('PUT', '/faults', { serverError: { times: 1 } });
    expect(await app.api('createInvoice')).toMatchObject({ status: 500, text: expect.stringContaining('<html>') });
    await app.sim('PUT', '/faults', { tooManyRequests: { times: 1 }, otherNames: true });
    expect((await app.api('getMe')).json['error']).toEqual({ code: 429, name: 'OTHER_NAME' });
    await app.sim('PUT', '/faults', { down: true });
    await expect(app.api('getMe')).rejects.toThrow('fetch failed');
    await expect(app.sim('PUT', '/faults', { dwon: true })).rejects.toThrow('unknown fault');
    await app.sim('PUT', '/faults', { down: null });
    expect((await app.sim('GET', '/calls')).at(-1)).toMatchObject({ path: 'getMe', status: 429, committed: false });
  });

  it('the test network has its own bot and its own asset', async () => {
    const testnet = await openApp({ network: 'testnet' });
    expect((await testnet.api('getMe')).json['result'].payment_processing_bot_username).toBe('CryptoTestnetBot');
    expect((await testnet.api('createInvoice', { asset: 'JET', amount: '1' })).status).toBe(200);
    await testnet.close();
  });

  it('a restart keeps invoices, money and what is due', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cryptopay-'));
    const state = join(folder, 'state.json');
    const first = await openApp({ state, 'webhook-url': 'http://127.0.0.1:9/' });
    const { invoice_id } = await first.newInvoice();
    await first.sim('POST', `/invoices/${invoice_id}/pay`);
    await first.close();
    const second = await openApp({ state });
    expect(await second.sim('GET', `/invoices/${invoice_id}`)).toMatchObject({ status: 'paid' });
    expect(await second.sim('GET', '/webhooks')).toMatchObject([{ state: 'waiting' }]);
    await second.close();
    await rm(folder, { recursive: true });
  });
});
