/** Waits until the shop is idle: until nothing in its database is in progress any more. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { control } from '../environment/standIns';
import { LATE_COMMIT_MS } from '../faults/injector';
import { HOUR_MS } from '../../src/domain/duration';

export interface Unfinished {
  /** Payments that are not at an end. */
  readonly payments: number;
  /** Accounts that a panel has still to remove or shorten. */
  readonly revocations: number;
  /** Refunds that are neither completed nor closed. */
  readonly refunds: number;
  /** Stored notifications that are not handled. */
  readonly webhooks: number;
  /** Delivered, and the buyer has not been sent their key. */
  readonly keys: number;
  /** Given for nothing, and the panel does not have it yet. */
  readonly grants: number;
  /** Rewards for friends that are still to be earned, given or revoked. */
  readonly rewards: number;
}

const SQL = `SELECT
  (SELECT count(*)::int FROM payments WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired')) AS payments,
  (SELECT count(*)::int FROM access_revocations WHERE confirmed_at IS NULL AND abandoned_at IS NULL) AS revocations,
  (SELECT count(*)::int FROM refunds WHERE status IN ('planned', 'pending')) AS refunds,
  (SELECT count(*)::int FROM webhook_events WHERE handled_at IS NULL) AS webhooks,
  (SELECT count(*)::int FROM free_grants WHERE status NOT IN ('issued', 'revoked')) AS grants,
  (SELECT count(*)::int FROM referral_rewards r JOIN payments p ON p.id = r.payment_id
     WHERE r.status = 'waiting' OR (p.refunded_kopecks > 0 AND r.status NOT IN ('canceled', 'revoked', 'forfeited')))
   + (SELECT count(*)::int FROM payments p JOIN users u ON u.telegram_id = p.user_id AND u.referred_by IS NOT NULL
     WHERE p.status = 'issued' AND p.refunded_kopecks = 0 AND p.days >= 28
       AND NOT EXISTS (SELECT FROM referral_rewards r WHERE r.friend_id = p.user_id)) AS rewards,
  (SELECT count(*)::int FROM payments p WHERE status = 'issued'
     AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.kind = 'key' AND n.subject = p.id::text AND n.status IN ('sent', 'unreachable'))
     -- Of a gift that was claimed, or refunded, before Telegram took its link no link is owed any more.
     AND NOT EXISTS (SELECT 1 FROM vouchers v WHERE v.payment_id = p.id AND v.status <> 'issued')) AS keys`;

/** What is still on its way, one line for each: what it is, its payment or source, and its state. */
const STUCK_SQL = `
  SELECT 'payment' AS what, id::text AS of, status AS state, updated_at AS since FROM payments
    WHERE status NOT IN ('issued', 'refunded', 'canceled', 'expired')
  UNION ALL SELECT 'revocation', coalesce(payment_id::text, panel_user_id::text), server_code, created_at
    FROM access_revocations WHERE confirmed_at IS NULL AND abandoned_at IS NULL
  UNION ALL SELECT 'refund', payment_id::text, status, created_at FROM refunds WHERE status IN ('planned', 'pending')
  UNION ALL SELECT 'grant', kind || ' ' || source, status, given_at FROM free_grants
    WHERE status NOT IN ('issued', 'revoked')
  ORDER BY since LIMIT 50`;

/** @returns what never ended, for whoever looks into the run */
export async function stuckLines(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ what: string; of: string; state: string; since: Date }>(STUCK_SQL);
  return rows.map(({ what, of, state, since }) => `${what} of ${of}: ${state} since ${since.toISOString()}`);
}

/** By then a panel has carried out every call that it had accepted before the last fault was lifted. */
const LATE_MS = LATE_COMMIT_MS + 2_000;
const ASK_EVERY_MS = 500;
/** How often reconciliation is triggered. The schedule runs it every 15 minutes, which is too rare for a run. */
const RECONCILE_EVERY_MS = 30_000;

export interface IdleOptions {
  readonly pool: Pool;
  readonly temporal: Client;
  readonly yookassaUrl: string;
  readonly timeoutMs: number;
  readonly say: (line: string) => void;
}

/**
 * Moves YooKassa's clock on by an hour, so that unpaid payments expire, ends the hold of rewards for friends, and
 * triggers reconciliation and their job until the shop is idle.
 * @returns when the shop became idle (`performance.now()`), and what never ended
 */
export async function waitUntilIdle({
  pool,
  temporal,
  yookassaUrl,
  timeoutMs,
  say,
}: IdleOptions): Promise<{ at: number; left: Unfinished }> {
  const began = performance.now();
  const end = began + timeoutMs;
  let hours = 0;
  let nextHelp = 0;
  let saidAt = performance.now();
  let left: Unfinished | undefined;
  for (;;) {
    if (performance.now() >= nextHelp) {
      nextHelp = performance.now() + RECONCILE_EVERY_MS;
      hours += 1.1;
      await control(`${yookassaUrl}/_sim/clock`, 'PUT', { offsetMs: hours * HOUR_MS });
      // The hold of rewards is over, too, once every purchase has its key, or its money back.
      if (left?.payments === 0 && left.refunds === 0)
        await pool
          .query(`UPDATE referral_rewards SET due_at = now() WHERE status = 'waiting' AND due_at > now()`)
          .catch(() => undefined);
      // Until a worker has set up the schedules there is none to trigger.
      for (const schedule of ['payment-reconciliation', 'referral-rewards'])
        await temporal.schedule
          .getHandle(schedule)
          .trigger()
          .catch(() => undefined);
    }
    left = await pool.query<Unfinished & Record<string, number>>(SQL).then(
      ({ rows }) => rows[0],
      () => left,
    );
    if (left && Object.values(left).every((count) => count === 0)) {
      const at = performance.now();
      await pause(Math.max(0, began + LATE_MS - at));
      await syncPanels(temporal, end);
      return { at, left };
    }
    if (performance.now() >= end)
      return {
        at: performance.now(),
        left: left ?? { payments: -1, revocations: -1, refunds: -1, webhooks: -1, keys: -1, grants: -1, rewards: -1 },
      };
    if (performance.now() - saidAt > 15_000 && left) {
      saidAt = performance.now();
      say(
        `waiting until idle: ${Object.entries(left)
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${count} ${name}`)
          .join(', ')}`,
      );
    }
    await pause(ASK_EVERY_MS);
  }
}

/**
 * Runs the panel sync, as its schedule does every half hour: it finds calls that a panel carried out after the shop had
 * stopped waiting for their answer.
 */
async function syncPanels(temporal: Client, end: number): Promise<void> {
  const schedule = temporal.schedule.getHandle('panel-sync');
  const { numActionsTaken } = (await schedule.describe()).info;
  await schedule.trigger();
  while (performance.now() < end) {
    const { info } = await schedule.describe();
    if (info.numActionsTaken > numActionsTaken && info.runningActions.length === 0) return;
    await pause(ASK_EVERY_MS);
  }
}
