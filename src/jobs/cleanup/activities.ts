import { DAY_MS } from '../../domain/duration';
import { cancellationSignal } from '@temporalio/activity';
import type { Redis } from 'ioredis';
import { withProgress } from '../../activities/heartbeat';
import type { PaymentWorkflowClient } from '../../clients/paymentWorkflowClient';
import type { Settings } from '../../config/settings';
import type { PaymentsRepository } from '../../storage/postgres/payments';
import type { ReconciliationRepository } from '../../storage/postgres/reconciliation';
import type { RetentionRepository } from '../../storage/postgres/retention';
import { sweep } from '../../storage/redis/sweep';
import type { CacheInvalidation } from '../../storage/redis/cacheInvalidation';
import type { CleanupActivities, RetainedKind } from './contract';

export interface CleanupDependencies {
  readonly settings: Pick<
    Settings,
    'WEBHOOK_RETENTION' | 'PERSONAL_DATA_RETENTION' | 'NOTIFICATION_RETENTION' | 'PANEL_SAMPLE_RETENTION'
  >;
  readonly payments: Pick<PaymentsRepository, 'byId'>;
  readonly reconciliation: Pick<ReconciliationRepository, 'closeNeverAsked'>;
  readonly retention: RetentionRepository;
  readonly redis: { readonly fsm: Redis; readonly cache: Redis };
  readonly paymentWorkflowClient: () => Pick<PaymentWorkflowClient, 'isRunning' | 'ensureRunning' | 'notified'>;
  readonly cacheInvalidation: Pick<CacheInvalidation, 'invalidatePurchase'>;
  readonly now: () => Date;
}

const BATCH = 500;
/** A provider itself ends an unpaid payment after an hour; a day later something has gone wrong with its workflow. */
const ABANDONED_MS = DAY_MS;
const REVOCATION_RETENTION_MS = 90 * DAY_MS;

export function createCleanupActivities(dependencies: CleanupDependencies): { main: CleanupActivities } {
  const { settings, retention, redis, now } = dependencies;
  /** How long each kind of row is kept, in ms. */
  const retentionMs: Readonly<Record<RetainedKind, number>> = {
    webhooks: settings.WEBHOOK_RETENTION,
    'provider-requests': settings.WEBHOOK_RETENTION,
    people: settings.PERSONAL_DATA_RETENTION,
    notifications: settings.NOTIFICATION_RETENTION,
    'panel-samples': settings.PANEL_SAMPLE_RETENTION,
    'panel-drift': settings.PANEL_SAMPLE_RETENTION,
    'access-revocations': REVOCATION_RETENTION_MS,
  };
  return {
    main: {
      sweepRedis: ({ database }) => sweep(redis[database], database, cancellationSignal()),

      checkAbandonedPayments: ({ after }) => checkAbandoned(dependencies, after),

      removeOld: ({ what }) =>
        withProgress<number, { removed: number }>(async (from = 0, save, signal) => {
          const before = new Date(now().getTime() - retentionMs[what]);
          let removed = from;
          for (;;) {
            signal.throwIfAborted();
            const batch = await retention.remove(what, before, BATCH);
            removed += batch;
            save(removed);
            if (batch < BATCH) return { removed };
          }
        }),
    },
  };
}

async function checkAbandoned(
  { payments, reconciliation, retention, paymentWorkflowClient, cacheInvalidation, now }: CleanupDependencies,
  after: string | null,
): ReturnType<CleanupActivities['checkAbandonedPayments']> {
  const before = new Date(now().getTime() - ABANDONED_MS);
  const ids = await retention.openPayments(before, after, BATCH);
  const workflows = paymentWorkflowClient();
  const sum = { checked: 0, closed: 0 };
  for (const id of ids) {
    const payment = await payments.byId(id);
    if (!payment) continue;
    const running = await workflows.isRunning(id);
    if (!running && (await reconciliation.closeNeverAsked(id, before))) {
      sum.closed += 1;
      await cacheInvalidation.invalidatePurchase(payment);
      continue;
    }
    // Only the provider's answer closes a payment that it was asked for: the workflow asks and acts on it.
    if (!running) await workflows.ensureRunning(payment);
    await workflows.notified(id);
    sum.checked += 1;
  }
  return { ...sum, next: ids.length === BATCH ? ids.at(-1)! : null };
}
