/** The same buyers and the same faults for the plain shop, judged by the same books. */
import { setTimeout as pause } from 'node:timers/promises';
import { createPool } from '../../src/storage/postgres/pool';
import { judge, readOutside } from '../books/outside';
import type { Options } from '../options';
import type { Outcome } from '../report';
import { playScene } from '../scene';
import { control } from '../world/standIns';
import type { Progress } from '../world/tools';
import { startWorld, type World } from '../world/world';

/** Longer than any of its jobs lives: what has not happened by then never will. */
const QUIET_MS = 40_000;
/** What has not come by then will not: its own watch lasts 20 s. */
const PATIENCE_MS = 45_000;

export async function runNaive(options: Options, dir: string, progress: Progress): Promise<Outcome & { world: World }> {
  const world = await startWorld({ dir, temporal: 'dev', progress, shop: 'naive' });
  const pool = createPool(world.databaseUrl, { max: 2, onError: () => undefined });
  try {
    const { buyers, tally, monkey, chats, runMs } = await playScene(options, world, progress, PATIENCE_MS);
    chats.close();
    await pause(QUIET_MS);
    await control(`${world.urls.yookassa}/_sim/clock`, 'PUT', { offsetMs: 4_000_000 });
    const judgement = judge(await readOutside(world.urls), tally.forms);
    const { rows } = await pool.query<{ yookassa_id: string }>(
      `SELECT yookassa_id FROM naive_orders WHERE status = 'pending'`,
    );
    return {
      ...{
        seed: options.seed,
        shop: 'a plain in-memory scheduler',
        temporal: 'none',
        buyers,
        gaveUp: tally.gaveUp,
        runMs,
        settledMs: Number.NaN,
        monkey,
        judgement,
      },
      ...{
        left: { payments: rows.length, withdrawals: 0, refunds: 0, webhooks: 0, keys: 0 },
        audit: undefined,
        untold: [],
        world,
      },
    };
  } finally {
    await pool.end();
  }
}
