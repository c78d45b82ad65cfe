/** Receipts as YooKassa hears of them: to the buyer's own address, and what follows when it is refused. */
import { describe, expect, it } from '@jest/globals';
import { createPayment, type CreatePaymentDeps } from '../../src/activities/provider/createPayment';
import { providersOf } from '../../src/providers/registry';
import type { YooKassaOptions } from '../../src/providers/yookassa';
import { createInstallation } from '../../src/storage/postgres/installation';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { yooKassaAt } from '../providers/aProvider';
import { setFaults } from '../support/buyer';
import { promoCode, withPromo } from '../storage/postgres/promos';
import { PRICE, useActivityHarness } from './activityHarness';

const harness = useActivityHarness();
const RULES = { fallbackEmail: 'receipts@shop.example.com', vatCode: 4, accepted: 'email' } as const;

function deps(receipts: YooKassaOptions['receipts'] = RULES): CreatePaymentDeps {
  const yookassa = yooKassaAt(harness.yookassaUrl, { secretKey: 'test_secret_of_the_shop', receipts });
  return {
    providers: providersOf([yookassa]),
    installation: createInstallation(harness.pool),
    payments: harness.payments,
    users: createUsersRepository(harness.pool),
    returnUrl: () => 'https://t.me/',
    cacheInvalidation: { putPaymentData: async () => undefined },
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
    expect(await createPayment(deps(), payment)).toEqual({ outcome: 'created' });
    expect(await customerOf(payment.id)).toEqual({ email: 'ann@example.com' });
    const { rows } = await harness.pool.query('SELECT receipt_registration FROM payments WHERE id = $1', [payment.id]);
    expect(rows).toEqual([{ receipt_registration: 'pending' }]);
  });

  it('goes to their phone where the cash desk takes one, else to the address of the shop', async () => {
    await setFaults(harness.yookassaUrl, { receiptsByPhone: true });
    const buyer = await harness.buyer();
    await createUsersRepository(harness.pool).setReceiptContact(buyer.id, { phone: '79001234567' });
    const byMail = await harness.open(buyer);
    await createPayment(deps(), byMail);
    expect(await customerOf(byMail.id)).toEqual({ email: 'receipts@shop.example.com' });
    await harness.payments.transitionTo(byMail.id, 'canceled', 'test');
    const byPhone = await harness.open(buyer);
    await createPayment(deps({ ...RULES, accepted: 'email-or-phone' }), byPhone);
    expect(await customerOf(byPhone.id)).toEqual({ phone: '79001234567' });
  });

  it('P3: says the price that was paid with a promo code, as the order and YooKassa do', async () => {
    const terms = await promoCode(harness.pool);
    const payment = await harness.open(await harness.buyer(), withPromo(terms, PRICE));
    await createPayment(deps(), payment);
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
    await createPayment(deps(), payment);
    expect(await customerOf(payment.id)).toEqual({ email: 'receipts@shop.example.com' });
  });

  it('whose address YooKassa refuses: the order ends with that reason, and the buyer is asked anew', async () => {
    await setFaults(harness.yookassaUrl, { receiptAddressRefused: true });
    const users = createUsersRepository(harness.pool);
    const buyer = await harness.buyer();
    await users.setReceiptContact(buyer.id, { email: 'ann@example.com' });
    const payment = await harness.open(buyer);
    expect(await createPayment(deps(), payment)).toEqual({ outcome: 'refused', reason: 'receipt-contact' });
    expect(await users.receiptContact(buyer.id)).toBeUndefined();
  });

  it('is none in a shop that makes none', async () => {
    const payment = await harness.open(await harness.buyer());
    await harness.run('createPayment', { paymentId: payment.id });
    const { rows } = await harness.pool.query('SELECT receipt_registration FROM payments WHERE id = $1', [payment.id]);
    expect(rows).toEqual([{ receipt_registration: null }]);
  });
});
