/** What the doctor says of a shop's receipts: its settings beside what YooKassa says of the shop. */
import { describe, expect, it } from '@jest/globals';
import { examineYooKassa } from '../../src/support/doctor/services';

const SHOP = {
  accountId: '100500',
  status: 'enabled',
  test: true,
  fiscalizationEnabled: true,
  fiscalizationProvider: 'yoo_receipt',
  paymentMethods: ['bank_card'],
};
const SETTINGS = {
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'test_demo_key',
  YOOKASSA_RECEIPT_EMAIL: 'receipts@shop.example.com',
  YOOKASSA_RECEIPT_CONTACT: 'email',
} as const;

async function problems(shop: Partial<typeof SHOP>, settings: object): Promise<string[]> {
  const findings = await examineYooKassa({ getMe: async () => ({ ...SHOP, ...shop }) }, { ...SETTINGS, ...settings });
  return findings.filter(({ verdict }) => verdict === 'bad').map(({ what }) => what);
}

describe('receipts', () => {
  it('are all right as YooKassa makes them', async () => {
    expect(await problems({}, {})).toEqual([]);
  });

  it('that the shop has to make and does not', async () => {
    expect(await problems({}, { YOOKASSA_RECEIPT_EMAIL: undefined })).toEqual([
      expect.stringContaining('YOOKASSA_RECEIPT_EMAIL is not set'),
    ]);
  });

  it('to a phone number, which YooKassa’s own cash desk does not send to', async () => {
    const byPhone = { YOOKASSA_RECEIPT_CONTACT: 'email-or-phone' };
    expect(await problems({}, byPhone)).toEqual([expect.stringContaining('by e-mail only')]);
    expect(await problems({ fiscalizationProvider: 'atol' }, byPhone)).toEqual([]);
  });
});
