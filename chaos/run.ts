/** One run: the shop is opened, buyers come, everything breaks, quiet returns, the books are compared. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectTemporal } from '../src/clients/temporal';
import { createPool } from '../src/storage/postgres/pool';
import { runAuditTool } from './books/audit';
import { judge, readOutside, type PaidForm } from './books/outside';
import { settle } from './books/settle';
import { Monkey } from './monkey/monkey';
import { planFaults } from './monkey/plan';
import type { Options } from './options';
import { Chats } from './people/chats';
import { live, type Tally } from './people/live';
import { planBuyers, type PlannedBuyer } from './people/plan';
import { createRandom } from './random';
import type { Outcome } from './report';
import type { Progress } from './world/tools';
import { startWorld, type World } from './world/world';

/** Of the settings of a run: the close watch lasts 20 s. */
const LATE_MS = 25_000;
/** Faults go on for a little while after the last buyer has come. */
const AFTERMATH_MS = 20_000;
const SETTLE_WITHIN_MS = 600_000;

export async function runChaos(options: Options, dir: string, progress: Progress): Promise<Outcome & { world: World }> {
  const random = createRandom(options.seed);
  const buyers = planBuyers(random.fork('buyers'), options.purchases, options.rate);
  const spanMs = buyers.at(-1)!.arrivesMs + AFTERMATH_MS;
  const faults = options.faultEveryMs === 0 ? [] : planFaults(random.fork('faults'), spanMs, options.faultEveryMs);
  progress.log(`Seed ${options.seed}: ${buyers.length} buyers within ${Math.round(spanMs / 1000)} s, ${faults.length} faults planned.`);

  const world = await startWorld({ dir, temporal: options.temporal, progress });
  const pool = createPool(world.databaseUrl, { max: 3, onError: () => undefined });
  const temporal = await connectTemporal({ address: world.temporalAddress, namespace: world.namespace });
  const chats = new Chats(world.urls.telegram);
  const monkey = new Monkey(world, progress.log);
  const stopped = new AbortController();
  try {
    await chats.open();
    const forms: PaidForm[] = [];
    const tally: Tally = { orders: 0, paid: 0, gaveUp: 0, forms };
    const began = performance.now();
    const [lives] = await Promise.all([
      everybody(buyers, (buyer) => live(buyer, { telegramUrl: world.urls.telegram, chats, tally, lateMs: LATE_MS, stopped: stopped.signal }), (there) =>
        progress.log(`${Math.round((performance.now() - began) / 1000)} s: ${there} buyers came, ${tally.orders} links, ${tally.paid} paid, ${[...monkey.kills.values()].reduce((a, b) => a + b, 0)} kills`),
      ),
      monkey.run(faults, stopped.signal),
    ]);
    await monkey.calm();
    progress.log('The last fault is lifted; waiting for the buyers and for quiet.');
    await lives.all;
    const runMs = performance.now() - began;
    const { at, left } = await settle({ pool, temporal: temporal.client, yookassaUrl: world.urls.yookassa, timeoutMs: SETTLE_WITHIN_MS, say: progress.log });
    const judgement = judge(await readOutside({ yookassa: world.urls.yookassa, panels: [world.urls['panel-1'], world.urls['panel-2']] }), forms);
    const audit = await runAuditTool(world.toolEnv);
    return {
      ...{ seed: options.seed, temporal: world.temporal, buyers: buyers.length, gaveUp: tally.gaveUp, runMs, settledMs: at - monkey.lastAt },
      ...{ monkey, judgement, left, audit, untold: await untold(pool, chats), world },
    };
  } finally {
    stopped.abort();
    chats.close();
    await Promise.allSettled([pool.end(), temporal.close()]);
  }
}

/** Lets everybody come at his time. @returns, once the last has come, the promise of all their ends */
async function everybody(buyers: readonly PlannedBuyer[], begin: (buyer: PlannedBuyer) => Promise<void>, say: (there: number) => void): Promise<{ all: Promise<unknown> }> {
  const began = performance.now();
  const lives: Promise<void>[] = [];
  let saidAt = began;
  for (const buyer of buyers) {
    await pause(Math.max(0, began + buyer.arrivesMs - performance.now()));
    lives.push(begin(buyer));
    if (performance.now() - saidAt > 15_000) {
      saidAt = performance.now();
      say(lives.length);
    }
  }
  return { all: Promise.all(lives) };
}

/** Whose key the record says was sent, and in whose chat there is none. */
async function untold(pool: ReturnType<typeof createPool>, chats: Chats): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: number; id: string }>(
    `SELECT p.user_id, p.id FROM payments p JOIN notifications n ON n.kind = 'key' AND n.subject = p.id::text AND n.status = 'sent' WHERE p.status = 'issued'`,
  );
  return rows.flatMap(({ user_id, id }) => (chats.of(user_id).keys().length > 0 ? [] : [`buyer ${user_id}, payment ${id}`]));
}

export function runDir(): string {
  return path.resolve(__dirname, '..', '.gigabridge', `chaos-${process.pid}`);
}
