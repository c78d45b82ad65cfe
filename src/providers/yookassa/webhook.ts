import { parseJson } from '../../gateways/text';
import { storedNotification } from '../../gateways/yookassa/storedNotification';
import { parseNotification } from '../../gateways/yookassa/webhook';
import { isYooKassaAddress } from '../../gateways/yookassa/webhookIps';
import type { Notification, ProviderWebhook } from '../webhook';
import { YOOKASSA_ID } from './label';

/**
 * YooKassa's notifications have no signature: they are taken from its addresses only, and prove nothing.
 * @param ranges addresses and CIDR ranges that may notify
 */
export function createYooKassaWebhook(ranges: readonly string[]): ProviderWebhook {
  return {
    provider: YOOKASSA_ID,
    mayNotify: (address) => isYooKassaAddress(address, ranges),
    receive(raw) {
      const body = parseJson(raw.toString('utf8'));
      const notification = notificationOf(body);
      if (notification === undefined) return { outcome: 'rejected', why: 'shape' };
      return { outcome: 'accepted', notification, stored: storedNotification(body) };
    },
  };
}

/** @param stored what was kept of one */
export function readNotification(stored: string): Notification | undefined {
  return notificationOf(parseJson(stored));
}

function notificationOf(body: unknown): Notification | undefined {
  const read = parseNotification(body);
  if (read === undefined) return undefined;
  return {
    provider: YOOKASSA_ID,
    event: read.event,
    objectId: read.objectId,
    about: ABOUT[read.kind],
    ref: read.kind === 'other' ? undefined : read.paymentId,
    claimedOrderId: read.metadataPaymentId,
    saysPaid: read.event === 'payment.succeeded',
  };
}

const ABOUT = { payment: 'charge', refund: 'refund', other: 'other' } as const;
