import type { Logger } from '../config/logger';
import { isFinal, type Payment } from '../domain/payment';
import type { YooNotification } from '../gateways/yookassa/webhook';
import { isUuid } from './ids';

export interface NotificationDeskDeps {
  /** Our payment id by YooKassa's, from Redis; `undefined` when it is not there or Redis is away. */
  readonly knownPaymentId: (yookassaId: string) => Promise<string | undefined>;
  readonly payments: { byYooKassaId(id: string): Promise<Payment | undefined>; byId(id: string): Promise<Payment | undefined> };
  readonly paymentWorkflows: { notified(paymentId: string): Promise<'woken' | 'not-running'>; ensureRunning(payment: Payment): Promise<void> };
  readonly webhookEvents: { handled(id: number, outcome: string): Promise<void> };
  readonly logger: Logger;
  /** Notifications looked at together. Default 20: less than the pool has connections. */
  readonly concurrency?: number;
  /** How many may wait. Default 5,000; what is beyond stays stored and unhandled, and reconciliation finds it. */
  readonly maxWaiting?: number;
}

export interface NotificationDesk {
  /** Takes a stored notification; returns at once. */
  take(eventId: number, notification: YooNotification): void;
  /** Resolves when nothing is waiting or being looked at. */
  idle(): Promise<void>;
}

/** Looks after stored notifications: wakes the payment each one speaks of and records what came of it. Bounded in memory. */
export function createNotificationDesk(deps: NotificationDeskDeps): NotificationDesk {
  const { webhookEvents, logger, concurrency = 20, maxWaiting = 5_000 } = deps;
  const waiting: { eventId: number; notification: YooNotification }[] = [];
  let busy = 0;
  let whenIdle: (() => void)[] = [];

  const work = async (eventId: number, notification: YooNotification): Promise<void> => {
    try {
      await webhookEvents.handled(eventId, await wake(deps, notification));
    } catch (error) {
      logger.warn({ err: error, eventId, event: notification.event }, 'a stored notification is not handled yet; reconciliation will find it');
    }
  };
  const next = (): void => {
    while (busy < concurrency) {
      const one = waiting.shift();
      if (!one) break;
      busy += 1;
      void work(one.eventId, one.notification).finally(() => {
        busy -= 1;
        next();
      });
    }
    if (busy > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  return {
    take(eventId, notification) {
      if (waiting.length >= maxWaiting) {
        logger.warn({ eventId, waiting: waiting.length }, 'too many notifications at once; this one is left to reconciliation');
        return;
      }
      waiting.push({ eventId, notification });
      next();
    },
    idle: () => new Promise((resolve) => (busy === 0 && waiting.length === 0 ? resolve() : whenIdle.push(resolve))),
  };
}

/** @returns what came of it, for the event's record: `woken`, `started`, `workflow-ended`, `unknown-payment`, `ignored` */
async function wake(deps: NotificationDeskDeps, notification: YooNotification): Promise<string> {
  if (notification.kind === 'other') return 'ignored';
  const known = await deps.knownPaymentId(notification.paymentId);
  if (known !== undefined && (await deps.paymentWorkflows.notified(known)) === 'woken') return 'woken';
  const payment = await find(deps, notification);
  if (!payment) return 'unknown-payment';
  if ((await deps.paymentWorkflows.notified(payment.id)) === 'woken') return 'woken';
  // A cabinet refund of a finished purchase ends here too; the sync of refunds is reconciliation's work.
  if (isFinal(payment.status)) return 'workflow-ended';
  await deps.paymentWorkflows.ensureRunning(payment);
  return 'started';
}

async function find({ payments }: NotificationDeskDeps, { paymentId, metadataPaymentId }: Extract<YooNotification, { paymentId: string }>): Promise<Payment | undefined> {
  const byTheirs = await payments.byYooKassaId(paymentId);
  if (byTheirs) return byTheirs;
  // The first notification may overtake our own record of the link.
  const byOurs = isUuid(metadataPaymentId) ? await payments.byId(metadataPaymentId) : undefined;
  return byOurs && (byOurs.yookassaId === null || byOurs.yookassaId === paymentId) ? byOurs : undefined;
}
