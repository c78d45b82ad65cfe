import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { waitUntil } from '../../test/support/wait';
import { numberOption, quantile, table } from '../lib/numbers';
import { machine, ROOT } from '../lib/processes';
import { openShop, type BenchShop } from '../lib/shop';
import { newWalkers, TAPS_A_BUYER, walk, webhookIsSet } from '../lib/walkers';

const TAPS = numberOption('taps', 3_000);
const ROUNDS = numberOption('rounds', 2);
/** Buyers at the same time: few, so that taps do not wait for each other. */
const AT_ONCE = 4;
/** Through `/buy` as far as the confirmation, and to the own subscriptions. */
const PATH = ['v1:buy:0', 'v1:servers:nl:0', 'v1:server:*', 'v1:plan:month', 'v1:subscriptions:here:0'] as const;
const MODES = ['on', 'off'] as const;

/** The same taps through the same bot, with its caches and with every read going to PostgreSQL. */
export async function measureTaps(): Promise<void> {
  console.log(
    `### Taps through /buy and /subscriptions (${ROUNDS} rounds of ${TAPS} taps each, ${AT_ONCE} buyers at once; ${machine()})\n`,
  );
  const results = new Map(MODES.map((mode) => [mode, { queries: 0, times: [] as number[] }]));
  let nextId = 70_000;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
      const shop = await openShop({
        pace: { pollIntervalMs: 10_000, pollTimeoutMs: 300_000 },
        env: { BOT_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 'bench-only-the-stand-in-knows' },
      });
      try {
        const bot = await shop.start('bot', {
          args: ['--import', 'tsx', path.join(ROOT, 'bench/cache/bot.ts')],
          env: { BENCH_CACHE: mode },
        });
        await webhookIsSet(shop.telegramUrl);
        const queries = async (): Promise<number> => {
          const lines = () => [...bot.output().matchAll(/^queries (\d+)$/gm)];
          const before = lines().length;
          process.kill(bot.pid, 'SIGUSR2');
          await waitUntil(() => lines().length > before, { what: 'the bot tells its queries' });
          return Number(lines().at(-1)![1]);
        };
        const people = Math.ceil(TAPS / TAPS_A_BUYER) + AT_ONCE;
        const walkers = await newWalkers(shop.telegramUrl, nextId, people);
        await subscribe(shop, nextId, people);
        nextId += people;
        const before = await queries();
        const { times } = await walk({ walkers, concurrency: AT_ONCE, path: PATH, taps: TAPS });
        const result = results.get(mode)!;
        result.queries += (await queries()) - before;
        result.times.push(...times);
      } finally {
        await shop.stop();
      }
    }
  }
  console.log(
    table(
      ['cache', 'PostgreSQL queries per 1,000 taps', 'tap to reply p50, ms', 'p99, ms'],
      MODES.map((mode) => {
        const { queries, times } = results.get(mode)!;
        return [
          mode,
          Math.round((1_000 * queries) / times.length),
          ...[0.5, 0.99].map((share) => quantile(times, share).toFixed(1)),
        ];
      }),
    ),
  );
  console.log('');
}

/** Gives every buyer a subscription, so that their list is not empty. */
async function subscribe({ pool }: BenchShop, firstId: number, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await pool.query(
      `INSERT INTO subscriptions (id, user_id, location_code, server_code, plan_code, panel_user_id, starts_at, expires_at, prolonged_at, traffic_gb, status)
       VALUES ($1, $2, 'nl', 'nl-1', 'month', $3, now(), now() + interval '30 days', now(), 100, 'active')`,
      [randomUUID(), firstId + n, randomUUID()],
    );
  }
}
