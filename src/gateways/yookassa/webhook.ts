import { z } from 'zod';

/**
 * What a notification claims. Nothing in it is proof: it carries no signature, may be forged, stale or out of order,
 * so it only says which object to read again through the API.
 */
export type YooNotification =
  | (NotificationAbout & { readonly kind: 'payment'; readonly paymentId: string })
  /** `objectId` is the refund's id; a read under /payments must use `paymentId`. */
  | (NotificationAbout & { readonly kind: 'refund'; readonly paymentId: string })
  /** An event this shop has no use for (`deal.closed`, ...): to be acknowledged, or it comes back for 24 h. */
  | (NotificationAbout & { readonly kind: 'other' });

interface NotificationAbout {
  /** `payment.succeeded`, `refund.succeeded`, ... There is no `payment.pending` and no `refund.canceled`. */
  readonly event: string;
  readonly objectId: string;
  /** The status at the event; with event and objectId it tells repeats apart, as notifications have no id of their own. */
  readonly objectStatus: string | undefined;
  /** Our own payment id from the object's metadata ({@link PAYMENT_ID_METADATA_KEY}), as claimed. */
  readonly metadataPaymentId?: string;
}

/** The metadata key under which the shop's own payment id travels. */
export const PAYMENT_ID_METADATA_KEY = 'payment_id';

const id = z.string().regex(/^[0-9A-Za-z-]{1,64}$/);

const notificationSchema = z.object({
  type: z.literal('notification'),
  event: z.string().regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/),
  object: z.object({
    id,
    status: z.string().max(64).optional().catch(undefined),
    payment_id: id.optional().catch(undefined),
    metadata: z
      .object({ [PAYMENT_ID_METADATA_KEY]: id.optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
});

/**
 * Reads the body of `POST /webhooks/yookassa`; `undefined` when it isn't a YooKassa notification at all.
 * The ids are checked for shape only, which makes them safe for a path or a query.
 */
export function parseNotification(body: unknown): YooNotification | undefined {
  const read = notificationSchema.safeParse(body);
  if (!read.success) return undefined;
  const { event, object } = read.data;
  const metadataPaymentId = object.metadata?.[PAYMENT_ID_METADATA_KEY];
  const about = {
    event,
    objectId: object.id,
    objectStatus: object.status,
    ...(metadataPaymentId !== undefined && { metadataPaymentId }),
  };
  if (event.startsWith('payment.')) return { ...about, kind: 'payment', paymentId: object.id };
  if (event.startsWith('refund.'))
    return object.payment_id === undefined ? undefined : { ...about, kind: 'refund', paymentId: object.payment_id };
  return { ...about, kind: 'other' };
}
