/** The same buyers and the same faults for the plain shop, judged by the same ledgers. */
import { setTimeout as pause } from 'node:timers/promises';
import { createPool } from '../../src/storage/postgres/pool';
import { judge, readExternalLedgers } from '../ledgers/external';
import { freeDaysOf } from '../ledgers/free';
import { giftDaysOf, judgeGifts } from '../ledgers/gifts';
import { judgePromos } from '../ledgers/promos';
import { judgeVouchers } from '../ledgers/vouchers';
import type { Options } from '../options';
import type { Outcome } from '../report';
import { runPurchases } from '../purchases';
import { control } from '../environment/standIns';
import type { Progress } from '../environment/tools';
import { startEnvironment, type Environment } from '../environment/environment';
import { createCabinet, type Owner } from '../environment/owner';

/** Longer than any of its jobs runs: what has not happened by then never happens. */
const QUIET_MS = 40_000;
/** How long a buyer waits for the key. The plain shop itself polls for 20 s only. */
const LIMIT_MS = 45_000;

export async function runNaive(
  options: Options,
  dir: string,
  progress: Progress,
): Promise<Outcome & { environment: Environment }> {
  const environment = await startEnvironment({ dir, temporal: 'dev', progress, shop: 'naive' });
  const pool = createPool(environment.databaseUrl, { max: 2, onError: () => undefined });
  try {
    const { buyers, planned, tally, injector, chats, runMs } = await runPurchases(
      options,
      environment,
      progress,
      naiveOwner(environment.urls.yookassa),
      LIMIT_MS,
    );
    chats.close();
    await pause(QUIET_MS);
    await control(`${environment.urls.yookassa}/_sim/clock`, 'PUT', { offsetMs: 4_000_000 });
    const ledgers = await readExternalLedgers(environment.urls);
    const judgement = judge(
      ledgers,
      tally.forms,
      freeDaysOf(tally, ledgers, chats),
      giftDaysOf(tally.gifts, ledgers, chats),
    );
    const { rows } = await pool.query<{ provider_ref: string }>(
      `SELECT provider_ref FROM naive_orders WHERE status = 'pending'`,
    );
    const uses = await pool.query<{ code: string; n: number }>(
      'SELECT code, count(*)::int AS n FROM naive_promo_uses GROUP BY code',
    );
    const counted = new Map(uses.rows.map(({ code, n }) => [code, n]));
    const vouchers = await pool.query<{ code: string }>('SELECT DISTINCT code FROM naive_vouchers');
    const claimed = new Set(vouchers.rows.map(({ code }) => code));
    const waiting = await pool.query<{ provider_ref: string }>(
      `SELECT provider_ref FROM naive_gifts WHERE state = 'waiting'`,
    );
    return {
      ...{
        seed: options.seed,
        shop: 'a plain in-memory scheduler',
        temporal: 'none',
        buyers,
        gaveUp: tally.gaveUp,
        runMs,
        idleAfterMs: Number.NaN,
        injector,
        judgement,
      },
      ...{
        left: { payments: rows.length, revocations: 0, refunds: 0, webhooks: 0, keys: 0, grants: 0, rewards: 0 },
        stuckLines: rows.map(({ provider_ref }) => `payment ${provider_ref} is pending`),
        audit: undefined,
        promos: judgePromos(ledgers, tally.forms, planned, counted),
        gifts: judgeGifts(ledgers, tally, chats, new Set(waiting.rows.map(({ provider_ref }) => provider_ref))),
        vouchers: judgeVouchers(ledgers, tally.claims, claimed),
        otherThanConfirmed: tally.otherThanConfirmed,
        untold: [],
        environment,
      },
    };
  } finally {
    await pool.end();
  }
}

/**
 * They have no command for it: all money goes back in YooKassa's cabinet. Nothing happens to old gifts, and
 * rewards are given at once.
 */
function naiveOwner(yookassaUrl: string): Owner {
  const cabinet = createCabinet(yookassaUrl);
  return {
    ...cabinet,
    refund: cabinet.refundInCabinet,
    passTheHold: async () => true,
    passTheReturn: async () => undefined,
  };
}
