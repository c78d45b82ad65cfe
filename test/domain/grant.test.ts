import { describe, expect, it } from '@jest/globals';
import { limitsAfterRevocation, limitsOf, renewedLimits, sameTrafficLimit } from '../../src/domain/grant';

const grant = (trafficGb: number | null) => ({ days: 30, trafficGb });
const kept = (trafficGb: number | null, revokedGb = 0) => ({ ...grant(trafficGb), revokedGb });

describe('limits of a subscription', () => {
  it('are those of the plan it began with', () => {
    expect(limitsOf(grant(100))).toEqual({ trafficGb: 100 });
    expect(limitsOf(grant(null))).toEqual({ trafficGb: null });
  });

  it('add up with a limited renewal', () => {
    expect(renewedLimits({ trafficGb: 100 }, grant(50))).toEqual({ trafficGb: 150 });
  });

  it('are none after an unlimited renewal', () => {
    expect(renewedLimits({ trafficGb: 100 }, grant(null))).toEqual({ trafficGb: null });
  });
});

describe('limits after a refund', () => {
  const all = { gb: 100, everything: true };

  it('lose what the payment had brought', () => {
    expect(limitsAfterRevocation({ trafficGb: 150 }, grant(100), all, [kept(50)])).toEqual({ trafficGb: 50 });
  });

  it('are never zero: a panel takes no such limit', () => {
    expect(limitsAfterRevocation({ trafficGb: 100 }, grant(100), all, [])).toEqual({ trafficGb: 1 });
  });

  it('are what the others bought when the unlimited one is refunded', () => {
    expect(limitsAfterRevocation({ trafficGb: null }, grant(null), all, [kept(50, 10), kept(100)])).toEqual({
      trafficGb: 140,
    });
  });

  it('stay without a limit while another unlimited payment stays, or when only a part is refunded', () => {
    expect(limitsAfterRevocation({ trafficGb: null }, grant(null), all, [kept(null)])).toEqual({ trafficGb: null });
    const part = { gb: 0, everything: false };
    expect(limitsAfterRevocation({ trafficGb: null }, grant(null), part, [kept(50)])).toEqual({ trafficGb: null });
    expect(limitsAfterRevocation({ trafficGb: null }, grant(100), all, [kept(null)])).toEqual({ trafficGb: null });
  });
});

it('a limit that the panel rounded is the same limit', () => {
  expect(sameTrafficLimit(100, 100 - 1e-7)).toBe(true);
  expect(sameTrafficLimit(100, 99)).toBe(false);
  expect(sameTrafficLimit(null, 100)).toBe(false);
  expect(sameTrafficLimit(null, null)).toBe(true);
});
