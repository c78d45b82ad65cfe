/** One group of activities for each thing the payment depends on, with the retry policy that suits it. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  FulfilmentActivities,
  PanelActivities,
  PaymentRecordActivities,
  ProviderActivities,
  TelegramActivities,
  WatchActivities,
} from '../contracts/activities';
import { WATCH_TASK_QUEUE } from '../contracts/payment';
import { DATABASE, HEARTBEAT_TIMEOUT, PANEL_FIRST_ATTEMPTS, PANEL_UNTIL_BACK, TELEGRAM } from '../retryPolicies';

/** An attempt that is running when it is cancelled is waited for: it may have had its effect. */
const { WAIT_CANCELLATION_COMPLETED } = ActivityCancellationType;

/**
 * The fast path from the money to the key: tried once, inside the workflow task, so that a buyer whose every call is
 * answered has the key after one task. It limits its own steps up to the key to a few seconds; the messages after
 * that are never cut short, because a repeat would send them twice. The limit here is for a worker that hangs.
 */
export const { fulfillPayment } = proxyLocalActivities<FulfilmentActivities>({
  startToCloseTimeout: '1m',
  retry: { maximumAttempts: 1 },
  summary: 'fast path from the money to the key',
});

/**
 * Somebody wants the provider to be asked now. The pauses stay short: people wait for it, and the watch goes on beside
 * it.
 */
export const lookNow = proxyActivities<ProviderActivities>({
  startToCloseTimeout: '15s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // It only reads, and its worker may be dead: nobody waits for its end.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
  summary: 'woken: ask the provider now',
});

/** @param withinMs when it is given up */
export function linkCreation(withinMs: number) {
  return proxyActivities<ProviderActivities>({
    startToCloseTimeout: '45s',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    // Zero would be no limit.
    scheduleToCloseTimeout: Math.max(1_000, withinMs),
    cancellationType: WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '20s' },
    summary: 'create the payment',
  });
}

/**
 * The close watch: one activity that sleeps between its questions, so that the history does not grow with them.
 * Thousands may run at once and each heartbeat is a write at Temporal, so it sends one every six seconds
 * (`createWorkers`). Two may be late before another worker takes over: a shop without webhooks has nothing else that
 * sees the money.
 */
export function closeWatch(pollTimeoutMs: number) {
  return proxyActivities<WatchActivities>({
    taskQueue: WATCH_TASK_QUEUE,
    startToCloseTimeout: pollTimeoutMs + 120_000,
    heartbeatTimeout: '15s',
    cancellationType: WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    summary: 'watch the payment closely',
  });
}

/** The slow guard: each attempt asks once, the retry policy is the pause. */
export const slowGuard = proxyActivities<ProviderActivities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '20s', backoffCoefficient: 1.3, maximumInterval: '2m' },
  summary: 'wait until the provider says "succeeded" or "canceled"',
});

export const database = proxyActivities<PaymentRecordActivities>(DATABASE);

export const panelFirstAttempts = proxyActivities<PanelActivities>(PANEL_FIRST_ATTEMPTS);

/** Until the panel is back, or somebody decides otherwise. */
export const panelUntilDecided = proxyActivities<PanelActivities>(PANEL_UNTIL_BACK);

export const telegram = proxyActivities<TelegramActivities>(TELEGRAM);
