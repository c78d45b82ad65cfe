/** Compares what came of the year with what the model says must come of it, person by person. */
import { Redis } from 'ioredis';
import { expectedOf, type Note } from './model';
import { type YearPlan } from './plan';
import type { SimulatedShop } from './services';
import { DAY_MS } from '../../src/domain/duration';

export interface Verdict {
  /** One line for each difference from the model; empty when there is none. */
  readonly differences: readonly string[];
  readonly notes: number;
  /** Messages that a killed worker was sending. The database has them as `claimed`, and they are not repeated. */
  readonly lostToKills: number;
  readonly refunds: number;
  readonly active: number;
  readonly expired: number;
  readonly drift: Readonly<Record<string, number>>;
}

/** The clock of the simulated year goes on while a run takes real minutes. */
const TOLERANCE_MS = 15 * 60_000;

interface Row {
  readonly id: string;
  readonly user_id: number;
  readonly status: string;
  readonly expires_at: Date;
  readonly panel_user_id: string;
}

export async function verdictOf(shop: SimulatedShop, plan: YearPlan): Promise<Verdict> {
  const { pool } = shop;
  const differences: string[] = [];
  const { rows } = await pool.query<Row>('SELECT id, user_id, status, expires_at, panel_user_id FROM subscriptions');
  const subscriptions = new Map(rows.map((row) => [Number(row.user_id), row]));
  if (subscriptions.size !== rows.length)
    differences.push(`${rows.length} subscriptions of ${subscriptions.size} people`);
  const claimed = new Map(
    (
      await pool.query<{ user_id: number; n: number }>(
        `SELECT user_id, count(*) AS n FROM (SELECT user_id, kind, status FROM notifications UNION ALL SELECT user_id, kind, status FROM notifications_archive) one WHERE status = 'claimed' GROUP BY user_id`,
      )
    ).rows.map(({ user_id, n }) => [Number(user_id), Number(n)]),
  );
  const panels = await Promise.all(
    shop.panels.map(
      async ({ url }) =>
        (await (await fetch(`${url}/_sim/users`)).json()) as {
          uuid: string;
          enable: boolean;
          start_date: string;
          package_days: number;
          comment: string | null;
        }[],
    ),
  );
  const accounts = new Map(panels.flat().map((account) => [account.uuid, account]));

  const sums = { notes: 0, lostToKills: 0, refunds: 0, active: 0, expired: 0 };
  for (const person of plan.people) {
    const wanted = expectedOf(person, plan);
    const say = (what: string) => differences.push(`${person.id} (panel ${person.panel}): ${what}`);
    sums.refunds += wanted.refunds;
    const found = subscriptions.get(person.id);
    if ((found?.status ?? 'none') !== wanted.status) say(`is ${found?.status ?? 'none'}, not ${wanted.status}`);
    if (found && wanted.status !== 'none') {
      sums[wanted.status] += 1;
      if (Math.abs(found.expires_at.getTime() - wanted.until) > TOLERANCE_MS)
        say(`ends ${found.expires_at.toISOString()}, not ${new Date(wanted.until).toISOString()}`);
      const account = accounts.get(found.panel_user_id);
      if (wanted.status === 'expired' && account?.enable) say('has ended and is let in by the panel');
      if (wanted.status === 'active') {
        if (!account) say('is not on the panel');
        else if (!account.enable) say('is switched off on the panel');
        else {
          const lastDay = Date.parse(`${account.start_date}T00:00:00Z`) + (account.package_days + 1) * DAY_MS;
          if (lastDay < wanted.until || lastDay > wanted.until + 3 * DAY_MS)
            say(`has ${account.package_days} days from ${account.start_date} on the panel`);
        }
      }
    }
    const got = await notesOf(shop, person.id);
    sums.notes += got.length;
    const missing = missingFrom(wanted.notes, got);
    if (missing === undefined) say(`was told ${got.join(' ')}, not ${wanted.notes.join(' ')}`);
    else {
      sums.lostToKills += missing;
      if (missing > (claimed.get(person.id) ?? 0))
        say(`was told ${got.join(' ') || 'nothing'}, not ${wanted.notes.join(' ')}`);
    }
  }
  await money(shop, sums.refunds, differences);
  await rest(shop, plan, panels.flat(), differences);
  const drift = (
    await pool.query<{ kind: string; n: number }>(
      'SELECT kind, count(*) AS n FROM panel_drift GROUP BY kind ORDER BY kind',
    )
  ).rows;
  return { differences, ...sums, drift: Object.fromEntries(drift.map(({ kind, n }) => [kind, Number(n)])) };
}

const WORDS: readonly (readonly [RegExp, Note])[] = [
  [/закончится через 3 дня|ends in 3 days/, '3'],
  [/закончится через 2 дня|ends in 2 days/, '2'],
  [/закончится завтра|ends tomorrow/, '1'],
  [/закончится сегодня|ends today/, '0'],
  [/Подписка закончилась|subscription has ended/, 'ended'],
];

/** What the person's chat shows, in order. */
async function notesOf(shop: SimulatedShop, id: number): Promise<Note[]> {
  const { messages } = (await (await fetch(`${shop.telegramUrl}/_sim/users/${id}/chat`)).json()) as {
    messages: { from: string; text?: string }[];
  };
  return messages.flatMap(({ from, text = '' }) => {
    const word = from === 'bot' ? WORDS.find(([words]) => words.test(text)) : undefined;
    return word ? [word[1]] : [];
  });
}

/** How many of `wanted` are left out in `got`; `undefined` when `got` has something else, or another order. */
export function missingFrom(wanted: readonly Note[], got: readonly Note[]): number | undefined {
  let at = 0;
  for (const note of got) {
    while (at < wanted.length && wanted[at] !== note) at += 1;
    if (at >= wanted.length) return undefined;
    at += 1;
  }
  return wanted.length - got.length;
}

async function money({ pool, yookassaUrl }: SimulatedShop, refunds: number, differences: string[]): Promise<void> {
  const count = async (sql: string) =>
    Number((await pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`)).rows[0]!.n);
  const open = await count(`payments WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired')`);
  if (open > 0) differences.push(`${open} payments are not at their end`);
  const returned = await count(`payments WHERE status = 'refunded'`);
  if (returned !== refunds) differences.push(`${returned} payments were refunded, not ${refunds}`);
  const theirs = (await (await fetch(`${yookassaUrl}/_sim/refunds`)).json()) as { status: string }[];
  if (theirs.filter(({ status }) => status === 'succeeded').length !== refunds)
    differences.push(`YooKassa has ${theirs.length} refunds, not ${refunds}`);
  const odd = await count('money_anomalies');
  if (odd > 0) differences.push(`${odd} sums could not be explained`);
}

async function rest(
  shop: SimulatedShop,
  plan: YearPlan,
  shown: readonly { comment: string | null; enable: boolean; package_days: number }[],
  differences: string[],
): Promise<void> {
  const planned = plan.mischief.filter(({ does }) => does === 'stranger');
  const strangers = shown.filter(({ comment }) => comment === 'paid cash');
  const untouched =
    strangers.filter(({ package_days }) => package_days === 3_000).length === planned.length &&
    strangers.filter(({ enable }) => enable).length === planned.filter(({ pick }) => pick < 0.5).length;
  if (!untouched)
    differences.push(`${strangers.length} accounts of strangers, not ${planned.length}, or not as they were`);
  const { rows: samples } = await shop.pool.query<{ n: number }>(
    'SELECT count(DISTINCT server_code) AS n FROM panel_samples',
  );
  if (Number(samples[0]!.n) !== shop.panels.length) differences.push('not every panel’s load was recorded');
  const redis = new Redis(`${shop.redisUrl}/0`);
  const left =
    (await redis.exists('fsm:{1:6:6}', 'session:{1:8}:settings')) +
    (await redis.select(1), await redis.exists('cache:{user:1}', 'payment:forever'));
  redis.disconnect();
  if (left > 0) differences.push(`${left} unreadable or immortal keys are still in Redis`);
}
