/** Receipts as YooKassa hears of them: to the buyer's own address, and what follows when it is refused. */
import { describe, expect, it } from '@jest/globals';
import { createYooKassaPayment, type CreatePaymentDeps } from '../../src/activities/yookassa/createPayment';
import { createYooKassaClient } from '../../src/gateways/yookassa/client';
import { createInstallation } from '../../src/storage/postgres/installation';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { setFaults } from '../support/buyer';
import { promoCode, withPromo } from '../storage/postgres/promos';
import { PRICE, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const RULES = { fallbackEmail: 'receipts@shop.example.com', vatCode: 4, accepted: 'email' } as const;

function deps(change: Partial<CreatePaymentDeps> = {}): CreatePaymentDeps {
  return {
    yookassa: createYooKassaClient({
      baseUrl: `${harness.yookassaUrl}/v3`,
      shopId: '100500',
      secretKey: 'test_secret_of_the_shop',
    }),
    shopId: '100500',
    installation: createInstallation(harness.pool),
    payments: harness.payments,
    users: createUsersRepository(harness.pool),
    returnUrl: () => 'https://t.me/',
    receipt: RULES,
    cacheInvalidation: { putPaymentData: async () => undefined },
    now: () => new Date(),
    ...change,
  };
}

/** What YooKassa was told of the buyer. */
async function customerOf(paymentId: string): Promise<unknown> {
  const { rows } = await harness.pool.query('SELECT body FROM provider_requests WHERE payment_id = $1', [paymentId]);
  return rows[0].body.receipt.customer;
}

describe('the receipt of a payment', () => {
  it('goes to the address that the buyer gave', async () => {
    const buyer = await harness.buyer();
    await createUsersRepository(harness.pool).setReceiptContact(buyer.id, { email: 'ann@example.com' });
    const payment = await harness.open(buyer);
    expect(await createYooKassaPayment(deps(), payment)).toEqual({ outcome: 'created' });
    expect(await customerOf(payment.id)).toEqual({ email: 'ann@example.com' });
    const { rows } = await harness.pool.query('SELECT receipt_registration FROM payments WHERE id = $1', [payment.id]);
    expect(rows).toEqual([{ receipt_registration: 'pending' }]);
  });

  it('goes to their phone where the cash desk takes one, else to the address of the shop', async () => {
    await setFaults(harness.yookassaUrl, { receiptsByPhone: true });
    const buyer = await harness.buyer();
    await createUsersRepository(harness.pool).setReceiptContact(buyer.id, { phone: '79001234567' });
    const byMail = await harness.open(buyer);
    await createYooKassaPayment(deps(), byMail);
    expect(await customerOf(byMail.id)).toEqual({ email: 'receipts@shop.example.com' });
    await harness.payments.transitionTo(byMail.id, 'canceled', 'test');
    const byPhone = await harness.open(buyer);
    await createYooKassaPayment(deps({ receipt: { ...RULES, accepted: 'email-or-phone' } }), byPhone);
    expect(await customerOf(byPhone.id)).toEqual({ phone: '79001234567' });
  });

  it('P3: says the price that was paid with a promo code, as the order and YooKassa do', async () => {
    const terms = await promoCode(harness.pool);
    const payment = await harness.open(await harness.buyer(), withPromo(terms, PRICE));
    await createYooKassaPayment(deps(), payment);
    const { rows } = await harness.pool.query('SELECT body FROM provider_requests WHERE payment_id = $1', [payment.id]);
    expect(payment).toMatchObject({ basePriceKopecks: 29_900, discountKopecks: 6_000, priceKopecks: 23_900 });
    expect(rows[0].body).toMatchObject({
      amount: { value: '239.00' },
      receipt: { items: [{ amount: { value: '239.00' }, quantity: expect.anything() }] },
    });
    expect(await harness.atYooKassa(payment.id)).toMatchObject([{ amount: { value: '239.00' } }]);
  });

  it('goes to the address of the shop for a buyer without one', async () => {
    const payment = await harness.open(await harness.buyer());
    await createYooKassaPayment(deps(), payment);
    expect(await customerOf(payment.id)).toEqual({ email: 'receipts@shop.example.com' });
  });

  it('whose address YooKassa refuses: the order ends with that reason, and the buyer is asked anew', async () => {
    await setFaults(harness.yookassaUrl, { receiptAddressRefused: true });
    const users = createUsersRepository(harness.pool);
    const buyer = await harness.buyer();
    await users.setReceiptContact(buyer.id, { email: 'ann@example.com' });
    const payment = await harness.open(buyer);
    expect(await createYooKassaPayment(deps(), payment)).toEqual({ outcome: 'refused', reason: 'receipt-contact' });
    expect(await users.receiptContact(buyer.id)).toBeUndefined();
  });

  it('is none in a shop that makes none', async () => {
    const payment = await harness.open(await harness.buyer());
    await createYooKassaPayment(deps({ receipt: undefined }), payment);
    const { rows } = await harness.pool.query('SELECT receipt_registration FROM payments WHERE id = $1', [payment.id]);
    expect(rows).toEqual([{ receipt_registration: null }]);
  });
});
