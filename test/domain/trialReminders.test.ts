import { describe, expect, it } from '@jest/globals';
import { HOUR_MS } from '../../src/domain/duration';
import { dueTrialReminder, type RunningTrial } from '../../src/domain/trialReminders';

const START = new Date('2026-03-10T10:00:00Z');
const at = (hours: number) => new Date(START.getTime() + hours * HOUR_MS);
const trial = (change: Partial<RunningTrial> = {}): RunningTrial => ({
  deliveredAt: START,
  startsAt: START,
  expiresAt: at(72),
  isUnused: true,
  ...change,
});

describe('the reminders of a trial', () => {
  it.each([
    ['an hour after the key', 1, undefined],
    ['2 hours after it, when nobody has connected', 2, 'trial-not-connected'],
    ['the same evening, after an outage of ours', 12, 'trial-not-connected'],
    ['a day after it: too late for that', 24, undefined],
    ['25 hours before the end', 47, undefined],
    ['24 hours before the end', 48, 'trial-1-day'],
    ['an hour before the end, after an outage of ours', 71, 'trial-1-day'],
    ['at the end', 72, 'trial-ended'],
    ['a day after it: too late', 96, undefined],
  ] as const)('%s', (_when, hours, due) => {
    expect(dueTrialReminder(at(hours), trial())).toBe(due);
  });

  it('say nothing of connections to who has connected', () => {
    expect(dueTrialReminder(at(2), trial({ isUnused: false }))).toBeUndefined();
  });

  it('count from the key, not from the tap, where its panel was away', () => {
    const late = trial({ deliveredAt: at(10), startsAt: at(10), expiresAt: at(82) });
    expect(dueTrialReminder(at(11), late)).toBeUndefined();
    expect(dueTrialReminder(at(12), late)).toBe('trial-not-connected');
    expect(dueTrialReminder(at(57), late)).toBeUndefined();
    expect(dueTrialReminder(at(58), late)).toBe('trial-1-day');
  });

  it('of a single day tell nobody at once that it is the last one', () => {
    const short = trial({ expiresAt: at(24), isUnused: false });
    expect([1, 12, 23].map((hours) => dueTrialReminder(at(hours), short))).toEqual([undefined, undefined, undefined]);
    expect(dueTrialReminder(at(24), short)).toBe('trial-ended');
  });
});
