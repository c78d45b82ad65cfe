import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/domain/duration';
import {
  fitsPanels,
  isUnlimitedOver,
  limitedTo,
  sameLimits,
  sameTrafficLimit,
  type SubscriptionLimits,
} from '../../src/domain/grant';

const NOW = new Date('2026-03-10T10:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * DAY_MS);
const grant = (trafficGb: number | null, days = 30) => ({ days, trafficGb });
const limited = (trafficGb: number) => ({ trafficGb, unlimitedUntil: null, laterTrafficGb: 0 });
const unlimited = (until: Date, laterTrafficGb = 0) => ({ trafficGb: null, unlimitedUntil: until, laterTrafficGb });

describe('what panels can be told', () => {
  const until = (count: number, limits: SubscriptionLimits = limited(100)) => ({ ...limits, expiresAt: day(count) });

  it.each<[string, Parameters<typeof fitsPanels>[0], Parameters<typeof fitsPanels>[1], boolean]>([
    ['ten years', until(0), [grant(100, 3_650)], true],
    ['the most days', until(9_920), [grant(100, 30)], true],
    ['one day more', until(9_921), [grant(100, 30)], false],
    ['with what may still be paid', until(3_650), [grant(100, 3_650), grant(100, 3_650)], false],
    ['days that are over', until(-20_000), [grant(100, 3_650)], true],
    ['the most traffic', until(5, limited(499_999)), [grant(500_000)], true],
    ['a GB more', until(5, limited(500_000)), [grant(500_000)], false],
    ['traffic that waits for the end of unlimited days', until(5, unlimited(day(5), 500_000)), [grant(500_000)], false],
    ['unlimited traffic', until(5, limited(999_999)), [grant(null)], true],
  ])('%s', (_, current, renewals, expected) => expect(fitsPanels(current, renewals, NOW)).toBe(expected));
});

describe('the limits of two states', () => {
  const state = (): SubscriptionLimits => unlimited(day(5), 100);

  it('are the same when all of them are: a moment is compared, not the object', () =>
    expect(sameLimits(state(), { ...state(), unlimitedUntil: new Date(day(5)) })).toBe(true));

  it.each<[keyof SubscriptionLimits, Partial<SubscriptionLimits>]>([
    ['trafficGb', { trafficGb: 1 }],
    ['unlimitedUntil', { unlimitedUntil: day(6) }],
    ['laterTrafficGb', { laterTrafficGb: 101 }],
  ])('differ by %s', (_, change) => {
    expect(sameLimits(state(), { ...state(), ...change })).toBe(false);
    expect(sameLimits({ ...state(), ...change }, state())).toBe(false);
  });
});

describe('the end of unlimited time', () => {
  it('makes a limit that panels take', () => {
    expect(limitedTo(0)).toEqual(limited(1));
    expect(limitedTo(1_004_999)).toEqual(limited(999_999));
  });

  it.each<[string, Date | null, Date, boolean]>([
    ['before it', day(1), day(5), false],
    ['after it', day(-1), day(5), true],
    ['when the subscription ends with it', day(-1), day(-1), false],
    ['when the subscription has ended, too', day(-2), day(-1), false],
    ['of a limited one', null, day(5), false],
  ])('%s', (_, unlimitedUntil, expiresAt, expected) => {
    expect(isUnlimitedOver({ unlimitedUntil, expiresAt }, NOW)).toBe(expected);
  });
});

it('a limit that the panel rounded is the same limit', () => {
  expect(sameTrafficLimit(100, 100 - 1e-7)).toBe(true);
  expect(sameTrafficLimit(100, 99)).toBe(false);
  expect(sameTrafficLimit(null, 100)).toBe(false);
  expect(sameTrafficLimit(null, null)).toBe(true);
});
