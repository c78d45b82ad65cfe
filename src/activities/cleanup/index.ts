import { heartbeat } from '@temporalio/activity';
import type { Redis } from 'ioredis';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { RetentionRepository } from '../../storage/postgres/retention';
import { sweep } from '../../storage/redis/sweep';
import type { CleanupActivities, OldThing } from '../../workflows/contracts/cleanup';
import type { PaymentKeeper } from '../reconciliation';
import { resumable } from '../heartbeat';

export interface CleanupActivityDeps {
  readonly payments: Pick<PaymentsRepository, 'byId'>;
  readonly reconciliation: Pick<ReconciliationRepository, 'closeNeverAsked'>;
  readonly retention: RetentionRepository;
  readonly redis: { readonly fsm: Redis; readonly cache: Redis };
  readonly keeper: () => Pick<PaymentKeeper, 'isRunning' | 'ensureRunning' | 'notified'>;
  /** How long each thing is kept, in ms. */
  readonly keepMs: Readonly<Record<OldThing, number>>;
  readonly now: () => Date;
}

const BATCH = 500;
/** YooKassa itself ends an unpaid payment after an hour; a day later something has gone wrong with its workflow. */
const ABANDONED_MS = 24 * 3_600_000;

export function createCleanupActivities({
  payments,
  reconciliation,
  retention,
  redis,
  keeper,
  keepMs,
  now,
}: CleanupActivityDeps): CleanupActivities {
  return {
    sweepRedis: ({ database }) =>
      resumable<undefined, Awaited<ReturnType<CleanupActivities['sweepRedis']>>>((_from, note, signal) =>
        sweep(redis[database], database, () => note(undefined), signal),
      ),

    async askAboutAbandoned({ after }) {
      const before = new Date(now().getTime() - ABANDONED_MS);
      const ids = await retention.openPayments(before, after, BATCH);
      const workflows = keeper();
      const sum = { asked: 0, closed: 0 };
      for (const id of ids) {
        heartbeat();
        const running = await workflows.isRunning(id);
        if (!running && (await reconciliation.closeNeverAsked(id, before))) {
          sum.closed += 1;
          continue;
        }
        const payment = await payments.byId(id);
        if (!payment) continue;
        // Only YooKassa's own word closes what it was asked for: the workflow gets it and acts on it.
        if (!running) await workflows.ensureRunning(payment);
        await workflows.notified(id);
        sum.asked += 1;
      }
      return { ...sum, next: ids.length === BATCH ? ids.at(-1)! : null };
    },

    removeOld: ({ what }) =>
      resumable<number, { removed: number }>(async (from = 0, note, signal) => {
        const before = new Date(now().getTime() - keepMs[what]);
        let removed = from;
        for (;;) {
          signal.throwIfAborted();
          const batch = await retention.remove(what, before, BATCH);
          removed += batch;
          note(removed);
          if (batch < BATCH) return { removed };
        }
      }),
  };
}
