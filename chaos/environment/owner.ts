/** What the owner of the shop does in a run, and what only time does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { giftWorkflowId } from '../../src/workflows/contracts/gift';
import type { Order } from '../buyers/buyer';
import { control } from './standIns';
import { ROOT } from './tools';

export interface Owner {
  /** Refunds, all of it or so many kopecks, as the shop lets its owner do. @returns whether the shop has taken it */
  refund(order: Pick<Order, 'paymentId' | 'providerRef'>, kopecks: number | null): Promise<boolean>;
  /** The same in YooKassa's cabinet, without telling the shop. */
  refundInCabinet(order: Pick<Order, 'providerRef'>, kopecks: number | null): Promise<boolean>;
  /** Lets the hold of the rewards for this friend pass, until both are given. @returns whether they are */
  passTheHold(friendId: number): Promise<boolean>;
  /** Lets the time of a gift pass that nobody claims, until it is its giver's own. */
  passTheReturn(paymentId: string): Promise<void>;
}

/** An engine that was killed is back after seconds. */
const TRIES = 12;
const BETWEEN_TRIES_MS = 3_000;
/** More than the days after which a gift is its giver's own. */
const PASSED_DAYS = 91;

/** @returns whether `attempt` has done it in one of its tries */
async function untilDone(attempt: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (await attempt().catch(() => false)) return true;
    await pause(BETWEEN_TRIES_MS);
  }
  return false;
}

export function createCabinet(yookassaUrl: string): Pick<Owner, 'refundInCabinet'> {
  return {
    refundInCabinet: async ({ providerRef }, kopecks) => {
      const amount = kopecks === null ? {} : { amount: (kopecks / 100).toFixed(2) };
      await control(`${yookassaUrl}/_sim/refunds`, 'POST', { paymentId: providerRef, ...amount });
      return true;
    },
  };
}

export interface OwnerDependencies {
  readonly pool: Pool;
  readonly temporal: Client;
  readonly yookassaUrl: string;
  /** Of the shop's own commands. */
  readonly toolEnv: Readonly<Record<string, string>>;
}

export function createOwner({ pool, temporal, yookassaUrl, toolEnv }: OwnerDependencies): Owner {
  return {
    ...createCabinet(yookassaUrl),

    async refund({ paymentId }, kopecks) {
      const isAsked = await untilDone(async () => {
        const amount = kopecks === null ? [] : ['--amount', (kopecks / 100).toFixed(2)];
        const command = ['refund', paymentId, ...amount, '--yes', '--as', 'chaos'];
        const child = spawn(process.execPath, [path.join(ROOT, 'dist/cli/payment.js'), ...command], {
          cwd: ROOT,
          env: { PATH: process.env['PATH'] ?? '', ...toolEnv },
          stdio: 'ignore',
        });
        const [code] = (await once(child, 'close')) as [number | null];
        return code === 0;
      });
      // The command ends when the workflow has the request. Until a worker has written it down, which may be killed
      // first, nothing in the database is in progress, and the run would take the shop for idle.
      const isWrittenDown = async (): Promise<boolean> => {
        const { rowCount } = await pool.query('SELECT FROM refunds WHERE payment_id = $1', [paymentId]);
        return rowCount !== 0;
      };
      return isAsked && untilDone(isWrittenDown);
    },

    passTheHold: (friendId) =>
      untilDone(async () => {
        await pool.query(`UPDATE referral_rewards SET due_at = now() WHERE friend_id = $1 AND status = 'waiting'`, [
          friendId,
        ]);
        await temporal.schedule.getHandle('referral-rewards').trigger();
        await pause(BETWEEN_TRIES_MS);
        const { rowCount } = await pool.query(
          `SELECT FROM referral_rewards WHERE friend_id = $1 AND status IN ('granted', 'voucher')`,
          [friendId],
        );
        return rowCount === 2;
      }),

    // Timers of months can't be waited for: the gift is made older, and its workflow, which has the time of its making
    // from its start, is ended. Reconciliation finds both, as after a loss of Temporal's data.
    async passTheReturn(paymentId) {
      await untilDone(async () => {
        const { rowCount } = await pool.query(
          `UPDATE vouchers SET created_at = now() - $2 * interval '1 day' WHERE payment_id = $1 AND status = 'issued'`,
          [paymentId, PASSED_DAYS],
        );
        return rowCount === 1;
      });
      await untilDone(async () => {
        await temporal.workflow.getHandle(giftWorkflowId(paymentId)).terminate('its time has passed in this run');
        return true;
      });
      // A run that is under way already may have looked before.
      await untilDone(async () => {
        await temporal.schedule.getHandle('payment-reconciliation').trigger();
        await pause(BETWEEN_TRIES_MS);
        const { rowCount } = await pool.query(
          `SELECT FROM vouchers WHERE payment_id = $1 AND (returned_at IS NOT NULL OR status <> 'issued')`,
          [paymentId],
        );
        return rowCount === 1;
      });
    },
  };
}
