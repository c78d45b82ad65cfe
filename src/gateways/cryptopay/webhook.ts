import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../text';

/** The header with the signature; as Node gives it, in lower case. */
export const SIGNATURE_HEADER = 'crypto-pay-api-signature';

/** What notifications of an app are signed with: the SHA-256 of its token, out of which nobody makes the token. */
export function webhookKey(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/**
 * Whether a notification is signed with this key: HMAC-SHA-256 of the body as it came (Crypto Pay docs, verifying
 * webhook updates). JSON that is read and written again has other bytes.
 * @param key as {@link webhookKey} makes it
 * @param body as it came, never re-serialised
 * @param signature the header, if there was one
 */
export function isSignedWith(key: Uint8Array, body: Uint8Array, signature: string | undefined): boolean {
  // Lower-case hex and nothing else is what Crypto Pay writes.
  if (signature === undefined || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(createHmac('sha256', key).update(body).digest(), Buffer.from(signature, 'hex'));
}

/**
 * What a notification claims. It may be old, come twice or never, so it only says which invoice to read: its
 * `update_id` is documented as not unique.
 */
export type CryptoPayNotification =
  | { readonly kind: 'paid'; readonly invoiceId: string; readonly payload: string | undefined }
  /** Another event. It must be acknowledged, or Crypto Pay repeats it for three days and switches the webhook off. */
  | { readonly kind: 'other'; readonly event: string };

const notificationSchema = z.object({
  update_type: z.string().regex(/^\w{1,40}$/),
  payload: z.unknown(),
});
const paidSchema = z.object({
  invoice_id: z.union([z.number().int().positive(), z.string().regex(/^\d{1,20}$/)]).transform(String),
  payload: z.string().optional().catch(undefined),
});

/** Reads a body whose signature is right; `undefined` when it is no notification of Crypto Pay. */
export function parseNotification(body: Uint8Array): CryptoPayNotification | undefined {
  const read = notificationSchema.safeParse(parseJson(Buffer.from(body).toString('utf8')));
  if (!read.success) return undefined;
  const { update_type: event, payload } = read.data;
  if (event !== 'invoice_paid') return { kind: 'other', event };
  const invoice = paidSchema.safeParse(payload);
  return invoice.success
    ? { kind: 'paid', invoiceId: invoice.data.invoice_id, payload: invoice.data.payload }
    : undefined;
}
