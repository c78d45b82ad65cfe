import { describe, expect, it } from '@jest/globals';
import { panelLimits, panelPeriod } from '../../../src/gateways/hiddify/state';
import { month, startPanel, VERSIONS } from './panel';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = [-12, -9.5, -5, 0, 3, 5.75, 14];

/** The first moment at which a panel at UTC+offset no longer counts the account as active. */
function panelEnd(period: { startDate: string; packageDays: number }, offset: number): number {
  return Date.parse(`${period.startDate}T00:00:00Z`) + (period.packageDays + 1) * DAY - offset * HOUR;
}

describe('panelPeriod', () => {
  it('counts calendar days and adds one', () => {
    expect(
      panelPeriod({ startsAt: new Date('2026-11-01T12:00:00Z'), expiresAt: new Date('2026-12-01T12:00:00Z') }),
    ).toEqual({
      startDate: '2026-11-01',
      packageDays: 31,
    });
  });

  it('an end at midnight belongs to the day before', () => {
    expect(
      panelPeriod({ startsAt: new Date('2026-11-01T00:00:00Z'), expiresAt: new Date('2026-12-01T00:00:00Z') }),
    ).toEqual({
      startDate: '2026-11-01',
      packageDays: 30,
    });
    expect(
      panelPeriod({ startsAt: new Date('2026-11-01T00:00:00Z'), expiresAt: new Date('2026-12-01T00:00:00.001Z') }),
    ).toEqual({
      startDate: '2026-11-01',
      packageDays: 31,
    });
  });

  it('nobody loses paid time in any time zone, and no panel gives more than two and a half days', () => {
    const starts = [
      '2026-11-01T00:00:00.000Z',
      '2026-11-01T10:00:00.001Z',
      '2026-11-01T23:59:59.999Z',
      '2028-02-28T13:00:00Z',
      '2026-12-31T23:30:00Z',
      '2027-03-28T00:59:59Z',
    ];
    const lengths = [
      1,
      30 * 60_000,
      HOUR,
      10 * HOUR,
      10 * HOUR + 1,
      14 * HOUR,
      DAY - 1,
      DAY,
      DAY + 1,
      3 * DAY,
      30 * DAY,
      365 * DAY,
      3650 * DAY,
    ];
    for (const start of starts) {
      for (const length of lengths) {
        const expires = Date.parse(start) + length;
        const period = panelPeriod({ startsAt: new Date(start), expiresAt: new Date(expires) });
        for (const offset of ZONES) {
          const late = panelEnd(period, offset) - expires;
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThanOrEqual(2.5 * DAY);
        }
      }
    }
  });

  it.each([
    ['2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-11-01T00:00:00Z', 'never'],
  ])('from %s to %s is no period', (from, to) => {
    expect(() => panelPeriod({ startsAt: new Date(from), expiresAt: new Date(to) })).toThrow(RangeError);
  });

  it('longer than a panel counts keeps its end and begins later there', () => {
    const [startsAt, expiresAt] = [new Date('2026-11-01T12:00:00Z'), new Date('2066-11-01T12:00:00Z')];
    const period = panelPeriod({ startsAt, expiresAt });
    expect(period.packageDays).toBe(10_000);
    for (const offset of ZONES) {
      const late = panelEnd(period, offset) - expiresAt.getTime();
      expect([late >= 0, late <= 2.5 * DAY]).toEqual([true, true]);
    }
  });

  it.each(['-12', '0', '14'])(
    'a panel at UTC+%s agrees: active at the last paid moment, ended three days later',
    async (offset) => {
      const { panel, sim } = await startPanel('14.0.5', { 'utc-offset': offset });
      const clock = (at: number) => sim('PUT', 'clock', { offsetMs: at - Date.now() });
      const startsAt = new Date('2027-01-10T15:30:00Z');
      const expiresAt = new Date('2027-02-09T15:30:00Z');
      const state = month({ ...panelPeriod({ startsAt, expiresAt }) });
      await clock(startsAt.getTime());
      expect(await panel.ensureUser(state)).toMatchObject({ isActive: true });
      await clock(expiresAt.getTime() - 1_000);
      expect(await panel.getUser(state.uuid)).toMatchObject({ isActive: true });
      await clock(expiresAt.getTime() + 3 * DAY);
      expect(await panel.getUser(state.uuid)).toMatchObject({ isActive: false });
    },
  );
});

describe('limits of traffic', () => {
  it.each(VERSIONS)('on %s: 999,999 GB are a limit like any other, and only no limit is none', async (version) => {
    const { panel } = await startPanel(version);
    for (const trafficGb of [999_998, 999_999, null]) {
      const state = month({ ...panelLimits({ trafficGb }) });
      expect(await panel.ensureUser(state)).toMatchObject({ usageLimitGb: trafficGb });
      expect(await panel.getUser(state.uuid)).toMatchObject({ usageLimitGb: trafficGb });
    }
  });

  it('beyond what panels can limit is no limit to them', () => {
    expect(panelLimits({ trafficGb: 1_000_000 })).toEqual({ usageLimitGb: null });
  });
});
