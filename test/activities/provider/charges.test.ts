import { describe, expect, it } from '@jest/globals';
import { keptCharge, surplusOf } from '../../../src/activities/provider/charges';
import type { PaymentStatus } from '../../../src/domain/payment';
import type { Charge } from '../../../src/providers/port';

const PRICE = 150;
const charge = (chargeId: string, change: Partial<Charge> = {}): Charge => ({
  chargeId,
  ref: 'the invoice',
  claim: { orderId: 'o-1', installationId: null },
  amount: { currency: 'RUB', minor: PRICE },
  refundedMinor: 0,
  at: null,
  receipt: 'none',
  ...change,
});
const back = { refundedMinor: PRICE };
const half = { amount: { currency: 'RUB', minor: 75 } };
const ours = (status: PaymentStatus) => ({ priceKopecks: PRICE, currency: 'RUB', status }) as const;

describe('of what was paid more than once', () => {
  it.each<[string, PaymentStatus, [Charge, ...Charge[]], kept: string, surplus: string[]]>([
    ['the first one pays, the others go back', 'issued', [charge('a'), charge('b'), charge('c')], 'a', ['b', 'c']],
    ['what has gone back does not pay', 'issued', [charge('a', back), charge('b')], 'b', []],
    ['what is not the whole price does not pay', 'paid', [charge('a', half), charge('b')], 'b', ['a']],
    [
      'other money does not pay',
      'paid',
      [charge('a', { amount: { currency: 'USD', minor: PRICE } }), charge('b')],
      'b',
      ['a'],
    ],
    ['all of it has gone back', 'issued', [charge('a', back), charge('b', back)], 'b', []],
    ['its own refund is under way', 'refunding', [charge('a'), charge('b')], 'a', ['b']],
    ['the order has ended unpaid', 'canceled', [charge('a'), charge('b')], 'a', ['a', 'b']],
    ['the order was refunded by one of them', 'refunded', [charge('a', back), charge('b')], 'b', ['b']],
    ['what an open order is paid by is not decided', 'guarding', [charge('a'), charge('b')], 'a', []],
    ['one is one', 'issued', [charge('a')], 'a', []],
  ])('%s', (_what, status, charges, kept, surplus) => {
    expect(keptCharge(charges, ours(status)).chargeId).toBe(kept);
    expect(surplusOf(charges, ours(status)).map(({ chargeId }) => chargeId)).toEqual(surplus);
  });
});
