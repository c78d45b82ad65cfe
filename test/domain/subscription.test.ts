import { describe, expect, it } from '@jest/globals';
import { daysLeft, isDeliveredLate } from '../../src/domain/subscription';

const at = (iso: string) => new Date(iso);

it('a key that is there within a minute leaves the days at the money', () => {
  const paidAt = at('2026-01-10T00:00:00Z');
  expect(isDeliveredLate(paidAt, at('2026-01-10T00:01:00Z'))).toBe(false);
  expect(isDeliveredLate(paidAt, at('2026-01-10T00:01:00.001Z'))).toBe(true);
  expect(isDeliveredLate(paidAt, at('2026-01-09T00:00:00Z'))).toBe(false);
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
