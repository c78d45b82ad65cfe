import { describe, expect, it } from '@jest/globals';
import { parseNotification } from '../../../src/gateways/yookassa/webhook';
import { isYooKassaAddress, parseAddressRange } from '../../../src/gateways/yookassa/webhookIps';

const PAYMENT = '30f428d3-000f-5000-8000-1c2d3e4f5a6b';
const REFUND = '30f436f1-0015-5000-8000-0a1b2c3d4e5f';
const notification = (event: string, object: unknown) => ({ type: 'notification', event, object });

describe('a notification', () => {
  it('of a payment names it, and our own id as claimed', () => {
    expect(
      parseNotification(
        notification('payment.succeeded', {
          id: PAYMENT,
          status: 'succeeded',
          metadata: { gigabridge_payment_id: 'p-1' },
          amount: {},
        }),
      ),
    ).toEqual({
      event: 'payment.succeeded',
      kind: 'payment',
      objectId: PAYMENT,
      paymentId: PAYMENT,
      objectStatus: 'succeeded',
      metadataPaymentId: 'p-1',
    });
  });

  it('of a refund leads to the payment, not to the refund id', () => {
    expect(
      parseNotification(notification('refund.succeeded', { id: REFUND, payment_id: PAYMENT, status: 'succeeded' })),
    ).toEqual({
      event: 'refund.succeeded',
      kind: 'refund',
      objectId: REFUND,
      paymentId: PAYMENT,
      objectStatus: 'succeeded',
    });
  });

  it('of anything else is known as such, so that it can be acknowledged', () => {
    expect(parseNotification(notification('deal.closed', { id: 'dl-1' }))).toMatchObject({
      kind: 'other',
      event: 'deal.closed',
    });
    // Not a payment: its object is a saved card.
    expect(parseNotification(notification('payment_method.active', { id: PAYMENT, status: 'active' }))).toMatchObject({
      kind: 'other',
    });
  });

  it('may contradict itself; what counts is read from the API later', () => {
    expect(
      parseNotification(notification('payment.succeeded', { id: PAYMENT, status: 'waiting_for_capture' })),
    ).toMatchObject({ kind: 'payment', objectStatus: 'waiting_for_capture' });
  });

  it.each([
    ['nothing', undefined],
    ['text', 'payment.succeeded'],
    ['a list', []],
    ['an empty object', {}],
    ['no object', { type: 'notification', event: 'payment.succeeded' }],
    ['another type', { type: 'error', event: 'payment.succeeded', object: { id: PAYMENT } }],
    ['a path as id', notification('payment.succeeded', { id: '../refunds' })],
    ['an id that breaks a query', notification('payment.succeeded', { id: "x' or 1=1" })],
    ['an endless id', notification('payment.succeeded', { id: 'a'.repeat(65) })],
    ['a number as id', notification('payment.succeeded', { id: 5 })],
    ['an event that is no event', notification('payment.succeeded\nSet-Cookie', { id: PAYMENT })],
    ['a refund of no payment', notification('refund.succeeded', { id: REFUND })],
    ['a refund of a path', notification('refund.succeeded', { id: REFUND, payment_id: '../x' })],
  ])('is not made out of %s', (_what, body) => {
    expect(parseNotification(body)).toBeUndefined();
  });

  it.each([[{ gigabridge_payment_id: '../x' }], [{ gigabridge_payment_id: 7 }], ['text'], [null], [{ order: 'x' }]])(
    'with metadata %p claims no payment of ours',
    (metadata) => {
      expect(parseNotification(notification('payment.canceled', { id: PAYMENT, metadata }))).not.toHaveProperty(
        'metadataPaymentId',
      );
    },
  );
});

describe('the sender of a notification', () => {
  it.each([
    '185.71.76.0',
    '185.71.76.31',
    '185.71.77.31',
    '77.75.153.127',
    '77.75.156.11',
    '77.75.156.35',
    '77.75.154.128',
    '77.75.154.255',
    '2a02:5180::1',
    '2a02:5180:0:1509::1',
    '2A02:5180:FFFF:ffff::',
    '::ffff:185.71.76.5',
    '::ffff:b947:4c05',
  ])('%s is YooKassa', (address) => {
    expect(isYooKassaAddress(address)).toBe(true);
  });

  it.each([
    '185.71.76.32',
    '185.71.75.255',
    '77.75.153.128',
    '77.75.156.12',
    '77.75.154.127',
    '2a02:5181::1',
    '2a02:517f:ffff::',
    '::ffff:185.71.76.32',
    '127.0.0.1',
    '::1',
    '',
    'yookassa.ru',
    '185.71.76',
    '0xb9.71.76.5',
    '0185.71.76.5',
    '185.71.76.5, 1.1.1.1',
    ' 185.71.76.5',
    '185.71.76.5:443',
    '3108457477',
  ])('%p is not', (address) => {
    expect(isYooKassaAddress(address)).toBe(false);
  });

  it('follows configured ranges, and a wrong one is named', () => {
    expect(isYooKassaAddress('::ffff:127.0.0.1', ['127.0.0.1/32'])).toBe(true);
    expect(isYooKassaAddress('10.0.0.1', [])).toBe(false);
    for (const wrong of ['', '1.2.3', '1.2.3.4/33', '1.2.3.4/x', '1.2.3.4/', '::/129', '1.2.3.4/8/8', '1.2.3.4/-1'])
      expect(() => parseAddressRange(wrong)).toThrow(RangeError);
  });
});
