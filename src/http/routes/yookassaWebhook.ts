import type { Logger } from '../../config/logger';
import { storedNotification } from '../../gateways/yookassa/storedNotification';
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
  /** Called with a stored notification; must return at once and not throw. */
  readonly stored: (eventId: number, notification: YooNotification) => void;
  readonly logger: Logger;
  /**
   * Notifications handled at once (200); further ones are answered 503. Together with the body's limit it bounds
   * memory.
   */
  readonly maxAtOnce?: number;
  /** How long storing may take, in ms (5 000), before the answer is 503. */
  readonly storeWithinMs?: number;
}

/** A notification is one or two KB; a quarter of a megabyte is generous. */
const BODY_LIMIT = 256 * 1024;

/**
 * `POST /webhooks/yookassa`. The notification is stored before the answer: YooKassa repeats for 24 hours what was not
 * answered 200. The body proves nothing; it only says which payment to read from the API.
 *
 * 200 stored, 400 not a notification, 403 not YooKassa's address, 413 too large, 415 another content type than JSON,
 * 503 not stored (too many at once, or PostgreSQL is away or slow).
 */
export function yookassaWebhookRoutes(deps: YooKassaWebhookDeps): HttpRoutes {
  const { ranges, trustedProxies, webhookEvents, stored, logger, maxAtOnce = 200, storeWithinMs = 5_000 } = deps;
  // Strangers can cause each of these as often as they like, so the log lines are throttled.
  const foreignAddress = throttledLog<{ address: string }>((count, last) =>
    logger.warn({ count, ...last }, 'notifications from an address that is not YooKassa’s were refused'),
  );
  const unreadable = throttledLog<{ bytes: number }>((count, last) =>
    logger.warn({ count, ...last }, 'a body that is no notification was refused'),
  );
  const tooMany = throttledLog<object>((count) =>
    logger.warn(
      { count, maxAtOnce },
      'more notifications at once than can be stored; the sender was asked to repeat them',
    ),
  );
  const notStored = throttledLog<{ error: unknown; event: string }>((count, { error, event }) =>
    logger.error({ err: error, count, event }, 'a notification could not be stored; YooKassa will repeat it'),
  );
  let inFlight = 0;
  return (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));

    app.post(
      '/webhooks/yookassa',
      {
        bodyLimit: BODY_LIMIT,
        // Before the body is read, so that a stranger's body is not received.
        onRequest: async (request, reply) => {
          const address = clientAddress(request, trustedProxies);
          if (!isYooKassaAddress(address, ranges)) {
            foreignAddress({ address: address.slice(0, 64) });
            return reply.code(403).send({ error: 'not an address of YooKassa' });
          }
          if (inFlight >= maxAtOnce) {
            tooMany({});
            return reply.code(503).header('retry-after', '10').send({ error: 'busy, please repeat' });
          }
          inFlight += 1;
          // Also when the sender closes the connection early.
          reply.raw.once('close', () => (inFlight -= 1));
        },
      },
      async (request, reply) => {
        const body = typeof request.body === 'string' ? request.body : '';
        const json = parseJson(body);
        const notification = parseNotification(json);
        if (!notification) {
          unreadable({ bytes: body.length });
          return reply.code(400).send({ error: 'not a YooKassa notification' });
        }
        let eventId: number;
        try {
          const storing = webhookEvents.store({
            remoteAddress: clientAddress(request, trustedProxies),
            body: storedNotification(json),
            event: notification.event,
            objectId: notification.objectId,
            ...(isUuid(notification.metadataPaymentId) ? { paymentId: notification.metadataPaymentId } : {}),
          });
          // If it is stored after the limit nevertheless, YooKassa's repeat is one more of the same notification.
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
