import { describe, expect, it } from '@jest/globals';
import { invoiceSchema, listSchema, transferSchema } from '../../../src/gateways/cryptopay/answers';

// Source: Crypto Pay docs, Invoice and Transfer.
const INVOICE = {
  invoice_id: 500_001,
  hash: 'IVabc',
  currency_type: 'fiat',
  fiat: 'RUB',
  amount: '990.00',
  bot_invoice_url: 'https://t.me/CryptoBot?start=IVabc',
  status: 'active',
  created_at: '2026-11-28T10:00:00.000Z',
  a_field_of_tomorrow: {},
};
const read = (change: object) => invoiceSchema.parse({ ...INVOICE, ...change });

describe('an invoice', () => {
  it('is paid by its status alone, whatever else stands in it', () => {
    const paid = { paid_at: '2026-11-28T10:01:00.000Z', paid_asset: 'USDT', paid_amount: '15', fee_amount: 0.15 };
    expect(read({ ...paid, status: 'paid' }).paid).toMatchObject({ asset: 'USDT', amount: '15', fee: '0.15' });
    for (const status of ['active', 'expired', 'held_for_review'])
      expect(read({ ...paid, status }).paid).toBeUndefined();
    expect(read({ status: 'held_for_review' })).toMatchObject({ status: 'unknown', rawStatus: 'held_for_review' });
  });

  it.each([
    [0.015, '0.015'],
    [1e-7, '0.0000001'],
    [15, '15'],
    ['0.0150', '0.0150'],
  ])('has a fee of %s, as number or as text', (fee_amount, fee) =>
    expect(read({ status: 'paid', fee_amount }).paid?.fee).toBe(fee),
  );

  it('is paid even when what it tells of the payment can’t be read', () =>
    expect(read({ status: 'paid', paid_amount: {}, paid_at: 'now', paid_asset: '<b>' }).paid).toEqual({
      at: undefined,
      asset: undefined,
      amount: undefined,
      fiatRate: undefined,
      feeAsset: undefined,
      fee: undefined,
    }));

  it('has a button only with a web address', () => {
    expect(read({ bot_invoice_url: 'javascript:alert(1)' }).payUrl).toBeUndefined();
    expect(read({ bot_invoice_url: undefined, pay_url: 'https://t.me/CryptoBot?start=IVx' }).payUrl).toBe(
      'https://t.me/CryptoBot?start=IVx',
    );
  });

  it.each([{ amount: '1e3' }, { amount: '-1' }, { fiat: undefined }, { invoice_id: '../me' }, { status: '' }])(
    'can’t be read with %j',
    (change) => expect(() => read(change)).toThrow(),
  );
});

describe('a list', () => {
  it('survives a damaged item, and names it', () =>
    expect(listSchema(invoiceSchema, 'invoice_id').parse({ items: [INVOICE, { invoice_id: 7 }, null] })).toMatchObject({
      items: [{ id: '500001' }],
      unreadable: ['7', '?'],
    }));

  it('of transfers has what older versions leave out', () =>
    expect(
      transferSchema.parse({ transfer_id: 1, user_id: 5, asset: 'USDT', amount: '1.5', status: 'completed' }),
    ).toMatchObject({ id: '1', spendId: undefined, completedAt: undefined }));
});
