import type { Logger } from '../../config/logger';
import { parseNotification, type YooNotification } from '../../gateways/yookassa/webhook';
import { isYooKassaAddress } from '../../gateways/yookassa/webhookIps';
import type { WebhookEventsRepository } from '../../storage/postgres/webhookEvents';
import { clientAddress } from '../clientAddress';
import { isUuid } from '../ids';
import type { HttpRoutes } from '../server';

export interface YooKassaWebhookDeps {
  /** Addresses and CIDR ranges that may notify. */
  readonly ranges: readonly string[];
  readonly trustedProxies: number;
  readonly webhookEvents: Pick<WebhookEventsRepository, 'store'>;
  /** Told of a stored notification after it was answered; must return at once and not throw. */
  readonly stored: (eventId: number, notification: YooNotification) => void;
  readonly logger: Logger;
}

/** A notification is one or two KB; a quarter of a megabyte is generous. */
const BODY_LIMIT = 256 * 1024;

/**
 * `POST /webhooks/yookassa`. The raw body is stored before the answer, and nothing else happens until then: YooKassa repeats
 * what it gets no 200 for, for 24 hours. Nothing in the body is believed; it only says which payment to look at again.
 *
 * 200 stored, 400 not a notification, 403 not YooKassa's address, 413 too large, 415 not JSON by its own word, 503 not stored.
 */
export function yookassaWebhookRoutes(deps: YooKassaWebhookDeps): HttpRoutes {
  const { ranges, trustedProxies, webhookEvents, stored, logger } = deps;
  return (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));

    app.post('/webhooks/yookassa', {
      bodyLimit: BODY_LIMIT,
      // Before the body is read: a stranger's megabytes are not even received.
      onRequest: async (request, reply) => {
        const address = clientAddress(request, trustedProxies);
        if (isYooKassaAddress(address, ranges)) return;
        logger.warn({ address: address.slice(0, 64) }, 'a notification from an address that is not YooKassa’s was refused');
        return reply.code(403).send({ error: 'not an address of YooKassa' });
      },
    }, async (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : '';
      const notification = parseNotification(parseJson(body));
      if (!notification) {
        logger.warn({ bytes: body.length }, 'a body that is no notification was refused');
        return reply.code(400).send({ error: 'not a YooKassa notification' });
      }
      let eventId: number;
      try {
        eventId = await webhookEvents.store({
          remoteAddress: clientAddress(request, trustedProxies),
          body,
          event: notification.event,
          objectId: notification.objectId,
          ...(isUuid(notification.metadataPaymentId) ? { paymentId: notification.metadataPaymentId } : {}),
        });
      } catch (error) {
        logger.error({ err: error, event: notification.event }, 'a notification could not be stored; YooKassa will repeat it');
        return reply.code(503).send({ error: 'not stored, please repeat' });
      }
      stored(eventId, notification);
      return reply.code(200).send({ ok: true });
    });
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
