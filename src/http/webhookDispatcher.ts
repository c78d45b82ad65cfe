import { wakeByNotification, type WakeDeps } from '../clients/wakeByNotification';
import type { Logger } from '../config/logger';
import type { YooNotification } from '../gateways/yookassa/webhook';
import { throttledLog } from './throttledLog';

export interface WebhookDispatcherDeps extends WakeDeps {
  /** Our payment id by YooKassa's, from Redis; `undefined` when it is not there or Redis is away. */
  readonly knownPaymentId: (yookassaId: string) => Promise<string | undefined>;
  readonly webhookEvents: { handled(ids: readonly number[], outcome: string): Promise<void> };
  readonly logger: Logger;
  /** Notifications looked at together. Default 20: less than the pool has connections. */
  readonly concurrency?: number;
  /** How many may wait. Default 5,000; what is beyond stays stored and unhandled, and reconciliation finds it. */
  readonly maxWaiting?: number;
  /**
   * After looking at one thing, repeats of the same news wait this long, in ms, and are then answered by one look.
   * Default 1 000.
   */
  readonly restMs?: number;
}

export interface WebhookDispatcher {
  /** Takes a stored notification; returns at once. */
  dispatch(eventId: number, notification: YooNotification): void;
  /** Resolves when nothing is waiting or being looked at. */
  idle(): Promise<void>;
}

interface News {
  readonly notification: YooNotification;
  readonly eventIds: number[];
}

/**
 * Looks after stored notifications: has each payment looked at, and records what came of it. Bounded in memory; however
 * often the same news is repeated, the workflow is woken about once a second for it, because each call is an event of
 * its history.
 */
export function createWebhookDispatcher(deps: WebhookDispatcherDeps): WebhookDispatcher {
  const { webhookEvents, logger, concurrency = 20, maxWaiting = 5_000, restMs = 1_000 } = deps;
  const waiting = new Map<string, News>();
  const resting = new Set<string>();
  let waitingEvents = 0;
  let busy = 0;
  let whenIdle: (() => void)[] = [];
  const tooMany = throttledLog<number>((count, eventId) =>
    logger.warn(
      { count, eventId, waiting: waitingEvents },
      'too many notifications at once; these are left to reconciliation',
    ),
  );
  const failed = throttledLog<{ error: unknown; event: string }>((count, { error, event }) =>
    logger.warn(
      { err: error, count, event },
      'stored notifications are not handled yet; reconciliation will find them',
    ),
  );

  const work = async ({ notification, eventIds }: News): Promise<void> => {
    try {
      await webhookEvents.handled(eventIds, await wake(deps, notification));
    } catch (error) {
      failed({ error, event: notification.event });
    }
  };
  const nextKey = (): string | undefined => {
    for (const key of waiting.keys()) if (!resting.has(key)) return key;
    return undefined;
  };
  const next = (): void => {
    for (let key = nextKey(); busy < concurrency && key !== undefined; key = nextKey()) {
      const news = waiting.get(key)!;
      const done = key;
      waiting.delete(key);
      waitingEvents -= news.eventIds.length;
      busy += 1;
      // From here on its repeats wait, and are one.
      resting.add(key);
      void work(news).finally(() => {
        busy -= 1;
        setTimeout(() => {
          resting.delete(done);
          next();
        }, restMs);
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
      const key = `${notification.event}:${notification.objectId}`;
      const same = waiting.get(key);
      if (same) same.eventIds.push(eventId);
      else waiting.set(key, { notification, eventIds: [eventId] });
      waitingEvents += 1;
      next();
    },
    idle: () => new Promise((resolve) => (busy === 0 && waiting.size === 0 ? resolve() : whenIdle.push(resolve))),
  };
}

/** The quick way for what Redis knows: no query at all. */
async function wake(deps: WebhookDispatcherDeps, notification: YooNotification): Promise<string> {
  if (notification.kind === 'payment') {
    const known = await deps.knownPaymentId(notification.paymentId);
    if (known !== undefined && (await deps.paymentWorkflows.notified(known)) === 'woken') return 'woken';
  }
  return wakeByNotification(deps, notification);
}
