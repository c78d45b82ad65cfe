import { z } from 'zod';
import { DAILY_COUNTS, DAILY_SUMS, type DailyCount, type DailySum } from '../../domain/numbers';
import type { Queryable } from './pool';
import { queryRows } from './query';

const sum = z.object({ day: z.string(), currency: z.string(), value: z.number() });
const count = z.object({ day: z.string(), value: z.number() });
const active = z.object({ kind: z.enum(['paid', 'trial', 'given']), value: z.number() });

export type SumOfDay = z.output<typeof sum>;
export type CountOfDay = z.output<typeof count>;

export interface NumbersByDay {
  readonly sums: Readonly<Record<DailySum, readonly SumOfDay[]>>;
  readonly counts: Readonly<Record<DailyCount, readonly CountOfDay[]>>;
}

export type NumbersRepository = ReturnType<typeof createNumbersRepository>;

/** Reads the views of the numbers, one each; what a number means is said at its view. */
export function createNumbersRepository(db: Queryable) {
  const between = 'WHERE day BETWEEN $1 AND $2 ORDER BY day';
  return {
    /** Days on which there is nothing are left out. @param from `2026-11-29`; so is `to`, which is in it */
    async byDay(from: string, to: string): Promise<NumbersByDay> {
      const sums = DAILY_SUMS.map(async (name) => [
        name,
        await queryRows(db, sum, `SELECT day::text, currency, value FROM numbers_${name} ${between}, currency`, [
          from,
          to,
        ]),
      ]);
      const counts = DAILY_COUNTS.map(async (name) => [
        name,
        await queryRows(db, count, `SELECT day::text, value FROM numbers_${name} ${between}`, [from, to]),
      ]);
      return {
        sums: Object.fromEntries(await Promise.all(sums)) as NumbersByDay['sums'],
        counts: Object.fromEntries(await Promise.all(counts)) as NumbersByDay['counts'],
      };
    },

    /** Subscriptions that give access now. */
    async active(): Promise<Readonly<Record<'paid' | 'trial' | 'given', number>>> {
      const rows = await queryRows(db, active, 'SELECT kind, value FROM numbers_active');
      return { paid: 0, trial: 0, given: 0, ...Object.fromEntries(rows.map(({ kind, value }) => [kind, value])) };
    },
  };
}

/** The owners of the shop, whose own keys are no sales: they are left out of the numbers. */
export async function recordOwners(db: Queryable, adminIds: readonly number[]): Promise<void> {
  await db.query(
    `WITH gone AS (DELETE FROM uncounted_people WHERE why = 'owner' AND telegram_id <> ALL($1))
     INSERT INTO uncounted_people (telegram_id, why) SELECT unnest($1::bigint[]), 'owner' ON CONFLICT DO NOTHING`,
    [adminIds],
  );
}
