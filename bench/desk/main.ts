/**
 * `npm run bench -- desk [--people 100000]`: the owner's search and a person's card in a large shop, on a real
 * PostgreSQL, each beside the same search without the desk's indexes.
 */
import type { Pool } from 'pg';
import { daysUpTo, NUMBER_PERIODS } from '../../src/domain/numbers';
import { readDeskQuery } from '../../src/domain/deskQuery';
import { createDeskCardsRepository } from '../../src/storage/postgres/deskCards';
import { createDeskSearchRepository } from '../../src/storage/postgres/deskSearch';
import { createNumbersRepository } from '../../src/storage/postgres/numbers';
import { createPool } from '../../src/storage/postgres/pool';
import { createDeskSearch } from '../../src/desk/search';
import { createSupportService } from '../../src/support/supportService';
import { createTestDatabase, testEnvironment } from '../../test/support/environment';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { sellMany } from '../lib/manySubscriptions';
import { numberOption, quantile, table } from '../lib/numbers';
import { machine } from '../lib/processes';
import { runBench } from '../lib/run';

const PEOPLE = numberOption('people', 100_000);
const TIMES = 200;
/** The goals, in ms at p95. */
const GOAL = { search: 100, numbers: 300 };
const goalOf = (what: string): number => (what.startsWith('numbers') ? GOAL.numbers : GOAL.search);

/** In ms: how long each of so many different calls takes, one after the other. */
async function timed(call: (n: number) => Promise<unknown>, times = TIMES): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const begun = performance.now();
    await call(n);
    took.push(performance.now() - begun);
  }
  return took;
}

/** Somebody of the shop, spread over all of them. */
const someone = (n: number): number => 1 + ((n * 7_919) % PEOPLE);

async function texts(pool: Pool): Promise<Readonly<Record<string, (n: number) => string>>> {
  const { rows } = await pool.query<{ id: string; account: string; order: string }>(
    `SELECT u.id, u.panel_user_id AS account, p.id AS order FROM subscriptions u JOIN payments p ON p.subscription_id = u.id
     WHERE u.user_id = ANY($1)`,
    [Array.from({ length: TIMES }, (_, n) => someone(n))],
  );
  const row = (n: number) => rows[n % rows.length]!;
  return {
    'Telegram id': (n) => String(someone(n)),
    'name, one person': (n) => `p${someone(n)}`,
    'name, a tenth of all': (n) => `p${1 + (n % 9)}`,
    '@name': (n) => `@person_${someone(n)}`,
    'order, short number': (n) => row(n).order.slice(0, 8),
    'order, whole id': (n) => row(n).order,
    'key pasted whole': (n) => `https://panel.example.com/secret/${row(n).account}/#Amsterdam`,
    'nothing, 4,096 characters': (n) => `${n}${'Ж😀 '.repeat(1_400)}`.slice(0, 4_096),
  };
}

async function main(): Promise<void> {
  process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
  const database = await createTestDatabase();
  const pool = createPool(database.url, { onError: () => undefined });
  console.log(machine());
  await sellMany(pool, { count: PEOPLE, servers: 10, endsIn: `(i % 360) * interval '1 day'` });
  await pool.query(`UPDATE users SET username = 'Person_' || telegram_id`);
  await pool.query('VACUUM ANALYZE users');
  const deskSearch = createDeskSearchRepository(pool);
  const support = createSupportService({
    pool,
    ...{ temporal: undefined, paymentWorkflows: undefined, refundWorkflows: undefined },
  });
  const search = createDeskSearch({ deskSearch, support });
  const cards = createDeskCardsRepository(pool);
  const asked = await texts(pool);

  const measured = new Map<string, number[]>();
  for (const [what, text] of Object.entries(asked)) measured.set(what, await timed((n) => search(text(n))));
  measured.set('card', await timed((n) => cards.of(someone(n))));
  const numbers = createNumbersRepository(pool);
  const today = new Date().toISOString().slice(0, 10);
  for (const period of ['week', 'year'] as const) {
    const from = daysUpTo(today, NUMBER_PERIODS[period])[0]!;
    measured.set(`numbers of a ${period}`, await timed(() => numbers.byDay(from, today), 20));
  }
  measured.set('numbers: active', await timed(() => numbers.active(), 20));
  await pool.query('DROP INDEX users_by_username, users_by_first_name');
  const without = new Map<string, number[]>();
  for (const what of ['name, one person', '@name'] as const)
    without.set(what, await timed((n) => deskSearch.people(readDeskQuery(asked[what]!(n)), 11)));

  const p95 = (values: readonly number[] | undefined) => (values ? quantile(values, 0.95) : Number.NaN);
  console.log(
    table(
      ['searched for', 'p50, ms', 'p95, ms', 'p95 without its index, ms', 'times as long'],
      [...measured].map(([what, values]) => [
        ...[what, quantile(values, 0.5).toFixed(1), p95(values).toFixed(1)],
        ...(without.has(what)
          ? [p95(without.get(what)).toFixed(1), (p95(without.get(what)) / p95(values)).toFixed(0)]
          : ['-', '-']),
      ]),
    ),
  );
  const slow = [...measured].filter(([what, values]) => p95(values) > goalOf(what)).map(([what]) => what);
  console.log(
    slow.length === 0
      ? `All within ${GOAL.search} ms at p95, numbers within ${GOAL.numbers}.`
      : `Too slow at p95: ${slow.join(', ')}.`,
  );
  await pool.end();
  await database.close();
}

runBench(main);
