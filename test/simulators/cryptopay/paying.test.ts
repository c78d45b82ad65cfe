import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openApp, type TestApp } from './cryptoPayClient';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});
afterAll(async () => app.close());
beforeEach(async () => app.sim('POST', '/reset'));

describe('paying', () => {
  it('in another asset than expected, at the rate of the moment, once (docs, Invoice paid_*)', async () => {
    const { invoice_id } = await app.newInvoice({ accepted_assets: 'USDT,TON' });
    await expect(app.sim('POST', `/invoices/${invoice_id}/pay`, { asset: 'BTC' })).rejects.toThrow('400');
    const comment = 'спасибо';
    await app.sim('POST', `/invoices/${invoice_id}/pay`, { asset: 'TON', rate: '198', anonymously: true, comment });
    expect((await app.api('getInvoices', { status: 'paid' })).json['result'].items).toMatchObject([
      {
        status: 'paid',
        amount: '990.00',
        paid_asset: 'TON',
        paid_amount: '5',
        paid_fiat_rate: '198',
        fee_asset: 'TON',
        fee_amount: 0.05,
        paid_anonymously: true,
        comment,
        paid_at: expect.any(String),
      },
    ]);
    await expect(app.sim('POST', `/invoices/${invoice_id}/pay`)).rejects.toThrow('invoice is paid');
    const { result } = (await app.api('getBalance')).json;
    expect(result).toContainEqual({ currency_code: 'TON', available: '4.95', onhold: '0' });
  });

  it('a payer never pays too little: the amount is rounded up', async () => {
    const { invoice_id } = await app.newInvoice({ amount: '100' });
    const paid = await app.sim('POST', `/invoices/${invoice_id}/pay`, { asset: 'USDT', rate: '81' });
    expect(paid['paid_amount']).toBe('1.23456791');
  });

  it('the receipt may be swapped, and the swap may fail (docs, swap_to)', async () => {
    const first = await app.newInvoice({ swap_to: 'TON' });
    expect(await app.sim('POST', `/invoices/${first['invoice_id']}/pay`)).toMatchObject({
      is_swapped: true,
      swapped_to: 'TON',
    });
    await app.sim('PUT', '/faults', { swapsFail: true, feeAsText: true });
    const second = await app.newInvoice({ swap_to: 'TON' });
    expect(await app.sim('POST', `/invoices/${second['invoice_id']}/pay`)).toMatchObject({
      is_swapped: false,
      fee_amount: expect.any(String),
    });
  });

  it('on the page a payer takes one of the assets', async () => {
    const invoice = await app.newInvoice({ accepted_assets: 'USDT', hidden_message: 'Ключ в боте' });
    for (const name of ['bot_invoice_url', 'mini_app_invoice_url', 'web_app_invoice_url'])
      expect(await (await fetch(invoice[name])).text()).toContain('data-testid="pay-USDT"');
    const page = await fetch(invoice['bot_invoice_url'], {
      method: 'POST',
      body: new URLSearchParams({ asset: 'USDT' }),
    });
    expect(await page.text()).toMatch(/data-status="paid".*Ключ в боте/);
    expect((await fetch(`${app.url}/CryptoBot?start=IVnothing`)).status).toBe(404);
  });
});
