/** When something is done for a gift that nobody has claimed, what its order buys, and who may have its money back. */
import { describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';
import { settleOrder, type OrderToSettle } from '../../src/domain/order';
import { whyNotForOrder } from '../../src/domain/promo/terms';
import { judgeGiftRefund } from '../../src/domain/refund';
import { giftCountsFrom, giftSteps } from '../../src/domain/voucher/gift';
import { isClaimableBy } from '../../src/domain/voucher/voucher';

const made = new Date('2026-11-24T09:00:00Z');
const stepsAfter = (days: number) => {
  const { due, next } = giftSteps(made, made.getTime() + days * DAY_MS);
  const word = (step: typeof due) => step && (step.step === 'remind' ? `remind ${step.day}` : 'return');
  return [word(due), word(next)];
};

describe('the steps of a gift that nobody has claimed', () => {
  it.each([
    [0, undefined, 'remind 3'],
    [2.99, undefined, 'remind 3'],
    [3, 'remind 3', 'remind 14'],
    [14, 'remind 14', 'return'],
    [89.99, 'remind 14', 'return'],
    [90, 'return', undefined],
    // Nobody had looked for a year: it is returned, and nobody is reminded of it.
    [365, 'return', undefined],
  ])('after %s days: due %s, next %s', (days, due, next) => expect(stepsAfter(days)).toEqual([due, next]));
});

describe('the days of a gift that was given back', () => {
  const counted = (day: number | null): number => {
    const givenBackAt = day === null ? null : new Date(made.getTime() + day * DAY_MS);
    return (giftCountsFrom({ createdAt: made, givenBackAt }).getTime() - made.getTime()) / DAY_MS;
  };
  it.each([
    [null, 0],
    [10, 0],
    [60, 0],
    // Its giver's own on day 125: whoever had it has 30 days.
    [95, 35],
  ])('given back on day %s they count from day %s', (day, from) => expect(counted(day)).toBe(from));
});

describe('the order for a gift', () => {
  const order: OrderToSettle = {
    ...{ id: '0b9f6b3e-1d2c-4a5b-8c7d-0123456789ab', purpose: 'gift', planCode: 'month', priceKopecks: 19_900 },
    currency: 'RUB',
    ...{ promoDays: 0, days: 30, trafficGb: 100 },
  };
  const facts = { at: made, isReplaced: false, renewed: undefined, promoUseId: undefined };

  it('buys no access: what it froze waits for whoever claims it', () =>
    expect(settleOrder(order, facts)).toEqual({ outcome: 'gift' }));
  it('buys nothing when another order has replaced it', () =>
    expect(settleOrder(order, { ...facts, isReplaced: true })).toEqual({ outcome: 'refund', reason: 'replaced' }));
  it('has no days of a promo code, which nobody could be given', () =>
    expect(() => settleOrder({ ...order, promoDays: 7 }, facts)).toThrow(order.id));
});

describe('promo × gift: a code takes money off a gift', () => {
  const terms = { planCodes: null, minDays: null, renewals: true };
  const gift = { planCode: 'month', days: 30, isRenewal: false, isGift: true };
  it.each([
    ['percent', 20, undefined],
    ['fixed', 5_000, undefined],
    // What these give is for their person: a gift has no book yet, and what costs nothing is no order.
    ['days', 7, 'gift'],
    ['percent', 100, 'gift'],
    ['days-alone', 7, 'alone'],
  ] as const)('%s %s: %s', (kind, amount, why) => expect(whyNotForOrder({ ...terms, kind, amount }, gift)).toBe(why));
  it('the same codes are for an order of one’s own', () =>
    expect(whyNotForOrder({ ...terms, kind: 'days', amount: 7 }, { ...gift, isGift: false })).toBeUndefined());
});

describe('the giver’s own refund', () => {
  const rule = { withinMs: 24 * HOUR_MS, maxTraffic: 0.1 };
  const gift = { state: 'waiting', deliveredAt: made, trafficGb: 100, refundedKopecks: 0 } as const;
  const after = (hours: number) => new Date(made.getTime() + hours * HOUR_MS);
  it.each([
    ['by the shop’s rule, while nobody has claimed it', gift, rule, 23, 'allowed'],
    ['not later', gift, rule, 25, 'too-late'],
    ['not where the shop has no such rule', gift, { ...rule, withinMs: 0 }, 1, 'off'],
    ['not of what somebody has claimed', { ...gift, state: 'claimed' }, rule, 1, 'gift-claimed'],
    ['not twice', { ...gift, state: 'refunded', refundedKopecks: 19_900 }, rule, 1, 'refunded-before'],
  ] as const)('%s', (_, one, by, hours, verdict) => expect(judgeGiftRefund(by, one, after(hours))).toBe(verdict));
});

describe('who may claim a gift', () => {
  const gift = { status: 'issued', claimableUntil: null, giverId: 1, returnedAt: null } as const;
  it.each([
    ['anybody', gift, 2, true],
    ['its giver, too', gift, 1, true],
    ['its giver alone once it has gone back', { ...gift, returnedAt: made }, 1, true],
    ['nobody else then', { ...gift, returnedAt: made }, 2, false],
    ['nobody once its money goes back', { ...gift, status: 'refunded' }, 2, false],
  ] as const)('%s', (_, one, userId, may) => expect(isClaimableBy(userId, one, made)).toBe(may));
});
