/**
 * What people do in a year, drawn from a seed: who buys what and when, who renews early or late, who blocks the bot and
 * comes back, what a panel's administrator breaks. Nothing here knows the code under test.
 */
import { DAY_MS, HOUR_MS } from '../../src/domain/duration';

/** The first moment of the shop: a Friday. */
export const START = Date.parse('2027-01-01T00:00:00Z');
/** The panel that fails, by its number. */
export const FAILING = 1;

export interface YearOptions {
  readonly seed: number;
  readonly users: number;
  readonly days: number;
  /** How long the failing panel is away. */
  readonly outageDays: number;
  /** How many times a worker is killed without warning. */
  readonly kills: number;
}

export interface Person {
  readonly id: number;
  readonly language: 'ru' | 'en';
  readonly timeZone: string;
  /** Minutes east of UTC; none of these zones has a summer time. */
  readonly utcOffset: number;
  readonly panel: number;
  readonly acts: readonly Act[];
}

export interface Purchase {
  readonly at: number;
  readonly does: 'buy' | 'renew';
  readonly days: number;
  /** What becomes of a renewal that is paid while the panel is away. */
  readonly fate?: 'refunded' | 'late';
}

export type Act = Purchase | { readonly at: number; readonly does: 'block' | 'return' };

/** What somebody does on a panel behind the shop's back. */
export interface Mischief {
  readonly at: number;
  readonly panel: number;
  readonly does: 'disable' | 'delete' | 'shorten' | 'stranger' | 'disable-most';
  readonly pick: number;
}

export interface YearPlan {
  readonly options: YearOptions;
  readonly end: number;
  readonly outage: { readonly from: number; readonly to: number };
  readonly people: readonly Person[];
  readonly mischief: readonly Mischief[];
  /** Days, by number, on which no reminders are sent: Temporal was away. */
  readonly missedReminders: ReadonlySet<number>;
}

export const PLANS = [1, 7, 30, 90] as const;
const ZONES = [
  ['Europe/Moscow', 180],
  ['Asia/Vladivostok', 600],
  ['Asia/Kolkata', 330],
] as const;
/**
 * Hours in which no schedule is due between :05 and :50, so that no act races with a run. Other tests cover races.
 */
const QUIET_HOURS = [1, 2, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23];

export type Random = () => number;

/** mulberry32: small, and the same everywhere. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function planYear(options: YearOptions): YearPlan {
  const draw = random(options.seed);
  const end = START + options.days * DAY_MS;
  const outageDay = Math.floor(options.days * 0.5);
  const outage = {
    from: START + outageDay * DAY_MS + 12.5 * HOUR_MS,
    to: START + (outageDay + options.outageDays) * DAY_MS + 12.5 * HOUR_MS,
  };
  const people = Array.from({ length: options.users }, (_, index) => person(index, draw, end, outage));
  const missed = Array.from({ length: options.days }, (_, day) => day).filter(() => draw() < 0.03);
  return {
    options,
    end,
    outage,
    people,
    mischief: mischief(draw, options.days, outage),
    missedReminders: new Set(missed),
  };
}

function person(index: number, draw: Random, end: number, outage: YearPlan['outage']): Person {
  const [timeZone, utcOffset] = ZONES[Math.floor(draw() * ZONES.length)]!;
  const panel = index % 3;
  const away = (at: number) => panel === FAILING && at > outage.from - 2 * HOUR_MS && at < outage.to + HOUR_MS;
  const moment = (at: number) => {
    const day = Math.floor((at - START) / DAY_MS);
    const hour = QUIET_HOURS[Math.floor(draw() * QUIET_HOURS.length)]!;
    return START + day * DAY_MS + hour * HOUR_MS + Math.floor(5 + draw() * 40) * 60_000;
  };
  /**
   * A quiet moment about `at`, later than `after`, when the panel is there: who would renew during the outage waits.
   */
  const when = (at: number, after: number): number => {
    let found = moment(away(at) ? outage.to + draw() * 2 * DAY_MS : at);
    while (found <= after + HOUR_MS || away(found)) found = moment(found + DAY_MS);
    return found;
  };

  const acts: Act[] = [];
  const days = PLANS[Math.floor(draw() * draw() * PLANS.length)]!;
  let at = when(START + draw() * 0.4 * (end - START), START);
  let until = at + days * DAY_MS;
  let inOutage = false;
  acts.push({ at, does: 'buy', days });
  for (;;) {
    if (panel === FAILING && !inOutage && at < outage.from - 2 * HOUR_MS && until > outage.to + 6 * DAY_MS) {
      const whole = Math.floor((outage.to - outage.from) / DAY_MS);
      if (draw() < 0.4)
        acts.push({
          at: outage.from + Math.floor(draw() * (whole - 2)) * DAY_MS + DAY_MS + (1 + draw() * 3) * HOUR_MS,
          does: 'renew',
          days,
          fate: 'refunded',
        });
      if (draw() < 0.3) {
        acts.push({ at: outage.to - (9 + draw()) * HOUR_MS, does: 'renew', days, fate: 'late' });
        until += days * DAY_MS;
      }
      inOutage = acts.at(-1)!.at > outage.from;
      at = inOutage ? acts.at(-1)!.at : at;
    }
    const habit = draw();
    if (habit < 0.2) break;
    const early = habit < 0.75;
    const next = when(
      early ? until - draw() * Math.min(5, days) * DAY_MS : until + 0.3 * DAY_MS + draw() * 15 * DAY_MS,
      at,
    );
    if (next > end - DAY_MS) break;
    until = Math.max(until, next) + days * DAY_MS;
    at = next;
    acts.push({ at, does: 'renew', days });
  }
  if (!inOutage && draw() < 0.12) acts.push(...blockAndReturn(acts, draw, moment, end));
  return {
    id: 500_000 + index,
    language: draw() < 0.7 ? 'ru' : 'en',
    timeZone,
    utcOffset,
    panel,
    acts: acts.toSorted((a, b) => a.at - b.at),
  };
}

/** Nobody buys while they have the bot blocked. */
function blockAndReturn(acts: readonly Act[], draw: Random, moment: (at: number) => number, end: number): Act[] {
  const from = moment(acts[0]!.at + DAY_MS + draw() * 40 * DAY_MS);
  const to = moment(from + 2 * DAY_MS + draw() * 15 * DAY_MS);
  if (to <= from || to > end || acts.some(({ at }) => at > from - HOUR_MS && at < to + HOUR_MS)) return [];
  return [
    { at: from, does: 'block' },
    { at: to, does: 'return' },
  ];
}

function mischief(draw: Random, days: number, outage: YearPlan['outage']): Mischief[] {
  const kinds = ['disable', 'delete', 'shorten', 'stranger'] as const;
  const all: Mischief[] = [];
  for (let day = 2; day < days - 2; day += 1) {
    if (draw() > 0.4) continue;
    const at = START + day * DAY_MS + QUIET_HOURS[Math.floor(draw() * QUIET_HOURS.length)]! * HOUR_MS + 50 * 60_000;
    const panel = Math.floor(draw() * 3);
    if (panel === FAILING && at > outage.from - DAY_MS && at < outage.to + DAY_MS) continue;
    all.push({ at, panel, does: kinds[Math.floor(draw() * kinds.length)]!, pick: draw() });
  }
  // Once somebody switches off most of a panel: too much to be repaired without asking.
  all.push({ at: START + Math.floor(days * 0.75) * DAY_MS + 7.9 * HOUR_MS, panel: 0, does: 'disable-most', pick: 0.9 });
  return all.toSorted((a, b) => a.at - b.at);
}
