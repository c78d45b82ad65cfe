import type { Logger } from '../../config/logger';
import { parseNotification, type YooNotification } from '../../gateways/yookassa/webhook';
import { isYooKassaAddress } from '../../gateways/yookassa/webhookIps';
import type { WebhookEventsRepository } from '../../storage/postgres/webhookEvents';
import { clientAddress } from '../clientAddress';
import { isUuid } from '../../domain/uuid';
import { withTimeLimit } from '../../process/timeLimit';
import { throttledLog } from '../throttledLog';
import type { HttpRoutes } from '../server';

export interface YooKassaWebhookDeps {
  /** Addresses and CIDR ranges that may notify. */
  readonly ranges: readonly string[];
  readonly trustedProxies: number;
  readonly webhookEvents: Pick<WebhookEventsRepository, 'store'>;
  /** Told of a stored notification after it was answered; must return at once and not throw. */
  readonly stored: (eventId: number, notification: YooNotification) => void;
  readonly logger: Logger;
  /**
   * Notifications received and stored together (200); whoever is beyond it is told to repeat. With the body's limit it
   * bounds memory.
   */
  readonly maxAtOnce?: number;
  /** How long storing may take, in ms (5 000), before the sender is told to repeat. */
  readonly storeWithinMs?: number;
}

/** A notification is one or two KB; a quarter of a megabyte is generous. */
const BODY_LIMIT = 256 * 1024;

/**
 * `POST /webhooks/yookassa`. The raw body is stored before the answer, and nothing else happens until then: YooKassa
 * repeats what it gets no 200 for, for 24 hours. Nothing in the body is believed; it only says which payment to look at
 * again.
 *
 * 200 stored, 400 not a notification, 403 not YooKassa's address, 413 too large, 415 not JSON by its own word, 503 not
 * stored (too many at once, or PostgreSQL is away or slow).
 */
export function yookassaWebhookRoutes(deps: YooKassaWebhookDeps): HttpRoutes {
  const { ranges, trustedProxies, webhookEvents, stored, logger, maxAtOnce = 200, storeWithinMs = 5_000 } = deps;
  // Each of these can be caused a million times from outside; the log keeps its room.
  const stranger = throttledLog<{ address: string }>((count, last) =>
    logger.warn({ count, ...last }, 'notifications from an address that is not YooKassa’s were refused'),
  );
  const nonsense = throttledLog<{ bytes: number }>((count, last) =>
    logger.warn({ count, ...last }, 'a body that is no notification was refused'),
  );
  const crowded = throttledLog<object>((count) =>
    logger.warn(
      { count, maxAtOnce },
      'more notifications at once than can be stored; the sender was asked to repeat them',
    ),
  );
  const notStored = throttledLog<{ error: unknown; event: string }>((count, { error, event }) =>
    logger.error({ err: error, count, event }, 'a notification could not be stored; YooKassa will repeat it'),
  );
  let atOnce = 0;
  return (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));

    app.post(
      '/webhooks/yookassa',
      {
        bodyLimit: BODY_LIMIT,
        // Before the body is read: a stranger's megabytes are not even received.
        onRequest: async (request, reply) => {
          const address = clientAddress(request, trustedProxies);
          if (!isYooKassaAddress(address, ranges)) {
            stranger({ address: address.slice(0, 64) });
            return reply.code(403).send({ error: 'not an address of YooKassa' });
          }
          if (atOnce >= maxAtOnce) {
            crowded({});
            return reply.code(503).header('retry-after', '10').send({ error: 'busy, please repeat' });
          }
          atOnce += 1;
          // Also when the sender hangs up in the middle.
          reply.raw.once('close', () => (atOnce -= 1));
        },
      },
      async (request, reply) => {
        const body = typeof request.body === 'string' ? request.body : '';
        const notification = parseNotification(parseJson(body));
        if (!notification) {
          nonsense({ bytes: body.length });
          return reply.code(400).send({ error: 'not a YooKassa notification' });
        }
        let eventId: number;
        try {
          const storing = webhookEvents.store({
            remoteAddress: clientAddress(request, trustedProxies),
            body,
            event: notification.event,
            objectId: notification.objectId,
            ...(isUuid(notification.metadataPaymentId) ? { paymentId: notification.metadataPaymentId } : {}),
          });
          // Should it be stored after the limit all the same, the repeat is one more of the same news.
          eventId = await withTimeLimit(storeWithinMs, 'PostgreSQL', storing);
        } catch (error) {
          notStored({ error, event: notification.event });
          return reply.code(503).send({ error: 'not stored, please repeat' });
        }
        stored(eventId, notification);
        return reply.code(200).send({ ok: true });
      },
    );
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
