import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freshKey, openShop, paymentBody, type TestShop } from './simulatorClient';

let shop: TestShop;
let paymentId: string;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => shop.close());
beforeEach(async () => {
  await shop.sim('POST', '/reset');
  paymentId = (await shop.newPayment())['id'];
  await shop.sim('POST', `/payments/${paymentId}/pay`);
});

const refund = (value: string, key = freshKey(), id = paymentId) =>
  shop.api('POST', '/refunds', { key, body: { payment_id: id, amount: { value, currency: 'RUB' } } });
const payment = async () => (await shop.api('GET', `/payments/${paymentId}`)).json;

describe('money back', () => {
  it('goes back in parts, and the payment says how much', async () => {
    expect((await refund('100.00')).json).toMatchObject({
      status: 'succeeded',
      payment_id: paymentId,
      id: expect.stringMatching(/-0015-/),
    });
    expect(await payment()).toMatchObject({
      status: 'succeeded',
      refunded_amount: { value: '100.00' },
      refundable: true,
    });
    expect((await refund('890.00')).status).toBe(200);
    expect(await payment()).toMatchObject({
      refunded_amount: { value: '990.00' },
      refundable: false,
      status: 'succeeded',
    });
    expect((await refund('1.00')).json['description']).toBe('Payment is already completely refunded');
  });

  it('is never more than was paid, refunds still under way included', async () => {
    expect((await refund('990.01')).status).toBe(400);
    await shop.sim('PUT', '/faults', { refundsPending: true });
    expect((await refund('900.00')).json['status']).toBe('pending');
    expect((await refund('500.00')).json['description']).toBe('Refund sum exceeded');
  });

  it('leaves a ruble or nothing', async () => {
    expect((await refund('989.50')).status).toBe(400);
    expect((await refund('989.00')).status).toBe(200);
  });

  it('with the same key goes back once', async () => {
    const key = freshKey();
    const first = await refund('100.00', key);
    expect((await refund('100.00', key)).json['id']).toBe(first.json['id']);
    expect((await payment())['refunded_amount'].value).toBe('100.00');
    expect((await refund('200.00', key)).json['parameter']).toBe('Idempotence-Key');
  });

  it('is refused for a payment that is pending, unknown or canceled, with 400', async () => {
    const pending = (await shop.newPayment())['id'];
    expect((await refund('1.00', freshKey(), pending)).json).toMatchObject({
      code: 'invalid_request',
      parameter: 'payment_id',
    });
    await shop.sim('POST', `/payments/${pending}/expire`);
    expect((await refund('1.00', freshKey(), pending)).status).toBe(400);
    expect((await refund('1.00', freshKey(), '2f3b588d-000f-5000-8000-000000000000')).status).toBe(400);
  });

  it('may wait and then fail; the payment stays refundable', async () => {
    await shop.sim('PUT', '/faults', { refundsPending: true });
    const { id } = (await refund('990.00')).json;
    expect(await payment()).not.toHaveProperty('refunded_amount');
    await shop.sim('POST', `/refunds/${id}/settle`, { canceledBecause: 'insufficient_funds' });
    expect((await shop.api('GET', `/refunds/${id}`)).json).toMatchObject({
      status: 'canceled',
      cancellation_details: { party: 'yoo_money', reason: 'insufficient_funds' },
    });
    expect((await payment())['refundable']).toBe(true);
  });

  it('waiting refunds end when the switch is turned off', async () => {
    await shop.sim('PUT', '/faults', { refundsPending: true });
    const { id } = (await refund('990.00')).json;
    await shop.sim('PUT', '/faults', { refundsPending: false });
    expect((await shop.api('GET', `/refunds/${id}`)).json['status']).toBe('succeeded');
  });

  it('is listed by payment', async () => {
    await refund('100.00');
    const other = (await shop.newPayment())['id'];
    await shop.sim('POST', `/payments/${other}/pay`);
    await shop.sim('POST', '/refunds', { paymentId: other });
    const { items } = (await shop.api('GET', `/refunds?payment_id=${other}&status=succeeded`)).json;
    expect(items).toMatchObject([{ payment_id: other, amount: { value: '990.00' } }]);
  });
});

describe('a shop with fiscalization', () => {
  const item = {
    description: 'Подписка 30 дней',
    quantity: '2.00',
    amount: { value: '495.00', currency: 'RUB' },
    vat_code: 1,
    payment_mode: 'full_payment',
    payment_subject: 'service',
  };
  const receipt = (change: Record<string, unknown> = {}, changeItem: Record<string, unknown> = {}) => ({
    customer: { email: 'user@example.com' },
    items: [{ ...item, ...changeItem }],
    ...change,
  });
  beforeEach(async () => shop.sim('PUT', '/faults', { receiptRequired: true }));

  it.each([
    ['no receipt', undefined],
    ['no e-mail', receipt({ customer: { phone: '79000000000' } })],
    ['a sum one kopeck off', receipt({}, { quantity: '1.00', amount: { value: '989.99', currency: 'RUB' } })],
    ['VAT 13', receipt({}, { vat_code: 13 })],
    ['VAT as text', receipt({}, { vat_code: '1' })],
    ['no items', receipt({ items: [] })],
    ['an item without a name', receipt({}, { description: '' })],
    ['an unknown tax system', receipt({ tax_system_code: 7 })],
  ])('refuses a payment with %s', async (_what, given) => {
    const { status, json } = await shop.api('POST', '/payments', { body: paymentBody({ receipt: given }) });
    expect([status, json['code'], json['parameter']]).toEqual([400, 'invalid_request', 'receipt']);
  });

  it('registers the receipt once the money is there, and says so itself', async () => {
    expect((await shop.api('GET', '/me')).json['fiscalization']).toEqual({ enabled: true, provider: 'yoo_receipt' });
    const created = await shop.newPayment({ receipt: receipt() });
    expect(created['receipt_registration']).toBe('pending');
    expect(await shop.sim('POST', `/payments/${created['id']}/pay`)).toMatchObject({
      receipt_registration: 'succeeded',
    });
  });

  it('may lose a receipt although the money is paid', async () => {
    await shop.sim('PUT', '/faults', { receiptsCanceled: true });
    const { id } = await shop.newPayment({ receipt: receipt() });
    expect(await shop.sim('POST', `/payments/${id}/pay`)).toMatchObject({
      status: 'succeeded',
      paid: true,
      receipt_registration: 'canceled',
    });
  });

  it('lists the receipts that came with a payment and with its refunds', async () => {
    const { id } = await shop.newPayment({ receipt: receipt() });
    const of = async (query: string) => (await shop.api('GET', `/receipts?${query}`)).json['items'];
    expect(await of(`payment_id=${id}`)).toMatchObject([
      { id: expect.stringMatching(/^rt-.{36}$/), type: 'payment', status: 'pending', items: [item] },
    ]);
    await shop.sim('POST', `/payments/${id}/pay`);
    expect(await of(`payment_id=${id}`)).toMatchObject([
      { status: 'succeeded', registered_at: expect.stringMatching(/\+03:00$/) },
    ]);
    const refund = await shop.api('POST', '/refunds', {
      body: { payment_id: id, amount: { value: '990.00', currency: 'RUB' } },
    });
    expect(await of(`refund_id=${refund.json['id']}`)).toMatchObject([{ type: 'refund', status: 'succeeded' }]);
    // Personal: what a receipt was sent to is not shown.
    expect(JSON.stringify(await of(''))).not.toContain('user@example.com');
  });

  it('may take its time with a receipt, and ends it later', async () => {
    await shop.sim('PUT', '/faults', { receiptsPending: true });
    const { id } = await shop.newPayment({ receipt: receipt() });
    expect(await shop.sim('POST', `/payments/${id}/pay`)).toMatchObject({
      status: 'succeeded',
      receipt_registration: 'pending',
    });
    await shop.sim('PUT', '/faults', { receiptsPending: false, receiptsCanceled: true });
    expect((await shop.api('GET', `/payments/${id}`)).json['receipt_registration']).toBe('canceled');
    expect((await shop.api('GET', `/receipts?payment_id=${id}`)).json['items']).toMatchObject([{ status: 'canceled' }]);
  });

  it('names the address that is wrong, and takes a phone where the cash desk is another', async () => {
    const create = async (customer: Record<string, unknown>) =>
      (await shop.api('POST', '/payments', { body: paymentBody({ receipt: receipt({ customer }) }) })).json;
    expect((await create({ email: 'nobody' }))['parameter']).toBe('receipt.customer.email');
    await shop.sim('PUT', '/faults', { receiptsByPhone: true });
    expect((await create({ phone: '79000000000' }))['status']).toBe('pending');
    expect((await create({ phone: '8 900' }))['parameter']).toBe('receipt.customer.phone');
  });

  it('takes a receipt of its own for a payment', async () => {
    const body = {
      type: 'payment',
      payment_id: paymentId,
      ...receipt(),
      send: true,
      settlements: [{ type: 'cashless', amount: { value: '990.00', currency: 'RUB' } }],
    };
    const { json } = await shop.api('POST', '/receipts', { body });
    expect(json).toMatchObject({ id: expect.stringMatching(/^rt-.{36}$/), status: 'succeeded', payment_id: paymentId });
    expect(json['registered_at']).toMatch(/\+03:00$/);
    expect((await shop.api('GET', `/receipts?payment_id=${paymentId}`)).json['items']).toHaveLength(1);
  });
});
