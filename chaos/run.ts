/** One run: the shop is opened, buyers come, everything breaks, quiet returns, the books are compared. */
import path from 'node:path';
import { connectTemporal } from '../src/clients/temporal';
import { createPool } from '../src/storage/postgres/pool';
import { runAuditTool } from './books/audit';
import { judge, readOutside } from './books/outside';
import { settle } from './books/settle';
import type { Options } from './options';
import type { Chats } from './people/chats';
import type { Outcome } from './report';
import { playScene } from './scene';
import type { Progress } from './world/tools';
import { startWorld, type World } from './world/world';

const SETTLE_WITHIN_MS = 600_000;
/** The longer a run, the more of its unpaid orders are still guarded at its end. */
const SETTLE_WITHIN_MS_PER_PURCHASE = 120;

export async function runChaos(options: Options, dir: string, progress: Progress): Promise<Outcome & { world: World }> {
  const world = await startWorld({ dir, temporal: options.temporal, progress });
  const pool = createPool(world.databaseUrl, { max: 3, onError: () => undefined });
  const temporal = await connectTemporal({ address: world.temporalAddress, namespace: world.namespace });
  try {
    const { buyers, tally, monkey, chats, runMs } = await playScene(options, world, progress);
    const { at, left } = await settle({
      pool,
      temporal: temporal.client,
      yookassaUrl: world.urls.yookassa,
      timeoutMs: Math.max(SETTLE_WITHIN_MS, options.purchases * SETTLE_WITHIN_MS_PER_PURCHASE),
      say: progress.log,
    });
    const judgement = judge(await readOutside(world.urls), tally.forms);
    const audit = await runAuditTool(world.toolEnv);
    const told = await untold(pool, chats);
    chats.close();
    return {
      seed: options.seed,
      shop: 'GigaBridge',
      temporal: world.temporal,
      buyers,
      gaveUp: tally.gaveUp,
      runMs,
      settledMs: at - monkey.lastAt,
      monkey,
      judgement,
      left,
      audit,
      untold: told,
      world,
    };
  } finally {
    await Promise.allSettled([pool.end(), temporal.close()]);
  }
}

/** Whose key the record says was sent, and in whose chat there is none. */
async function untold(pool: ReturnType<typeof createPool>, chats: Chats): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: number; id: string }>(
    `SELECT p.user_id, p.id FROM payments p JOIN notifications n ON n.kind = 'key' AND n.subject = p.id::text AND n.status = 'sent' WHERE p.status = 'issued'`,
  );
  return rows.flatMap(({ user_id, id }) =>
    chats.of(user_id).keys().length > 0 ? [] : [`buyer ${user_id}, payment ${id}`],
  );
}

export function runDir(): string {
  return path.resolve(__dirname, '..', '.gigabridge', `chaos-${process.pid}`);
}
