/** Buyers come while everything breaks: the part of a run that is the same for every shop. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { FaultInjector } from './faults/injector';
import { planFaults } from './faults/plan';
import type { Options } from './options';
import { Chats } from './buyers/chats';
import { runBuyer } from './buyers/behaviours';
import { planBuyers, type PlannedBuyer } from './buyers/plan';
import { emptyTally, type Tally } from './buyers/tally';
import { createRandom } from './random';
import type { Progress } from './environment/tools';
import type { Environment } from './environment/environment';
import type { Owner } from './environment/owner';

/** The close watch of a run lasts 20 s. */
const LATE_MS = 25_000;
/** Faults go on for a little while after the last buyer has come. */
const AFTERMATH_MS = 20_000;
const SAY_EVERY_MS = 15_000;

export interface PurchasesOutcome {
  readonly buyers: number;
  readonly planned: readonly PlannedBuyer[];
  readonly tally: Tally;
  readonly injector: FaultInjector;
  readonly chats: Chats;
  readonly runMs: number;
}

/**
 * Runs buyers and faults until the last fault is lifted and every buyer has finished.
 * @param owner what the shop's owner does for buyers who need it
 * @param waitMs how long a buyer waits for what they have paid for
 */
export async function runPurchases(
  options: Pick<Options, 'seed' | 'purchases' | 'rate' | 'faultEveryMs' | 'shortLimits' | 'only'>,
  environment: Environment,
  progress: Progress,
  owner: Owner,
  waitMs = 180_000,
): Promise<PurchasesOutcome> {
  const random = createRandom(options.seed);
  const buyers = planBuyers(random.fork('buyers'), options.purchases, options.rate, options.only);
  const spanMs = buyers.at(-1)!.arrivesMs + AFTERMATH_MS;
  const faults =
    options.faultEveryMs === 0
      ? []
      : planFaults(random.fork('faults'), spanMs, options.faultEveryMs, !options.shortLimits);
  progress.log(
    `Seed ${options.seed}: ${buyers.length} buyers come within ${Math.round(spanMs / 1000)} s, ${faults.length} faults are planned.`,
  );
  const chats = new Chats(environment.urls.telegram);
  const injector = new FaultInjector(environment, progress.log);
  const tally = emptyTally();
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  await chats.open();
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  let there = 0;
  const sayer = setInterval(
    () =>
      progress.log(
        `${seconds()} s: ${there} of ${buyers.length} buyers have come, ${tally.orders} links, ${tally.paid} paid, ${[...injector.kills.values()].reduce((a, b) => a + b, 0)} processes killed`,
      ),
    SAY_EVERY_MS,
  );
  const lives = buyers.map(async (buyer: PlannedBuyer) => {
    await pause(buyer.arrivesMs);
    there += 1;
    await runBuyer(buyer, {
      telegramUrl: environment.urls.telegram,
      chats,
      tally,
      owner,
      lateMs: LATE_MS,
      waitMs,
      stopped: stopped.signal,
    });
  });
  await injector.run(faults, stopped.signal);
  await injector.liftAll();
  progress.log(`${seconds()} s: the last fault is lifted`);
  await Promise.all(lives);
  clearInterval(sayer);
  stopped.abort();
  return { buyers: buyers.length, planned: buyers, tally, injector, chats, runMs: performance.now() - began };
}
