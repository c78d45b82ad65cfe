/** Buyers come while everything breaks: the part of a run that is the same for every shop. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Monkey } from './monkey/monkey';
import { planFaults } from './monkey/plan';
import type { Options } from './options';
import { Chats } from './people/chats';
import { live, type Tally } from './people/live';
import { planBuyers, type PlannedBuyer } from './people/plan';
import { createRandom } from './random';
import type { Progress } from './world/tools';
import type { World } from './world/world';

/** The close watch of a run lasts 20 s. */
const LATE_MS = 25_000;
/** Faults go on for a little while after the last buyer has come. */
const AFTERMATH_MS = 20_000;
const SAY_EVERY_MS = 15_000;

export interface Scene {
  readonly buyers: number;
  readonly tally: Tally;
  readonly monkey: Monkey;
  readonly chats: Chats;
  readonly runMs: number;
}

/**
 * Plays it to the end: the last fault is lifted and every buyer has put his phone away.
 * @param patienceMs how long a buyer waits for what he has paid for
 */
export async function playScene(
  options: Pick<Options, 'seed' | 'purchases' | 'rate' | 'faultEveryMs'>,
  world: World,
  progress: Progress,
  patienceMs = 180_000,
): Promise<Scene> {
  const random = createRandom(options.seed);
  const buyers = planBuyers(random.fork('buyers'), options.purchases, options.rate);
  const spanMs = buyers.at(-1)!.arrivesMs + AFTERMATH_MS;
  const faults = options.faultEveryMs === 0 ? [] : planFaults(random.fork('faults'), spanMs, options.faultEveryMs);
  progress.log(
    `Seed ${options.seed}: ${buyers.length} buyers come within ${Math.round(spanMs / 1000)} s, ${faults.length} faults are planned.`,
  );
  const chats = new Chats(world.urls.telegram);
  const monkey = new Monkey(world, progress.log);
  const tally: Tally = { orders: 0, paid: 0, gaveUp: 0, forms: [] };
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  await chats.open();
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  let there = 0;
  const sayer = setInterval(
    () =>
      progress.log(
        `${seconds()} s: ${there} of ${buyers.length} buyers have come, ${tally.orders} links, ${tally.paid} paid, ${[...monkey.kills.values()].reduce((a, b) => a + b, 0)} processes killed`,
      ),
    SAY_EVERY_MS,
  );
  const lives = buyers.map(async (buyer: PlannedBuyer) => {
    await pause(buyer.arrivesMs);
    there += 1;
    await live(buyer, {
      telegramUrl: world.urls.telegram,
      chats,
      tally,
      lateMs: LATE_MS,
      patienceMs,
      stopped: stopped.signal,
    });
  });
  await monkey.run(faults, stopped.signal);
  await monkey.calm();
  progress.log(`${seconds()} s: the last fault is lifted`);
  await Promise.all(lives);
  clearInterval(sayer);
  stopped.abort();
  return { buyers: buyers.length, tally, monkey, chats, runMs: performance.now() - began };
}
