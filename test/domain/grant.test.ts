import { describe, expect, it } from '@jest/globals';
import {
  fitsPanels,
  isUnlimitedOver,
  limitsAfterRevocation,
  limitsAfterUnlimited,
  limitsOf,
  renewedLimits,
  sameTrafficLimit,
  type SubscriptionLimits,
} from '../../src/domain/grant';

const DAY = 86_400_000;
const NOW = new Date('2026-03-10T10:00:00Z');
const day = (count: number) => new Date(NOW.getTime() + count * DAY);
const grant = (trafficGb: number | null, days = 30) => ({ days, trafficGb });
const limited = (trafficGb: number) => ({ trafficGb, unlimitedUntil: null, laterTrafficGb: 0 });
const unlimited = (until: Date, laterTrafficGb = 0) => ({ trafficGb: null, unlimitedUntil: until, laterTrafficGb });
const used = (usedGb: number | null) => ({ now: NOW, usedGb });

describe('limits of a subscription', () => {
  it('are those of the plan it began with', () => {
    expect(limitsOf(grant(100), day(30))).toEqual(limited(100));
    expect(limitsOf(grant(null), day(30))).toEqual(unlimited(day(30)));
  });

  it('add up with a limited renewal', () => {
    expect(renewedLimits(limited(100), grant(50), used(70))).toEqual(limited(150));
  });

  it('of an unlimited one stay unlimited until its days are over, then come the limits that were bought', () => {
    const renewed = renewedLimits(unlimited(day(5)), grant(50), used(700));
    expect(renewed).toEqual(unlimited(day(5), 50));
    expect(renewedLimits(renewed, grant(30), used(800))).toEqual(unlimited(day(5), 80));
  });

  it.each<[string, number | null, number]>([
    ['a part', 69.5, 31],
    ['all of it', 130, 0],
    ['nobody knows how much', null, 100],
  ])('are none at once after an unlimited renewal, for its days; of the limit was used: %s', (_, usedGb, left) => {
    expect(renewedLimits(limited(100), grant(null), used(usedGb))).toEqual(unlimited(day(30), left));
  });

  it('with one unlimited renewal after another last for the days of both', () => {
    expect(renewedLimits(unlimited(day(5), 80), grant(null), used(500))).toEqual(unlimited(day(35), 80));
    // The first one is over.
    expect(renewedLimits(unlimited(day(-5), 80), grant(null), used(500))).toEqual(unlimited(day(30), 80));
  });

  it('cannot be made unlimited for a year by one unlimited day', () => {
    const year = renewedLimits(limited(10), grant(10, 365), used(0));
    expect(renewedLimits(year, grant(null, 1), used(0)).unlimitedUntil).toEqual(day(1));
  });
});

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

describe('the end of unlimited time', () => {
  it('leaves what was bought by the GB, whatever was used before', () => {
    expect(limitsAfterUnlimited(unlimited(NOW, 50), 812.3)).toEqual(limited(863));
  });

  it('makes a limit that panels take', () => {
    expect(limitsAfterUnlimited(unlimited(NOW), 0)).toEqual(limited(1));
    expect(limitsAfterUnlimited(unlimited(NOW, 999_999), 5_000)).toEqual(limited(999_999));
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

describe('limits after a refund', () => {
  const all = { ms: 30 * DAY, gb: 100 };
  const until = (count: number, usedGb: number | null = 700.5) => ({ expiresAt: day(count), now: NOW, usedGb });

  it('lose what the payment had brought', () => {
    expect(limitsAfterRevocation(limited(150), grant(100), all, until(5))).toEqual(limited(50));
    expect(limitsAfterRevocation(unlimited(day(5), 150), grant(100), all, until(9))).toEqual(unlimited(day(5), 50));
  });

  it('are never zero: a panel takes no such limit', () => {
    expect(limitsAfterRevocation(limited(100), grant(100), all, until(5))).toEqual(limited(1));
  });

  it('of an unlimited payment lose its time, and nothing of what others bought', () => {
    expect(limitsAfterRevocation(unlimited(day(35), 80), grant(null), all, until(9))).toEqual(unlimited(day(5), 80));
  });

  it('of an unlimited payment of which nothing is left are what was bought by the GB, at once', () => {
    expect(limitsAfterRevocation(unlimited(day(20), 80), grant(null), all, until(9))).toEqual(limited(781));
    expect(limitsAfterRevocation(unlimited(day(30), 80), grant(null), all, until(9, null))).toEqual(limited(80));
  });

  it('of an unlimited payment whose time is over are what they are', () => {
    expect(limitsAfterRevocation(limited(863), grant(null), all, until(9))).toEqual(limited(863));
  });
});

it('a limit that the panel rounded is the same limit', () => {
  expect(sameTrafficLimit(100, 100 - 1e-7)).toBe(true);
  expect(sameTrafficLimit(100, 99)).toBe(false);
  expect(sameTrafficLimit(null, 100)).toBe(false);
  expect(sameTrafficLimit(null, null)).toBe(true);
});
