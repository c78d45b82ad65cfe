import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openApp, TOKEN, type TestApp } from './cryptoPayClient';

// Sources: "docs" are the Crypto Pay API pages of help.send.tg (help.crypt.bot before). Names of errors are not
// documented, except in samples: only the code is relied on.

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => app.close());
beforeEach(async () => app.sim('POST', '/reset'));

const list = async (body: Record<string, unknown> = {}) => {
  const { json } = await app.api('getInvoices', body);
  return json['result'].items as Record<string, any>[];
};
const ids = async (body: Record<string, unknown> = {}) => (await list(body)).map((item) => item['invoice_id']);
const clock = (minutes: number) => app.sim('PUT', '/clock', { offsetMs: minutes * 60_000 });

describe('the envelope (docs, making requests)', () => {
  it('the token is in a header, and a wrong or missing one is 401', async () => {
    expect((await app.api('getMe')).json).toMatchObject({
      ok: true,
      result: { app_id: 10_500, payment_processing_bot_username: 'CryptoBot' },
    });
    for (const token of [null, `${TOKEN}x`])
      expect(await app.api('getMe', {}, token)).toMatchObject({
        status: 401,
        json: { ok: false, error: { code: 401, name: 'UNAUTHORIZED' } },
      });
  });

  it('the status equals the code; an unknown method is 405, a suspended app 423', async () => {
    expect((await app.api('toString')).json).toEqual({ ok: false, error: { code: 405, name: 'METHOD_NOT_FOUND' } });
    await app.sim('PUT', '/faults', { suspended: true });
    expect((await app.api('getMe')).status).toBe(423);
    await app.sim('PUT', '/faults', { suspended: null, addressNotAllowed: true });
    expect((await app.api('getMe')).status).toBe(403);
  });

  it('parameters come as a query, as a form or as JSON', async () => {
    const headers = { 'crypto-pay-api-token': TOKEN };
    const query = await fetch(`${app.url}/api/createInvoice?asset=TON&amount=1.5`, { headers });
    const form = await fetch(`${app.url}/api/createInvoice`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ asset: 'TON', amount: '1.5' }),
    });
    for (const response of [query, form])
      expect(await response.json()).toMatchObject({ ok: true, result: { currency_type: 'crypto', asset: 'TON' } });
  });
});

describe('createInvoice (docs, createInvoice)', () => {
  it('in roubles: everything given comes back, and the payer is nowhere', async () => {
    const invoice = await app.newInvoice({ accepted_assets: 'USDT,TON', description: 'Месяц' });
    expect(invoice).toMatchObject({
      invoice_id: expect.any(Number),
      hash: expect.stringMatching(/^IV/),
      currency_type: 'fiat',
      fiat: 'RUB',
      amount: '990.00',
      accepted_assets: ['USDT', 'TON'],
      payload: 'order-8f3c',
      description: 'Месяц',
      status: 'active',
      bot_invoice_url: expect.stringContaining(`start=${invoice['hash']}`),
    });
    expect(Date.parse(invoice['expiration_date']) - Date.parse(invoice['created_at'])).toBe(3_600_000);
    expect(invoice).not.toHaveProperty('paid_at');
  });

  it.each<[string, Record<string, unknown>]>([
    ['no amount', { amount: undefined }],
    ['a negative amount', { amount: '-1' }],
    ['no fiat', { fiat: undefined }],
    ['a fiat that is not taken', { fiat: 'XXX' }],
    ['an unknown accepted asset', { accepted_assets: 'USDT,DOGE' }],
    ['the test network’s asset', { accepted_assets: 'JET' }],
    ['a life of 0 s', { expires_in: 0 }],
    ['a life above 31 days', { expires_in: 2_678_401 }],
    ['a description above 1024', { description: 'x'.repeat(1025) }],
    ['a hidden message above 2048', { hidden_message: 'x'.repeat(2049) }],
    ['a payload above 4 kB', { payload: 'ж'.repeat(2049) }],
    ['a button without its address', { paid_btn_name: 'openBot' }],
    ['an unknown button', { paid_btn_name: 'buy', paid_btn_url: 'https://example.com' }],
    ['an unknown swap', { swap_to: 'USDC' }],
  ])('%s is refused with 400', async (_what, change) => {
    const body = { currency_type: 'fiat', fiat: 'RUB', amount: '990.00', ...change };
    expect(await app.api('createInvoice', body)).toMatchObject({ status: 400, json: { ok: false } });
    expect(await app.sim('GET', '/invoices')).toEqual([]);
  });

  it('there is no idempotency key: a repeat is a second invoice, and a lost answer leaves one', async () => {
    await app.newInvoice();
    await app.sim('PUT', '/faults', { reset: { afterCommit: true, times: 1, path: 'createInvoice' } });
    await expect(app.newInvoice()).rejects.toThrow('fetch failed');
    expect((await list({ status: 'active' })).map((item) => item['payload'])).toEqual(['order-8f3c', 'order-8f3c']);
  });
});

describe('getInvoices and deleteInvoice (docs)', () => {
  it('ids as a comma list; unknown ones are silently absent; offset and count page through', async () => {
    const [a, b, c] = [await app.newInvoice(), await app.newInvoice(), await app.newInvoice({ fiat: 'USD' })];
    const [idA, idB, idC] = [a, b, c].map((item) => item!['invoice_id'] as number);
    expect(await ids({ invoice_ids: `${idA},1,${idB}` })).toEqual([idB, idA]);
    expect(await ids({ fiat: 'USD' })).toEqual([idC]);
    expect(await ids({ offset: 1, count: 1 })).toEqual([idB]);
    for (const count of [0, 1001]) expect((await app.api('getInvoices', { count })).status).toBe(400);
    await app.sim('PUT', '/faults', { oldestFirst: true });
    expect(await ids()).toEqual([idA, idB, idC]);
  });

  it('a new invoice may be missing for a moment', async () => {
    await app.sim('PUT', '/faults', { newInvoiceHiddenMs: 60_000 });
    await app.newInvoice();
    expect(await ids()).toEqual([]);
    await clock(2);
    expect(await ids()).toHaveLength(1);
  });

  it('it expires by the clock, without an event; without expires_in it never does', async () => {
    const { invoice_id: mortal } = await app.newInvoice();
    const { invoice_id: immortal } = await app.newInvoice({ expires_in: undefined });
    await clock(61);
    expect(await ids({ status: 'active' })).toEqual([immortal]);
    expect(await list({ invoice_ids: `${mortal}` })).toMatchObject([{ status: 'expired' }]);
    await expect(app.sim('POST', `/invoices/${mortal}/pay`)).rejects.toThrow('409');
    expect(await app.sim('GET', '/webhooks')).toEqual([]);
    expect((await app.api('getInvoices', { status: 'expired' })).status).toBe(400);
  });

  it('only an active one can be deleted, and then it is in no list and can’t be paid', async () => {
    const { invoice_id: gone } = await app.newInvoice();
    expect((await app.api('deleteInvoice', { invoice_id: gone })).json).toEqual({ ok: true, result: true });
    expect(await ids({ invoice_ids: `${gone}` })).toEqual([]);
    await expect(app.sim('POST', `/invoices/${gone}/pay`)).rejects.toThrow('invoice is deleted');
    expect((await app.api('deleteInvoice', { invoice_id: gone })).status).toBe(400);
    const { invoice_id: paid } = await app.newInvoice();
    await app.sim('POST', `/invoices/${paid}/pay`);
    expect((await app.api('deleteInvoice', { invoice_id: paid })).status).toBe(400);
  });

  it('the payer may be faster than the one who deletes', async () => {
    const { invoice_id } = await app.newInvoice();
    await app.sim('PUT', '/faults', { paidBeforeDelete: { times: 1 } });
    expect((await app.api('deleteInvoice', { invoice_id })).status).toBe(400);
    expect(await list({ invoice_ids: `${invoice_id}` })).toMatchObject([{ status: 'paid' }]);
  });
});
