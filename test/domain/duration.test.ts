import { describe, expect, it } from '@jest/globals';
import { parseDuration, utcDay } from '../../src/domain/duration';

describe('a duration in the configuration', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['2d', 172_800_000],
    [' 10s ', 10_000],
    ['010s', 10_000],
    ['3650d', 3650 * 86_400_000],
  ])('%j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '10',
    's',
    '0s',
    '0ms',
    '-5m',
    '1.5h',
    '5 m',
    '5M',
    '5min',
    '10s5m',
    '1e3s',
    '٣s',
    '9999999999s',
    '3651d',
    '999999999d',
    'Infinity',
    'PT5M',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

it('a day is that of UTC, and can be read as its first moment', () => {
  expect(utcDay(new Date('2026-01-31T23:59:59.999Z'))).toBe('2026-01-31');
  expect(new Date(utcDay(new Date('2026-02-01T02:30:00+03:00')))).toEqual(new Date('2026-01-31T00:00:00Z'));
});
