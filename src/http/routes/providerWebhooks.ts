import type { Logger } from '../../config/logger';
import { isUuid } from '../../domain/uuid';
import { withTimeLimit } from '../../process/timeLimit';
import type { Notification, ProviderWebhook } from '../../providers/webhook';
import type { WebhookEventsRepository } from '../../storage/postgres/webhookEvents';
import { clientAddress } from '../clientAddress';
import type { HttpRoutes } from '../server';
import { throttledLog } from '../throttledLog';

export interface ProviderWebhookDeps {
  readonly webhook: ProviderWebhook;
  readonly trustedProxies: number;
  readonly webhookEvents: Pick<WebhookEventsRepository, 'store'>;
  /** Called with a stored notification; must return at once and not throw. */
  readonly stored: (eventId: number, notification: Notification) => void;
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
 * `POST /webhooks/<provider>`. The notification is stored before the answer: providers repeat for a day and longer what
 * was not answered 200. The body proves nothing; it only says which payment to read from the API.
 *
 * 200 stored, 400 not a notification, 403 not the provider's address or signature, 413 too large, 415 another content
 * type than JSON, 503 not stored (too many at once, or PostgreSQL is away or slow).
 */
export function providerWebhookRoutes(deps: ProviderWebhookDeps): HttpRoutes {
  const { webhook, trustedProxies, webhookEvents, stored, logger, maxAtOnce = 200, storeWithinMs = 5_000 } = deps;
  const { provider } = webhook;
  // Strangers can cause each of these as often as they like, so the log lines are throttled.
  const foreign = throttledLog<{ address: string }>((count, last) =>
    logger.warn({ provider, count, ...last }, 'notifications that are not the provider’s were refused'),
  );
  const unreadable = throttledLog<{ bytes: number }>((count, last) =>
    logger.warn({ provider, count, ...last }, 'a body that is no notification was refused'),
  );
  const tooMany = throttledLog<object>((count) =>
    logger.warn(
      { provider, count, maxAtOnce },
      'more notifications at once than can be stored; the sender was asked to repeat them',
    ),
  );
  const notStored = throttledLog<{ error: unknown; event: string }>((count, { error, event }) =>
    logger.error(
      { provider, err: error, count, event },
      'a notification could not be stored; the provider will repeat it',
    ),
  );
  let inFlight = 0;
  return (app) => {
    app.removeAllContentTypeParsers();
    // As it came: a signature is over these bytes.
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    app.post(
      `/webhooks/${provider}`,
      {
        bodyLimit: BODY_LIMIT,
        // Before the body is read, so that a stranger's body is not received.
        onRequest: async (request, reply) => {
          const address = clientAddress(request, trustedProxies);
          if (!webhook.mayNotify(address)) {
            foreign({ address: address.slice(0, 64) });
            return reply.code(403).send({ error: 'not an address of the provider' });
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
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const address = clientAddress(request, trustedProxies);
        const received = webhook.receive(body, request.headers);
        if (received.outcome === 'rejected') {
          if (received.why === 'signature') {
            foreign({ address: address.slice(0, 64) });
            return reply.code(403).send({ error: 'not signed by the provider for this shop' });
          }
          unreadable({ bytes: body.length });
          return reply.code(400).send({ error: 'not a notification' });
        }
        const { notification } = received;
        let eventId: number;
        try {
          const storing = webhookEvents.store({
            provider,
            remoteAddress: address,
            body: received.stored,
            event: notification.event,
            objectId: notification.objectId,
            ...(isUuid(notification.claimedOrderId) ? { paymentId: notification.claimedOrderId } : {}),
          });
          // If it is stored after the limit nevertheless, the provider's repeat is one more of the same notification.
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
