import { isSignedWith, parseNotification, SIGNATURE_HEADER } from '../../gateways/cryptopay/webhook';
import type { Notification, ProviderWebhook } from '../webhook';
import { CRYPTOPAY_ID } from './label';
import { claimOf } from '../token';

/**
 * Notifications of Crypto Pay: from any address, and signed. A right signature proves the app, not the order: other
 * programs may sell through it.
 * @param key SHA-256 of the token: enough to check a signature, and no key to the money
 */
export function createCryptoPayWebhook(key: Uint8Array): ProviderWebhook {
  return {
    provider: CRYPTOPAY_ID,
    mayNotify: () => true,
    receive(raw, headers) {
      const signature = headers[SIGNATURE_HEADER];
      if (!isSignedWith(key, raw, typeof signature === 'string' ? signature : undefined))
        return { outcome: 'rejected', why: 'signature' };
      const read = parseNotification(raw);
      if (read === undefined) return { outcome: 'rejected', why: 'shape' };
      // Nothing of the payer is kept: which invoice, and what it carries of ours.
      const stored =
        read.kind === 'paid'
          ? { update_type: 'invoice_paid', payload: { invoice_id: read.invoiceId, payload: read.payload } }
          : { update_type: read.event };
      return { outcome: 'accepted', notification: shown(read), stored: JSON.stringify(stored) };
    },
  };
}

/** @param stored what was kept of one */
export function readNotification(stored: string): Notification | undefined {
  const read = parseNotification(Buffer.from(stored));
  return read && shown(read);
}

function shown(read: NonNullable<ReturnType<typeof parseNotification>>): Notification {
  if (read.kind === 'other')
    return {
      provider: CRYPTOPAY_ID,
      event: read.event,
      // Its update_id is documented as not unique, and what it is about is not known.
      objectId: '-',
      about: 'other',
      ref: undefined,
      claimedOrderId: undefined,
      saysPaid: false,
    };
  return {
    provider: CRYPTOPAY_ID,
    event: 'invoice_paid',
    objectId: read.invoiceId,
    about: 'charge',
    ref: read.invoiceId,
    claimedOrderId: claimOf(read.payload).orderId ?? undefined,
    saysPaid: true,
  };
}
