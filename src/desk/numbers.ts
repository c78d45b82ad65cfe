import { DEFAULT_TIME_ZONE } from '../domain/calendar';
import { exponentOf } from '../domain/money';
import { csvOf, DAILY_COUNTS, DAILY_SUMS, daysUpTo, NUMBER_PERIODS, type NumberPeriod } from '../domain/numbers';
import type { DailyCount, DailySum, PeriodNumbers } from '../domain/numbers';
import type { DeskAuditRepository } from '../storage/postgres/deskAudit';
import type { NumbersRepository } from '../storage/postgres/numbers';

export interface DeskNumbersDeps {
  readonly numbers: Pick<NumbersRepository, 'byDay' | 'active'>;
  readonly deskAudit: Pick<DeskAuditRepository, 'record'>;
  readonly now: () => Date;
}

export type DeskNumbers = ReturnType<typeof createDeskNumbers>;

const total = (rows: readonly { readonly value: number }[]): number => rows.reduce((sum, { value }) => sum + value, 0);

/** The shop's numbers, for a screen and as a file. */
export function createDeskNumbers({ numbers, deskAudit, now }: DeskNumbersDeps) {
  /** Today, where the shop is. */
  const today = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: DEFAULT_TIME_ZONE }).format(now());

  return {
    async of(period: NumberPeriod): Promise<PeriodNumbers> {
      const days = daysUpTo(today(), NUMBER_PERIODS[period]);
      const [from, to] = [days[0]!, days.at(-1)!];
      const [{ sums, counts }, active] = await Promise.all([numbers.byDay(from, to), numbers.active()]);
      const currencies = [...new Set(DAILY_SUMS.flatMap((name) => sums[name].map(({ currency }) => currency)))];
      const moneyOf = (currency: string) =>
        Object.fromEntries(
          DAILY_SUMS.map((name) => [name, total(sums[name].filter((row) => row.currency === currency))]),
        ) as Record<DailySum, number>;
      return {
        ...{ period, from, to, active },
        money: currencies.toSorted().map((currency) => ({ currency, ...moneyOf(currency) })),
        counts: Object.fromEntries(DAILY_COUNTS.map((name) => [name, total(counts[name])])) as Record<
          DailyCount,
          number
        >,
      };
    },

    /** A row for each day, money in the main unit of its currency. Who takes the numbers away is written down. */
    async csv(period: NumberPeriod, actor: string): Promise<string> {
      const days = daysUpTo(today(), NUMBER_PERIODS[period]);
      const { sums, counts } = await numbers.byDay(days[0]!, days.at(-1)!);
      await deskAudit.record({ actor, act: 'export', subject: period, after: { days: days.length } });
      const currencies = [...new Set(sums.gross.concat(sums.refunds).map(({ currency }) => currency))].toSorted();
      const sumOf = (name: DailySum, day: string, currency: string) =>
        total(sums[name].filter((row) => row.day === day && row.currency === currency));
      const countOf = (name: DailyCount, day: string) => total(counts[name].filter((row) => row.day === day));
      const head = [
        'day',
        ...currencies.flatMap((currency) => DAILY_SUMS.map((name) => `${name}, ${currency}`)),
        ...DAILY_COUNTS,
      ];
      const rows = days.map((day) => [
        day,
        ...currencies.flatMap((currency) => DAILY_SUMS.map((name) => decimal(sumOf(name, day, currency), currency))),
        ...DAILY_COUNTS.map((name) => countOf(name, day)),
      ]);
      return csvOf([head, ...rows]);
    },
  };
}

/** `1234,50`: with a comma, as spreadsheets in Russian read numbers; negative ones are numbers, too. */
function decimal(minor: number, currency: string): number | string {
  const exponent = exponentOf(currency);
  const value = minor / 10 ** exponent;
  return Number.isInteger(value) ? value : value.toFixed(exponent).replace('.', ',');
}
