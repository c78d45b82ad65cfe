/**
 * `npm run bench -- replicas [--seconds 15] [--share 30] [--rounds 3]`: updates a second through one replica of the bot
 * and through two, in webhook mode behind a balancer.
 *
 * Each replica may use `share` percent of one core, so that on a small machine too the bot is what is measured and not
 * the stand-in, PostgreSQL, Redis and this generator, which share what is left. Buyers walk from the menu to the
 * confirmation and start over; each waits for the screen before they tap again.
 */
import path from 'node:path';
import { startBalancer } from '../../test/support/balancer';
import { median, numberOption, quantile, table } from '../lib/numbers';
import { cpuSeconds, machine, ROOT, startProcess } from '../lib/processes';
import { runBench } from '../lib/run';
import { openShop } from '../lib/shop';
import { newWalkers, TAPS_A_BUYER, walk, webhookIsSet } from '../lib/walkers';

const SECONDS = numberOption('seconds', 15);
const SHARE = numberOption('share', 30) / 100;
const ROUNDS = numberOption('rounds', 3);
const AT_ONCE = 32;
const REPLICAS = ['bot', 'bot-2'] as const;
const WALK = ['v1:buy:0', 'v1:servers:nl:0', 'v1:server:*', 'v1:plan:month'] as const;
/** More updates than this machine can make, so that there are enough buyers and none reaches the limit of taps. */
const MOST_A_SECOND = 250;

const log = (line: string): void => console.error(line);

async function main(): Promise<void> {
  console.log(
    `${ROUNDS} rounds of ${SECONDS} s each; ${AT_ONCE} buyers at once; every replica held to ${Math.round(SHARE * 100)} % of a core; ${machine()}.\n`,
  );
  const balancer = await startBalancer();
  const env = {
    BOT_MODE: 'webhook',
    TELEGRAM_WEBHOOK_SECRET: 'bench-only-the-stand-in-knows',
    PUBLIC_URL: balancer.url,
  };
  const shop = await openShop({ pace: { pollIntervalMs: 10_000, pollTimeoutMs: 300_000 }, env });
  try {
    const bots = [];
    for (const name of REPLICAS) bots.push(await shop.start(name));
    balancer.targets = bots.map(({ url }) => url);
    await webhookIsSet(shop.telegramUrl);

    const results = REPLICAS.map(() => ({
      perSecond: [] as number[],
      times: [] as number[],
      cpuMs: [] as number[],
      cores: [] as number[],
    }));
    let nextId = 60_000;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [which, result] of results.entries()) {
        const replicas = which + 1;
        const serving = bots.slice(0, replicas);
        balancer.targets = serving.map(({ url }) => url);
        const people = Math.ceil((SECONDS * MOST_A_SECOND) / TAPS_A_BUYER) + AT_ONCE;
        const walkers = await newWalkers(shop.telegramUrl, nextId, people);
        nextId += people;
        const throttle = await startProcess({
          name: 'throttle',
          args: [
            '--import',
            'tsx',
            path.join(ROOT, 'bench/replicas/throttle.ts'),
            String(SHARE),
            ...serving.map(({ pid }) => String(pid)),
          ],
          ready: (output) => output.includes('holding'),
        });
        const used = () => serving.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
        const before = used();
        const { times, seconds } = await walk({ walkers, concurrency: AT_ONCE, path: WALK, seconds: SECONDS });
        const cpu = used() - before;
        await throttle.kill();
        for (const { pid } of serving) process.kill(pid, 'SIGCONT');
        result.perSecond.push(times.length / seconds);
        result.times.push(...times);
        result.cpuMs.push((cpu * 1000) / times.length);
        result.cores.push(cpu / seconds);
        log(`round ${round + 1}, ${replicas}: ${(times.length / seconds).toFixed(1)} a second`);
      }
    }
    console.log(
      table(
        [
          'replicas',
          'updates a second',
          'against one',
          'tap to reply p50, ms',
          'p99, ms',
          'bot CPU ms an update',
          'of one core used',
        ],
        results.map(({ perSecond, times, cpuMs, cores }, which) => [
          which + 1,
          median(perSecond).toFixed(1),
          `${(median(perSecond) / median(results[0]!.perSecond)).toFixed(2)} x`,
          Math.round(quantile(times, 0.5)),
          Math.round(quantile(times, 0.99)),
          median(cpuMs).toFixed(1),
          `${Math.round(100 * median(cores))} %`,
        ]),
      ),
    );
  } finally {
    await shop.stop();
    await balancer.close();
  }
}

runBench(main);
