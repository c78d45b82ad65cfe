import { describe, expect, it } from '@jest/globals';
import { daysLeft, extendedExpiry } from '../../src/domain/subscription';

const at = (iso: string) => new Date(iso);

describe('when a subscription ends', () => {
  it('bought now: so many days from now, to the second', () => {
    expect(extendedExpiry(at('2026-01-31T12:34:56Z'), undefined, 30)).toEqual(at('2026-03-02T12:34:56Z'));
  });
  it('prolonged before its end: no day that was paid for is lost', () => {
    expect(extendedExpiry(at('2026-01-01T00:00:00Z'), at('2026-01-20T06:00:00Z'), 30)).toEqual(
      at('2026-02-19T06:00:00Z'),
    );
  });
  it('prolonged after its end: the gap is not charged', () => {
    expect(extendedExpiry(at('2026-05-01T00:00:00Z'), at('2026-01-20T00:00:00Z'), 30)).toEqual(
      at('2026-05-31T00:00:00Z'),
    );
  });
  it('prolonged at the very moment of its end: starts now', () => {
    const end = at('2026-01-20T00:00:00Z');
    expect(extendedExpiry(end, end, 1)).toEqual(at('2026-01-21T00:00:00Z'));
  });
  it('a day is 24 hours, also in the week when clocks change somewhere', () => {
    for (const day of ['2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z']) {
      expect(extendedExpiry(at(day), undefined, 7).getTime() - at(day).getTime()).toBe(7 * 24 * 3_600_000);
    }
  });
  it('told twice with the same facts it says the same', () => {
    const now = at('2026-01-01T00:00:00Z');
    expect(extendedExpiry(now, undefined, 30)).toEqual(extendedExpiry(now, undefined, 30));
  });
});

describe('days left', () => {
  const now = at('2026-01-10T00:00:00Z');
  it.each([
    ['2026-02-09T00:00:00Z', 30],
    ['2026-01-11T00:00:00Z', 1],
    ['2026-01-11T00:00:01Z', 2],
    ['2026-01-10T00:00:01Z', 1],
    ['2026-01-10T00:00:00Z', 0],
    ['2025-12-31T00:00:00Z', 0],
  ])('until %s: %i', (until, days) => {
    expect(daysLeft(now, at(until))).toBe(days);
  });
});
