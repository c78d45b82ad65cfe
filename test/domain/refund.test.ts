import { describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';
import { judgeBuyerRefund, refundable, shareOf, type BuyerRefundCase } from '../../src/domain/refund';

const month = { days: 30, trafficGb: 100, paidKopecks: 29_900 };
const NOW = new Date('2026-11-24T09:00:00Z');
const before = (ms: number) => new Date(NOW.getTime() - ms);

describe('a part refund', () => {
  it('revokes the same share of the time and the traffic, never more than that', () => {
    expect(shareOf(month, 14_950)).toEqual({ ms: 15 * DAY_MS, gb: 50 });
    expect(shareOf(month, 9_999)).toEqual({ ms: 240 * HOUR_MS, gb: 33 });
    expect(shareOf(month, 0)).toEqual({ ms: 0, gb: 0 });
    for (let kopecks = 1; kopecks < month.paidKopecks; kopecks += 37) {
      const share = kopecks / month.paidKopecks;
      const { ms, gb } = shareOf(month, kopecks);
      expect(ms).toBeLessThanOrEqual(30 * DAY_MS * share);
      expect(ms).toBeGreaterThan(30 * DAY_MS * share - HOUR_MS);
      expect(gb).toBeLessThanOrEqual(100 * share);
    }
  });

  it('in however many parts ends where one refund of the sum does: all of the money revokes all of it', () => {
    const thirds = [9_966, 19_932, 29_900].map((sum) => shareOf(month, sum));
    expect(thirds.at(-1)).toEqual({ ms: 30 * DAY_MS, gb: 100 });
    expect(shareOf({ ...month, trafficGb: null }, 29_900)).toEqual({ ms: 30 * DAY_MS, gb: 0 });
  });

  it('is never of more than is left, nor leaves less than a rouble', () => {
    expect(refundable(null, 29_900)).toEqual({ kopecks: 29_900 });
    expect(refundable(100, 29_900)).toEqual({ kopecks: 100 });
    expect(refundable(29_801, 29_900)).toEqual({ refused: 'remainder-too-small' });
    expect(refundable(29_901, 29_900)).toEqual({ refused: 'too-much' });
    expect(refundable(0, 29_900)).toEqual({ refused: 'too-much' });
    expect(refundable(null, 0)).toEqual({ refused: 'nothing-left' });
    expect(refundable(249, 250, 'XTR')).toEqual({ kopecks: 249 });
    expect(refundable(251, 250, 'XTR')).toEqual({ refused: 'too-much' });
  });
});

describe('a buyer may have their money back', () => {
  const rule = { withinMs: 24 * HOUR_MS, maxTraffic: 0.1 };
  const fresh: BuyerRefundCase = { deliveredAt: before(HOUR_MS), trafficGb: 100, usedGb: 1, refundedKopecks: 0 };

  it.each<[string, Partial<BuyerRefundCase>, string]>([
    ['soon and hardly used', {}, 'allowed'],
    ['at the last moment', { deliveredAt: before(24 * HOUR_MS) }, 'allowed'],
    ['a moment later', { deliveredAt: before(24 * HOUR_MS + 1) }, 'too-late'],
    ['at exactly the share', { usedGb: 10 }, 'allowed'],
    ['above it', { usedGb: 10.01 }, 'used'],
    ['unlimited, hardly used', { trafficGb: null, usedGb: 10 }, 'allowed'],
    ['unlimited, used', { trafficGb: null, usedGb: 11 }, 'used'],
    ['when nobody knows what was used', { usedGb: null }, 'usage-unknown'],
    ['once', { refundedKopecks: 100 }, 'refunded-before'],
  ])('%s', (_name, change, verdict) => expect(judgeBuyerRefund(rule, { ...fresh, ...change }, NOW)).toBe(verdict));

  it('only in a shop that allows it', () => expect(judgeBuyerRefund({ ...rule, withinMs: 0 }, fresh, NOW)).toBe('off'));
});
