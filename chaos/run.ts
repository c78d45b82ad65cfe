/** One run: starts the shop, lets buyers buy under faults, waits until it is idle, and compares the ledgers. */
import path from 'node:path';
import { connectTemporal } from '../src/clients/temporal';
import { createPool } from '../src/storage/postgres/pool';
import { runAuditMidway, runAuditTool } from './ledgers/auditTool';
import { judge, readExternalLedgers } from './ledgers/external';
import { freeDaysOf } from './ledgers/free';
import { claimableGifts, giftDaysOf, judgeGifts } from './ledgers/gifts';
import { stuckLines, waitUntilIdle } from './ledgers/idle';
import { judgePromos, makePromoCodes, promoUses } from './ledgers/promos';
import { claimedVouchers, judgeVouchers, makeVouchers } from './ledgers/vouchers';
import type { Options } from './options';
import type { Chats } from './buyers/chats';
import type { Outcome } from './report';
import { runPurchases } from './purchases';
import type { Progress } from './environment/tools';
import { startEnvironment, type Environment } from './environment/environment';
import { createOwner } from './environment/owner';

const SETTLE_WITHIN_MS = 600_000;
/** The longer a run, the more of its unpaid orders are still guarded at its end. */
const SETTLE_WITHIN_MS_PER_PURCHASE = 120;

export async function runChaos(
  options: Options,
  dir: string,
  progress: Progress,
): Promise<Outcome & { environment: Environment }> {
  const environment = await startEnvironment({
    dir,
    progress,
    temporal: options.temporal,
    shortLimits: options.shortLimits,
  });
  const pool = createPool(environment.databaseUrl, { max: 3, onError: () => undefined });
  const temporal = await connectTemporal({
    connection: { address: environment.temporalAddress },
    namespace: environment.namespace,
  });
  try {
    await makePromoCodes(pool);
    await makeVouchers(pool);
    const { urls, toolEnv } = environment;
    const owner = createOwner({ pool, temporal: temporal.client, yookassaUrl: urls.yookassa, toolEnv });
    const { buyers, planned, tally, injector, chats, runMs } = await runPurchases(
      options,
      environment,
      progress,
      owner,
    );
    const auditMidway = await runAuditMidway(environment.toolEnv);
    const { at, left } = await waitUntilIdle({
      pool,
      temporal: temporal.client,
      yookassaUrl: environment.urls.yookassa,
      timeoutMs: Math.max(SETTLE_WITHIN_MS, options.purchases * SETTLE_WITHIN_MS_PER_PURCHASE),
      say: progress.log,
    });
    const ledgers = await readExternalLedgers(environment.urls);
    const judgement = judge(
      ledgers,
      tally.forms,
      freeDaysOf(tally, ledgers, chats),
      giftDaysOf(tally.gifts, ledgers, chats),
    );
    const audit = await runAuditTool(environment.toolEnv);
    const told = await untold(pool, chats);
    chats.close();
    return {
      seed: options.seed,
      shop: 'GigaBridge',
      temporal: environment.temporal,
      buyers,
      gaveUp: tally.gaveUp,
      runMs,
      idleAfterMs: at - injector.lastAt,
      injector,
      judgement,
      left,
      stuckLines: await stuckLines(pool),
      auditMidway,
      audit,
      otherThanConfirmed: tally.otherThanConfirmed,
      promos: judgePromos(ledgers, tally.forms, planned, await promoUses(pool)),
      vouchers: judgeVouchers(ledgers, tally.claims, await claimedVouchers(pool)),
      gifts: judgeGifts(ledgers, tally, chats, await claimableGifts(pool)),
      untold: told,
      environment,
    };
  } finally {
    await Promise.allSettled([pool.end(), temporal.close()]);
  }
}

/** Buyers whose key was sent according to the database but is not in their chat. */
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
