/**
 * `npm run bench -- taps [--seconds 15] [--core 1]`: updates a second through one bot, and how long a tap waits for its
 * answer.
 *
 * The built bot in webhook mode, pinned to one core where `taskset` exists, with its real Redis and PostgreSQL. Buyers
 * walk from the menu to the confirmation and start over; each waits for the screen before they tap again. Telegram's
 * stand-in makes the updates, calls the webhook and tells when the message has changed; it, PostgreSQL, Redis and this
 * generator run on the other cores.
 */
import { existsSync } from 'node:fs';
import { createTelegramUser, type TelegramUser } from '../../simulators/telegram/driver';
import { waitUntil } from '../../test/support/wait';
import { numberOption, quantile, table } from '../lib/numbers';
import { cpuSeconds, machine } from '../lib/processes';
import { runBench } from '../lib/run';
import { control, openShop } from '../lib/shop';

const SECONDS = numberOption('seconds', 15);
const CORE = numberOption('core', 1) - 1;
/** Buyers tapping at the same time. */
const AT_ONCE = [1, 8, 32];
/** Taps of one buyer before another one replaces them: the bot limits a person to 100 taps a minute. */
const TAPS_A_BUYER = 80;
const WALK = ['v1:buy:0', 'v1:servers:nl:0', 'v1:server:*', 'v1:plan:month'] as const;

interface Walker {
  readonly user: TelegramUser;
  readonly messageId: number;
  seq: number;
}

const log = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const pinned = existsSync('/usr/bin/taskset');
  console.log(
    `${SECONDS} s each; the bot ${pinned ? `pinned to core ${CORE}` : 'not pinned (no taskset)'}; ${machine()}.\n`,
  );
  const shop = await openShop({
    pace: { pollIntervalMs: 10_000, pollTimeoutMs: 300_000 },
    env: { BOT_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 'bench-only-the-stand-in-knows' },
  });
  try {
    await shop.start('bot', pinned ? { core: CORE } : {});
    await waitUntil(
      async () => (await control<{ webhookUrl: string | null }>(`${shop.telegramUrl}/_sim/bot`)).webhookUrl !== null,
      { what: 'the bot has set its webhook' },
    );

    let nextId = 50_000;
    const newWalker = async (): Promise<Walker> => {
      const user = createTelegramUser(shop.telegramUrl, (nextId += 1));
      await user.start();
      const { messageId, seq } = await user.waitFor('', 20_000);
      return { user, messageId, seq };
    };
    const tap = async (walker: Walker, data: string): Promise<number> => {
      const begun = performance.now();
      await walker.user.click({ messageId: walker.messageId, data });
      walker.seq = (await walker.user.waitFor('', 20_000, { sinceSeq: walker.seq })).seq;
      return performance.now() - begun;
    };

    const rows: (string | number)[][] = [];
    for (const concurrency of AT_ONCE) {
      log(`${concurrency} at once`);
      // Enough buyers that none reaches the limit of taps, at any speed that the bot can reach.
      const people: Walker[] = [];
      const wanted = Math.max(concurrency, Math.ceil((SECONDS * 600) / TAPS_A_BUYER));
      const ids = Array.from({ length: wanted }).values();
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (const _ of ids) people.push(await newWalker());
        }),
      );
      const times: number[] = [];
      const cpuBefore = cpuSeconds(shop.pids.get('bot')!);
      const begun = performance.now();
      const until = begun + SECONDS * 1000;
      const queue = people.values();
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (const walker of queue) {
            for (let count = 0; count < TAPS_A_BUYER && performance.now() < until; count += 1)
              times.push(await tap(walker, WALK[count % WALK.length]!));
            if (performance.now() >= until) return;
          }
        }),
      );
      const seconds = (performance.now() - begun) / 1000;
      if (performance.now() < until) log(`  ran out of people after ${seconds.toFixed(1)} s`);
      const used = cpuSeconds(shop.pids.get('bot')!) - cpuBefore;
      rows.push([
        concurrency,
        Math.round(times.length / seconds),
        ...[0.5, 0.99, 1].map((share) => Math.round(quantile(times, share))),
        `${Math.round((100 * used) / seconds)} %`,
        ((used * 1000) / times.length).toFixed(1),
      ]);
    }
    console.log(
      table(
        [
          'buyers at once',
          'updates a second',
          'tap to reply p50, ms',
          'p99, ms',
          'max, ms',
          'of one core used by the bot',
          'bot CPU ms an update',
        ],
        rows,
      ),
    );
    const metrics = await (await fetch(`${shop.botUrl}/metrics`)).text();
    const outcomes = metrics.split('\n').filter((line) => /^\w*updates?\w*_(count|total)\{/.test(line));
    log(outcomes.join('\n'));
  } finally {
    await shop.stop();
  }
}

runBench(main);
