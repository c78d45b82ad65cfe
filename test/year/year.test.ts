/** A simulated year in its short form: three weeks of sixty people. The whole one is `npm run bench -- year`. */
import { describe, expect, it } from '@jest/globals';
import { expectedOf } from './model';
import { planYear, START } from './plan';
import { runYear } from './run';
import { missingFrom } from './verdict';
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';

describe('a year in short', () => {
  it('ends with everybody told exactly what they should be, and every subscription in its right state', async () => {
    const report = await runYear({ seed: 74, users: 60, days: 20, outageDays: 3, kills: 3 });
    expect(report.differences).toEqual([]);
    // The planned kills, repeated runs and mass changes did happen.
    expect(report.kills + report.deploys).toBe(3);
    expect(report.notes).toBeGreaterThan(60);
    expect(report.proposals).toBeGreaterThan(0);
    expect(report.twice).toBeGreaterThan(0);
  }, 600_000);
});

describe('the model', () => {
  const plan = {
    ...planYear({ seed: 1, users: 0, days: 60, outageDays: 7, kills: 0 }),
    missedReminders: new Set<number>(),
  };
  const person = (acts: Parameters<typeof expectedOf>[0]['acts']) =>
    expectedOf({ id: 1, language: 'ru', timeZone: 'Europe/Moscow', utcOffset: 180, panel: 0, acts }, plan);

  it('is right about a month that is not renewed', () => {
    expect(person([{ at: START + 10 * HOUR_MS, does: 'buy', days: 30 }])).toMatchObject({
      status: 'expired',
      notes: ['3', '1', '0', 'ended'],
    });
  });

  it('is right about a day', () => {
    expect(person([{ at: START + 10 * HOUR_MS, does: 'buy', days: 1 }])).toMatchObject({ notes: ['0', 'ended'] });
  });

  it('is right about somebody who is away, comes back, and renews', () => {
    const acts = [
      { at: START + 10 * HOUR_MS, does: 'buy', days: 30 },
      { at: START + 20 * DAY_MS, does: 'block' },
      { at: START + 28 * DAY_MS + 10 * HOUR_MS, does: 'return' },
      { at: START + 29 * DAY_MS + 10 * HOUR_MS, does: 'renew', days: 7 },
    ] as const;
    expect(person(acts)).toMatchObject({
      status: 'expired',
      until: START + 37 * DAY_MS + 10 * HOUR_MS,
      notes: ['1', '3', '1', '0', 'ended'],
    });
  });
});

describe('the comparison', () => {
  it('allows what is missing, and nothing else', () => {
    expect(missingFrom(['3', '1', '0'], ['3', '0'])).toBe(1);
    expect(missingFrom(['3', '1'], ['3', '1'])).toBe(0);
    expect(missingFrom(['3', '1'], ['1', '3'])).toBeUndefined();
    expect(missingFrom(['3'], ['3', '3'])).toBeUndefined();
  });
});
