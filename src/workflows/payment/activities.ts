/** One group of activities for each thing the payment depends on, with the patience that thing deserves. */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type {
  AtOnceActivities,
  PanelActivities,
  ShopActivities,
  TelegramActivities,
  WatchActivities,
  YooKassaActivities,
} from '../contracts/activities';
import { WATCH_TASK_QUEUE } from '../contracts/payment';
import { RECORD, TELEGRAM, YOOKASSA, YOOKASSA_REFUND } from '../patience';

/** An attempt that is running when it is cancelled is waited for: it may have had its effect. */
const { WAIT_CANCELLATION_COMPLETED } = ActivityCancellationType;

export const yookassa = proxyActivities<YooKassaActivities>(YOOKASSA);

/** Nobody waits ten minutes for a link. Without one nobody can pay either, so giving up is safe. */
export const linkMaker = proxyActivities<YooKassaActivities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '20s' },
  summary: 'create the payment at YooKassa',
});

/** The close watch: one activity that sleeps between its questions, so that the history does not grow with them. */
export function closeWatch(pollTimeoutMs: number) {
  return proxyActivities<WatchActivities>({
    taskQueue: WATCH_TASK_QUEUE,
    startToCloseTimeout: pollTimeoutMs + 120_000,
    heartbeatTimeout: '30s',
    cancellationType: WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    summary: 'watch the payment closely',
  });
}

/** The slow guard: each attempt asks once, the retry policy is the pause. */
export const guard = proxyActivities<YooKassaActivities>({
  startToCloseTimeout: '30s',
  cancellationType: WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '20s', backoffCoefficient: 1.3, maximumInterval: '2m' },
  summary: 'wait for YooKassa’s last word',
});

export const refundFollower = proxyActivities<YooKassaActivities>(YOOKASSA_REFUND);

export const shop = proxyActivities<ShopActivities>(RECORD);

/** The first tries, fast enough that the buyer need not be told of a hiccup. */
export const panelAtOnce = proxyActivities<PanelActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '40s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
  summary: 'make the key on the panel',
});

/** The panel is away: try with growing pauses until somebody or the deadline decides otherwise. */
export const panelPatiently = proxyActivities<PanelActivities>({
  startToCloseTimeout: '30s',
  cancellationType: WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '5s', backoffCoefficient: 1.5, maximumInterval: '5m' },
  summary: 'make the key on the panel, patiently',
});

/**
 * The quick attempts of single steps on the way from the money to the key, inside a workflow task, so that a buyer whose every call is
 * answered at once need not wait for a task each. Each is tried once and briefly; what fails or takes longer is done by the
 * activity of the same name, which operators can see, with all its patience. Together they stay below the 8 s (of a task's 10)
 * after which the worker must report that it is still at work. Only the attempt itself is timed: a limit that counts from its
 * scheduling would compare the server's clock with the worker's.
 */
const once = (startToCloseTimeout: '2s' | '3s', summary: string) =>
  ({ startToCloseTimeout, retry: { maximumAttempts: 1 }, summary }) as const;
const { checkPayment } = proxyLocalActivities<YooKassaActivities>(once('2s', 'ask YooKassa now'));
const { recordPaid } = proxyLocalActivities<ShopActivities>(once('2s', 'record the money and fix what it buys'));
const { deliverSubscription } = proxyLocalActivities<PanelActivities>(once('3s', 'make the key on the panel'));
const { refreshPaymentScreen } = proxyLocalActivities<TelegramActivities>(once('2s', 'show the buyer the end'));
export const quick = { checkPayment, recordPaid, deliverSubscription, refreshPaymentScreen };

/**
 * All of that way as one of them, since payments begun with the patch `settle-at-once`. It keeps its own limits up to the key, a few
 * seconds; what it says to the buyer then is never cut short, since it would be said twice. The limit here is for a worker that hangs.
 */
export const atOnce = proxyLocalActivities<AtOnceActivities>({
  startToCloseTimeout: '1m',
  retry: { maximumAttempts: 1 },
  summary: 'from the money to the key',
});

export const telegram = proxyActivities<TelegramActivities>(TELEGRAM);
