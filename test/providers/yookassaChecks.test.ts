/** What the doctor says of a shop's receipts: its settings beside what YooKassa says of the shop. */
import { describe, expect, it } from '@jest/globals';
import { createChecks } from '../../src/providers/yookassa/checks';

const SHOP = {
  accountId: '100500',
  status: 'enabled',
  test: true,
  fiscalizationEnabled: true,
  fiscalizationProvider: 'yoo_receipt',
  paymentMethods: ['bank_card'],
};
const RECEIPTS = { fallbackEmail: 'receipts@shop.example.com', vatCode: 1, accepted: 'email' } as const;

async function problems(
  shop: Partial<typeof SHOP>,
  receipts: Parameters<typeof createChecks>[1]['receipts'] = RECEIPTS,
): Promise<string[]> {
  const client = { getMe: async () => ({ ...SHOP, ...shop }) };
  const findings = await createChecks(client, { shopId: '100500', isTestKey: true, receipts }).checks();
  return findings.filter(({ verdict }) => verdict === 'bad').map(({ what }) => what);
}

describe('receipts', () => {
  it('are all right as YooKassa makes them', async () => {
    expect(await problems({})).toEqual([]);
  });

  it('that the shop has to make and does not', async () => {
    const client = { getMe: async () => SHOP };
    const { checks } = createChecks(client, { shopId: '100500', isTestKey: true, receipts: undefined });
    expect(await checks()).toContainEqual(
      expect.objectContaining({ verdict: 'bad', what: expect.stringContaining('YOOKASSA_RECEIPT_EMAIL is not set') }),
    );
  });

  it('to a phone number, which YooKassa’s own cash desk does not send to', async () => {
    const byPhone = { ...RECEIPTS, accepted: 'email-or-phone' } as const;
    expect(await problems({}, byPhone)).toEqual([expect.stringContaining('by e-mail only')]);
    expect(await problems({ fiscalizationProvider: 'atol' }, byPhone)).toEqual([]);
  });
});
