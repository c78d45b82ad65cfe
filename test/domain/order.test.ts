/** What the money of an order buys, by what the order is for. */
import { describe, expect, it } from '@jest/globals';
import { settleOrder, type OrderToSettle, type SettlingFacts } from '../../src/domain/order';
import { DAY_MS } from '../../src/domain/duration';

const at = new Date('2026-11-24T09:00:00Z');
const facts: SettlingFacts = { at, isReplaced: false, renewed: undefined, promoUseId: undefined };
const order: OrderToSettle = {
  id: '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab',
  purpose: 'buy',
  planCode: 'month',
  priceKopecks: 19_900,
  currency: 'XTR',
  promoDays: 0,
  days: 30,
  trafficGb: 100,
};
const renewal: OrderToSettle = { ...order, purpose: 'renew' };
const bought = {
  source: order.id,
  at,
  ms: 30 * DAY_MS,
  trafficGb: 100,
  kopecks: 19_900,
  currency: 'XTR',
  planCode: 'month',
};

describe('an order that is paid', () => {
  it('buys a new subscription', () =>
    expect(settleOrder(order, facts)).toMatchObject({
      outcome: 'grant',
      status: 'pending',
      entries: [{ kind: 'purchase', usedGb: null, ...bought }],
    }));

  it.each([
    ['active', 'active'],
    ['pending', 'pending'],
    // Its panel has to be told that it lives again.
    ['expired', 'pending'],
  ] as const)('renews a subscription that is %s, which is %s then', (was, status) =>
    expect(settleOrder(renewal, { ...facts, renewed: { status: was, usedGb: 7 } })).toMatchObject({
      outcome: 'grant',
      status,
      entries: [{ kind: 'renewal', usedGb: 7, ...bought }],
    }),
  );

  it.each([
    [100, 0],
    [null, null],
  ])('with days of a promo code gives them as a grant of their own: of %s GiB, %s more', (trafficGb, gb) =>
    expect(settleOrder({ ...order, trafficGb, promoDays: 7 }, { ...facts, promoUseId: 'use' })).toMatchObject({
      entries: [
        { kind: 'purchase', ms: 30 * DAY_MS },
        { kind: 'promo', source: 'use', ms: 7 * DAY_MS, trafficGb: gb, kopecks: 0, currency: null, planCode: 'month' },
      ],
    }),
  );

  it('gives no days of a code that it does not hold a use of', () =>
    expect(() => settleOrder({ ...order, promoDays: 7 }, facts)).toThrow(order.id));

  it('buys nothing where the renewed subscription was revoked', () =>
    expect(settleOrder(renewal, { ...facts, renewed: { status: 'revoked', usedGb: null } })).toEqual({
      outcome: 'refund',
      reason: 'subscription-revoked',
    }));

  it.each([order, renewal])('buys nothing when another order has replaced it', (replaced) =>
    expect(settleOrder(replaced, { ...facts, isReplaced: true, renewed: { status: 'active', usedGb: null } })).toEqual({
      outcome: 'refund',
      reason: 'replaced',
    }),
  );
});
