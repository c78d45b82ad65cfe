import { wakeByNotification, type WakeDeps } from '../clients/wakeByNotification';
import type { Logger } from '../config/logger';
import type { ProviderId } from '../domain/provider';
import type { Notification } from '../providers/webhook';
import { throttledLog } from './throttledLog';

export interface WebhookDispatcherDeps extends WakeDeps {
  /** Our payment id by the provider's, from Redis; `undefined` when it is not there or Redis is away. */
  readonly knownPaymentId: (provider: ProviderId, providerRef: string) => Promise<string | undefined>;
  readonly webhookEvents: { handled(ids: readonly number[], outcome: string): Promise<void> };
  readonly logger: Logger;
  /** Notifications handled in parallel. Default 20: fewer than the pool has connections. */
  readonly concurrency?: number;
  /** How many may wait. Default 5,000; further ones stay stored and unhandled until reconciliation finds them. */
  readonly maxWaiting?: number;
  /**
   * After a notification was handled, repeats of it wait this long, in ms, and are then handled as one. Default 1 000.
   */
  readonly pauseMs?: number;
}

export interface WebhookDispatcher {
  /** Takes a stored notification; returns at once. */
  dispatch(eventId: number, notification: Notification): void;
  /** Resolves when no notification waits or is being handled. */
  idle(): Promise<void>;
}

/** Equal notifications: the same event of the same object. */
interface Group {
  readonly notification: Notification;
  readonly eventIds: number[];
}

/**
 * Handles stored notifications: wakes the workflow of each payment and stores the outcome. Memory is bounded. However
 * often the same notification is repeated, it wakes the workflow about once a second, because each signal is an event
 * of its history.
 */
export function createWebhookDispatcher(deps: WebhookDispatcherDeps): WebhookDispatcher {
  const { webhookEvents, logger, concurrency = 20, maxWaiting = 5_000, pauseMs = 1_000 } = deps;
  const waiting = new Map<string, Group>();
  const pausing = new Set<string>();
  let waitingEvents = 0;
  let busy = 0;
  let whenIdle: (() => void)[] = [];
  const tooMany = throttledLog<number>((count, eventId) =>
    logger.warn(
      { count, eventId, waiting: waitingEvents },
      'too many notifications at once; reconciliation will handle these',
    ),
  );
  const failed = throttledLog<{ error: unknown; event: string }>((count, { error, event }) =>
    logger.warn(
      { err: error, count, event },
      'stored notifications could not be handled; reconciliation will handle them',
    ),
  );

  const handle = async ({ notification, eventIds }: Group): Promise<void> => {
    try {
      await webhookEvents.handled(eventIds, await wakeWorkflow(deps, notification));
    } catch (error) {
      failed({ error, event: notification.event });
    }
  };
  const nextKey = (): string | undefined => {
    for (const key of waiting.keys()) if (!pausing.has(key)) return key;
    return undefined;
  };
  const next = (): void => {
    for (let key = nextKey(); busy < concurrency && key !== undefined; key = nextKey()) {
      const group = waiting.get(key)!;
      const done = key;
      waiting.delete(key);
      waitingEvents -= group.eventIds.length;
      busy += 1;
      // From here on repeats wait and are collected.
      pausing.add(key);
      void handle(group).finally(() => {
        busy -= 1;
        setTimeout(() => {
          pausing.delete(done);
          next();
        }, pauseMs);
        next();
      });
    }
    if (busy > 0 || waiting.size > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  return {
    dispatch(eventId, notification) {
      if (waitingEvents >= maxWaiting) return tooMany(eventId);
      const key = `${notification.provider}:${notification.event}:${notification.objectId}`;
      const same = waiting.get(key);
      if (same) same.eventIds.push(eventId);
      else waiting.set(key, { notification, eventIds: [eventId] });
      waitingEvents += 1;
      next();
    },
    idle: () => new Promise((resolve) => (busy === 0 && waiting.size === 0 ? resolve() : whenIdle.push(resolve))),
  };
}

/** Without a query of PostgreSQL when Redis knows the payment. */
async function wakeWorkflow(deps: WebhookDispatcherDeps, notification: Notification): Promise<string> {
  if (notification.about === 'charge' && notification.ref !== undefined) {
    const known = await deps.knownPaymentId(notification.provider, notification.ref);
    if (known !== undefined && (await deps.paymentWorkflows.notified(known)) === 'woken') return 'woken';
  }
  return wakeByNotification(deps, notification);
}
