import { z } from 'zod';
import { PAYMENT_ID_METADATA_KEY } from './metadata';

/**
 * What a notification claims. It has no signature and may be forged, stale or out of order, so it is used only to know
 * which object to read through the API.
 */
export type YooNotification =
  | (NotificationAbout & { readonly kind: 'payment'; readonly paymentId: string })
  /** `objectId` is the refund's id; the payment is read by `paymentId`. */
  | (NotificationAbout & { readonly kind: 'refund'; readonly paymentId: string })
  /**
   * An event that the shop does not use (`deal.closed`, ...). It must be acknowledged, or YooKassa repeats it for 24 h.
   */
  | (NotificationAbout & { readonly kind: 'other' });

interface NotificationAbout {
  /** `payment.succeeded`, `refund.succeeded`, ... There is no `payment.pending` and no `refund.canceled`. */
  readonly event: string;
  readonly objectId: string;
  /** The object's status at the event. */
  readonly objectStatus: string | undefined;
  /** Our own payment id from the object's metadata ({@link PAYMENT_ID_METADATA_KEY}), as claimed. */
  readonly metadataPaymentId?: string;
}

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
 * Reads the body of `POST /webhooks/yookassa`; `undefined` when it is not a YooKassa notification.
 * The ids are checked for their shape, which makes them safe in a path or a query.
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
