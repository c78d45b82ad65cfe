import { describe, expect, it } from '@jest/globals';
import {
  buildPaymentRequest,
  buildRefundRequest,
  type PaymentRequestInput,
  type Receipt,
} from '../../../src/gateways/yookassa/requests';

const input: PaymentRequestInput = {
  amountKopecks: 99_000,
  description: 'VPN, 30 дней',
  returnUrl: 'https://bot.example/pay/return?o=1',
  metadata: { payment_id: 'p-1' },
};
const receipt: Receipt = {
  customer: { email: 'user@example.com' },
  items: [{ description: 'VPN', quantity: 2, amountKopecks: 49_500, vatCode: 1 }],
};

describe('a payment request', () => {
  it('asks for the money at once, on the page of YooKassa', () => {
    expect(buildPaymentRequest(input)).toEqual({
      amount: { value: '990.00', currency: 'RUB' },
      capture: true,
      confirmation: { type: 'redirect', return_url: 'https://bot.example/pay/return?o=1' },
      description: 'VPN, 30 дней',
      metadata: { payment_id: 'p-1' },
    });
  });

  it('is the same text every time, as a repeat with the same key must be', () => {
    expect(JSON.stringify(buildPaymentRequest({ ...input, receipt }))).toBe(
      JSON.stringify(buildPaymentRequest({ ...input, receipt })),
    );
  });

  it('carries a receipt whose lines make the sum to the kopeck', () => {
    expect(buildPaymentRequest({ ...input, receipt }).receipt).toEqual({
      customer: { email: 'user@example.com' },
      items: [
        {
          description: 'VPN',
          quantity: '2.00',
          amount: { value: '495.00', currency: 'RUB' },
          vat_code: 1,
          payment_subject: 'service',
          payment_mode: 'full_payment',
        },
      ],
    });
    expect(() => buildPaymentRequest({ ...input, amountKopecks: 99_001, receipt })).toThrow(
      'receipt items make 99000 kopecks',
    );
    expect(() => buildPaymentRequest({ ...input, receipt: { ...receipt, customer: {} } })).toThrow(RangeError);
  });

  it('cuts a long description instead of losing the sale, and leaves no half of an emoji', () => {
    const { description } = buildPaymentRequest({ ...input, description: `${'я'.repeat(126)}🚀🚀` });
    expect(description).toBe(`${'я'.repeat(126)}…`);
    expect(buildPaymentRequest({ ...input, description: 'я'.repeat(128) }).description).toHaveLength(128);
  });

  it.each([
    ['99 kopecks', { amountKopecks: 99 }],
    ['a broken sum', { amountKopecks: 990.5 }],
    ['a return address of 2049 characters', { returnUrl: 'x'.repeat(2049) }],
    ['17 metadata keys', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, ''])) }],
    ['a long metadata key', { metadata: { ['k'.repeat(33)]: '' } }],
    ['a long metadata value', { metadata: { k: 'v'.repeat(513) } }],
  ])('is not even built with %s', (_what, change) => {
    expect(() => buildPaymentRequest({ ...input, ...change })).toThrow(RangeError);
  });
});

describe('a refund request', () => {
  it('names the payment and the sum', () => {
    expect(
      buildRefundRequest({
        paymentId: '2f3b588d-000f-5000-8000-0a1b2c3d4e5f',
        amountKopecks: 99_000,
        description: 'Возврат',
      }),
    ).toEqual({
      payment_id: '2f3b588d-000f-5000-8000-0a1b2c3d4e5f',
      amount: { value: '990.00', currency: 'RUB' },
      description: 'Возврат',
    });
    expect(() => buildRefundRequest({ paymentId: 'x', amountKopecks: 0 })).toThrow(RangeError);
  });
});
