import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freshKey, openShop, paymentBody, RETURN_URL, type TestShop } from './simulatorClient';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(async () => shop.close());
beforeEach(async () => shop.sim('POST', '/reset'));

describe('who may call', () => {
  it.each([
    ['no credentials', undefined],
    ['another secret', `Basic ${Buffer.from('100500:test_other').toString('base64')}`],
    ['a bearer token', 'Bearer abc'],
  ])('refuses %s with 401 and an error id', async (_what, authorization) => {
    const { status, json } = await shop.api('GET', '/me', { headers: { authorization } });
    expect(status).toBe(401);
    expect(json).toMatchObject({
      type: 'error',
      code: 'invalid_credentials',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('tells the shop about itself', async () => {
    expect((await shop.api('GET', '/me')).json).toMatchObject({
      account_id: '100500',
      status: 'enabled',
      test: true,
      fiscalization: { enabled: false },
    });
  });

  it('promises no JSON for a wrong method or content type', async () => {
    const { id } = await shop.newPayment();
    for (const [answer, status] of [
      [await shop.api('GET', `/payments/${id}/cancel`), 405],
      [await shop.api('DELETE', '/payments'), 405],
      [await shop.api('POST', '/payments', { body: paymentBody(), headers: { 'content-type': 'text/plain' } }), 415],
    ] as const) {
      expect(answer.status).toBe(status);
      expect(() => JSON.parse(answer.text) as unknown).toThrow();
    }
  });
});

describe('a new payment', () => {
  it('is pending, a test, with a link that a phone can open and an id that is no UUIDv4', async () => {
    const { status, json, headers } = await shop.api('POST', '/payments', { body: paymentBody() });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
    expect(json).toMatchObject({
      status: 'pending',
      paid: false,
      refundable: false,
      test: true,
      amount: { value: '990.00', currency: 'RUB' },
      recipient: { account_id: '100500' },
      metadata: { payment_id: 'p-1' },
      confirmation: {
        type: 'redirect',
        confirmation_url: `${shop.url}/checkout/payments/v2/contract?orderId=${json['id']}`,
      },
    });
    expect(json['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(json['id']).toMatch(/^[0-9a-f]{8}-000f-5000-[89ab]000-[0-9a-f]{12}$/);
    const seconds = parseInt(String(json['id']).slice(0, 8), 16) + 946_728_000;
    expect(seconds).toBe(Math.floor(Date.parse(json['created_at']) / 1000));
    expect(json).not.toHaveProperty('payment_method');
  });

  const long = (length: number) => 'я'.repeat(length);
  it.each([
    ['an amount as a number', { amount: { value: 990, currency: 'RUB' } }, 'amount.value'],
    ['an amount without decimals', { amount: { value: '990', currency: 'RUB' } }, 'amount.value'],
    ['an amount with one decimal', { amount: { value: '990.0', currency: 'RUB' } }, 'amount.value'],
    ['an amount with a comma', { amount: { value: '990,00', currency: 'RUB' } }, 'amount.value'],
    ['a negative amount', { amount: { value: '-1.00', currency: 'RUB' } }, 'amount.value'],
    ['less than a ruble', { amount: { value: '0.99', currency: 'RUB' } }, 'amount.value'],
    ['more than a card may pay', { amount: { value: '350000.01', currency: 'RUB' } }, 'amount.value'],
    ['a foreign currency', { amount: { value: '990.00', currency: 'USD' } }, 'amount.currency'],
    ['no amount', { amount: undefined }, 'amount'],
    ['a description of 129 characters', { description: long(129) }, 'description'],
    [
      '17 metadata keys',
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
      'metadata',
    ],
    ['a metadata key of 33 characters', { metadata: { [long(33)]: 'v' } }, 'metadata'],
    ['a metadata value of 513 characters', { metadata: { key: long(513) } }, 'metadata'],
    ['a number in metadata', { metadata: { key: 5 } }, 'metadata.key'],
    ['no return address', { confirmation: { type: 'redirect' } }, 'confirmation.return_url'],
    [
      'a return address of 2049 characters',
      { confirmation: { type: 'redirect', return_url: `https://a.example/${'x'.repeat(2031)}` } },
      'confirmation.return_url',
    ],
    ['no confirmation', { confirmation: undefined }, 'confirmation.type'],
    ['two ways to pay', { payment_token: 't', payment_method_data: { type: 'bank_card' } }, 'payment_token'],
  ])('refuses %s and creates nothing', async (_what, change, parameter) => {
    const { status, json } = await shop.api('POST', '/payments', { body: paymentBody(change) });
    expect([status, json['code'], json['parameter']]).toEqual([400, 'invalid_request', parameter]);
    expect(await shop.sim('GET', '/payments')).toEqual([]);
  });

  it('accepts the limits themselves', async () => {
    await shop.newPayment({
      description: long(128),
      amount: { value: '1.00', currency: 'RUB' },
      metadata: { [long(32)]: long(512) },
    });
    await shop.newPayment({ amount: { value: '350000.00', currency: 'RUB' } });
  });

  it('is a hold unless capture is said aloud', async () => {
    const { id } = await shop.newPayment({ capture: undefined });
    const held = await shop.sim('POST', `/payments/${id}/pay`);
    expect(held).toMatchObject({
      status: 'waiting_for_capture',
      paid: true,
      refundable: false,
      expires_at: expect.any(String),
    });
  });
});

describe('the key of a payment', () => {
  it('gives the same payment again, in its status of now, without a link once it is paid', async () => {
    const key = freshKey();
    const first = await shop.newPayment({}, key);
    await shop.sim('POST', `/payments/${first['id']}/pay`);
    const again = await shop.newPayment({}, key);
    expect(again).toMatchObject({ id: first['id'], status: 'succeeded' });
    expect(again).not.toHaveProperty('confirmation');
    expect(await shop.sim('GET', '/payments')).toHaveLength(1);
  });

  it('does not mind the order of the fields, but refuses other data', async () => {
    const key = freshKey();
    const first = await shop.newPayment({}, key);
    const turned = Object.fromEntries(Object.entries(paymentBody()).reverse());
    expect((await shop.api('POST', '/payments', { body: turned, key })).json['id']).toBe(first['id']);
    const other = await shop.api('POST', '/payments', { body: paymentBody({ description: 'other' }), key });
    expect([other.status, other.json['code'], other.json['parameter']]).toEqual([
      400,
      'invalid_request',
      'Idempotence-Key',
    ]);
  });

  it('is forgotten after 24 hours: the same request is then a second payment', async () => {
    const key = freshKey();
    const first = await shop.newPayment({}, key);
    await shop.sim('PUT', '/clock', { offsetMs: 24 * 3_600_000 - 60_000 });
    expect((await shop.newPayment({}, key))['id']).toBe(first['id']);
    await shop.sim('PUT', '/clock', { offsetMs: 24 * 3_600_000 + 60_000 });
    expect((await shop.newPayment({}, key))['id']).not.toBe(first['id']);
  });

  it('may be used again after a refusal', async () => {
    const key = freshKey();
    expect(
      (await shop.api('POST', '/payments', { body: paymentBody({ description: 'я'.repeat(129) }), key })).status,
    ).toBe(400);
    expect((await shop.api('POST', '/payments', { body: paymentBody(), key })).status).toBe(200);
  });

  it.each([
    ['no key', undefined],
    ['65 characters', 'k'.repeat(65)],
    ['a space', 'a b'],
  ])('is refused: %s', async (_what, key) => {
    const answer = await shop.api('POST', '/payments', { body: paymentBody(), headers: { 'idempotence-key': key } });
    expect([answer.status, answer.json['parameter']]).toEqual([400, 'Idempotence-Key']);
  });
});

describe('the life of a payment', () => {
  const minutes = (count: number) => shop.sim('PUT', '/clock', { offsetMs: count * 60_000 });

  it('can still be paid after 59 minutes', async () => {
    const { id } = await shop.newPayment();
    await minutes(59);
    expect(await shop.sim('POST', `/payments/${id}/pay`)).toMatchObject({
      status: 'succeeded',
      paid: true,
      refundable: true,
      captured_at: expect.any(String),
    });
  });

  it('ends by itself after an hour, and is never revived', async () => {
    const { id } = await shop.newPayment();
    await minutes(61);
    const { json } = await shop.api('GET', `/payments/${id}`);
    expect(json).toMatchObject({
      status: 'canceled',
      paid: false,
      cancellation_details: { party: 'yoo_money', reason: 'expired_on_confirmation' },
    });
    expect(json).not.toHaveProperty('confirmation');
    await expect(shop.sim('POST', `/payments/${id}/pay`)).rejects.toThrow('409');
  });

  it('cannot be cancelled by the shop while it is pending', async () => {
    const { id } = await shop.newPayment();
    expect((await shop.api('POST', `/payments/${id}/cancel`, { raw: '' })).status).toBe(400);
    expect((await shop.api('GET', `/payments/${id}`)).json['status']).toBe('pending');
  });

  it('a hold is captured in part, with an empty body in full, or given back', async () => {
    const held = async () => {
      const { id } = await shop.newPayment({ capture: false });
      await shop.sim('POST', `/payments/${id}/pay`);
      return `/payments/${id}`;
    };
    const part = await shop.api('POST', `${await held()}/capture`, {
      body: { amount: { value: '100.00', currency: 'RUB' } },
    });
    expect(part.json).toMatchObject({ status: 'succeeded', amount: { value: '100.00' } });
    expect(
      (await shop.api('POST', `${await held()}/capture`, { raw: '', headers: { 'content-type': undefined } })).json[
        'status'
      ],
    ).toBe('succeeded');
    expect((await shop.api('POST', `${await held()}/cancel`, { raw: '' })).json['cancellation_details']).toEqual({
      party: 'merchant',
      reason: 'canceled_by_merchant',
    });
    expect(
      (await shop.api('POST', `${await held()}/capture`, { body: { amount: { value: '990.01', currency: 'RUB' } } }))
        .status,
    ).toBe(400);
  });

  it('a hold that nobody captures ends after its week', async () => {
    const { id } = await shop.newPayment({ capture: false });
    await shop.sim('POST', `/payments/${id}/pay`);
    await minutes(7 * 24 * 60 + 1);
    expect((await shop.api('GET', `/payments/${id}`)).json['cancellation_details']).toEqual({
      party: 'yoo_money',
      reason: 'expired_on_capture',
    });
  });

  it('an unknown id is 404 on a read and 400 on everything else, or 400 on a read as some have seen', async () => {
    const unknown = '/payments/2f3b588d-000f-5000-8000-000000000000';
    expect((await shop.api('GET', unknown)).status).toBe(404);
    expect((await shop.api('POST', `${unknown}/cancel`, { raw: '' })).status).toBe(400);
    await shop.sim('PUT', '/faults', { unknownPaymentIs400: true });
    expect((await shop.api('GET', unknown)).json).toMatchObject({ code: 'invalid_request', parameter: 'payment_id' });
  });

  it('a saved card pays later without the buyer, and without a link', async () => {
    const { id } = await shop.newPayment({ save_payment_method: true });
    const { payment_method } = await shop.sim('POST', `/payments/${id}/pay`);
    expect(payment_method).toMatchObject({ saved: true });
    const again = await shop.newPayment({ confirmation: undefined, payment_method_id: payment_method.id });
    expect(again).toMatchObject({ status: 'succeeded', paid: true });
    const both = await shop.api('POST', '/payments', { body: paymentBody({ payment_method_id: payment_method.id }) });
    expect([both.status, both.json['parameter']]).toEqual([400, 'confirmation']);
  });

  it('keeps what it was given for the buyer to come back to', async () => {
    expect((await shop.newPayment())['confirmation'].return_url).toBe(RETURN_URL);
  });
});

describe('lists', () => {
  it('go newest first, page by page, without losing or repeating a payment that arrives meanwhile', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      await shop.sim('PUT', '/clock', { offsetMs: at * 1000 });
      ids.push((await shop.newPayment())['id']);
    }
    const first = (await shop.api('GET', '/payments?limit=2')).json;
    expect(first).toMatchObject({ type: 'list', next_cursor: expect.any(String) });
    await shop.sim('PUT', '/clock', { offsetMs: 9000 });
    await shop.newPayment();
    const second = (await shop.api('GET', `/payments?limit=2&cursor=${first['next_cursor']}`)).json;
    const third = (await shop.api('GET', `/payments?limit=2&cursor=${second['next_cursor']}`)).json;
    expect([first, second, third].flatMap((page) => page['items'].map((item: { id: string }) => item.id))).toEqual(
      [...ids].reverse(),
    );
    expect(third).not.toHaveProperty('next_cursor');
  });

  it('filter by status and by date', async () => {
    const paid = await shop.newPayment();
    await shop.sim('POST', `/payments/${paid['id']}/pay`);
    await shop.sim('PUT', '/clock', { offsetMs: 600_000 });
    const later = await shop.newPayment();
    const ids = async (query: string) =>
      (await shop.api('GET', `/payments?${query}`)).json['items'].map((item: { id: string }) => item.id);
    expect(await ids('status=succeeded')).toEqual([paid['id']]);
    expect(await ids(`created_at.gt=${paid['created_at']}`)).toEqual([later['id']]);
    expect(await ids(`created_at.lte=${paid['created_at']}`)).toEqual([paid['id']]);
    expect(await ids('captured_at.gte=2000-01-01T00:00:00Z&payment_method=bank_card')).toEqual([paid['id']]);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=nonsense', 'created_at.gte=yesterday'])(
    'refuse %s',
    async (query) => {
      expect((await shop.api('GET', `/payments?${query}`)).status).toBe(400);
    },
  );
});
