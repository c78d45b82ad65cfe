import { describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS } from '../../../src/domain/duration';
import { PANEL_ENDS_WITHIN_MS, panelLimits, panelPeriod } from '../../../src/gateways/hiddify/state';
import { month, startPanel, VERSIONS } from './panel';

const ZONES = [-12, -9.5, 0, 3, 5.75, 14];

/** The first moment at which a panel at UTC+offset no longer counts the account as active. */
function panelEnd(period: { startDate: string; packageDays: number }, offset: number): number {
  return Date.parse(`${period.startDate}T00:00:00Z`) + (period.packageDays + 1) * DAY_MS - offset * HOUR_MS;
}

describe('panelPeriod', () => {
  const period = (start: string, end: string, graceMs = 0) =>
    panelPeriod({ startsAt: new Date(start), expiresAt: new Date(end) }, graceMs);

  it.each([
    ['the days of the plan, in the morning of UTC', '2026-11-01T08:00:00Z', '2026-12-01T08:00:00Z', '2026-11-01', 30],
    ['one more later on: it is tomorrow in the east', '2026-11-01T12:00:00Z', '2026-12-01T12:00:00Z', '2026-11-01', 31],
    ['one for a moment, begun a day before', '2026-11-01T00:00:00Z', '2026-11-01T00:00:01Z', '2026-10-31', 1],
  ])('is %s', (_, start, end, startDate, packageDays) => {
    expect(period(start, end)).toEqual({ startDate, packageDays });
  });

  it('in every time zone nobody loses paid time or grace, and no account works longer than is said', () => {
    const starts = [
      '2026-11-01T00:00:00.000Z',
      '2026-11-01T09:00:00.001Z',
      '2026-11-01T23:59:59.999Z',
      '2028-02-28T13:00:00Z',
      '2026-12-31T23:30:00Z',
      '2027-03-28T00:59:59Z',
    ];
    const lengths = [
      HOUR_MS,
      9 * HOUR_MS,
      9 * HOUR_MS + 1,
      14 * HOUR_MS,
      DAY_MS - 1,
      DAY_MS,
      DAY_MS + 1,
      3 * DAY_MS,
      30 * DAY_MS,
      3650 * DAY_MS,
    ];
    for (const start of starts)
      for (const length of lengths)
        for (const grace of [0, HOUR_MS, 6 * HOUR_MS, DAY_MS])
          for (let offset = -12; offset <= 14; offset += 0.25) {
            const end = Date.parse(start) + length;
            const late = panelEnd(period(start, new Date(end).toISOString(), grace), offset) - end - grace;
            // The panel's clock may be an hour off.
            expect(late).toBeGreaterThanOrEqual(HOUR_MS);
            expect(late).toBeLessThanOrEqual(PANEL_ENDS_WITHIN_MS);
          }
  });

  it.each([
    ['2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-11-01T00:00:00Z', 'never'],
  ])('from %s to %s is no period', (from, to) => {
    expect(() => period(from, to)).toThrow(RangeError);
  });

  it('longer than a panel counts keeps its end and begins later there', () => {
    const end = '2066-11-01T12:00:00Z';
    const long = period('2026-11-01T12:00:00Z', end);
    expect(long.packageDays).toBe(10_000);
    for (const offset of ZONES) {
      const late = panelEnd(long, offset) - Date.parse(end);
      expect([late >= HOUR_MS, late <= PANEL_ENDS_WITHIN_MS]).toEqual([true, true]);
    }
  });

  it.each(['-12', '3', '14'])(
    'a panel at UTC+%s agrees: it works to the last moment of its grace, and is closed when it is said to be',
    async (offset) => {
      const { panel, sim } = await startPanel('14.0.5', { 'utc-offset': offset });
      const clock = (at: number) => sim('PUT', 'clock', { offsetMs: at - Date.now() });
      const [startsAt, expiresAt] = [new Date('2027-01-10T15:30:00Z'), new Date('2027-02-09T15:30:00Z')];
      const state = month({ ...panelPeriod({ startsAt, expiresAt }, DAY_MS) });
      await clock(startsAt.getTime());
      expect(await panel.ensureUser(state)).toMatchObject({ isActive: true });
      await clock(expiresAt.getTime() + DAY_MS - 1_000);
      expect(await panel.getUser(state.uuid)).toMatchObject({ isActive: true });
      await clock(expiresAt.getTime() + DAY_MS + PANEL_ENDS_WITHIN_MS);
      expect(await panel.getUser(state.uuid)).toMatchObject({ isActive: false });
    },
  );

  it.each([
    ['-12', '2027-01-10T15:30:00Z'],
    ['3', '2027-01-10T15:30:00Z'],
    ['3', '2027-01-10T06:30:00Z'],
    ['14', '2027-01-10T06:30:00Z'],
  ])('what an app shows of a week, on a panel at UTC+%s from %s: seven days to nine', async (offset, start) => {
    const { panel, simulator, sim } = await startPanel('14.0.5', { 'utc-offset': offset });
    const startsAt = new Date(start);
    const state = month({ ...panelPeriod({ startsAt, expiresAt: new Date(startsAt.getTime() + 7 * DAY_MS) }, 0) });
    await sim('PUT', 'clock', { offsetMs: startsAt.getTime() - Date.now() });
    await panel.ensureUser(state);
    const me = await fetch(`${simulator.clientUrl}/${state.uuid}/api/v2/user/me/`);
    const { profile_remaining_days: shown } = (await me.json()) as { profile_remaining_days: number };
    expect([7, 8, 9]).toContain(shown);
  });
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
