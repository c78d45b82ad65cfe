import { z } from 'zod';
import { PAYMENT_ID_METADATA_KEY } from './metadata';

const text = z.string().max(200).optional().catch(undefined);
const amount = z.object({ value: text, currency: text }).optional().catch(undefined);

/** What is of use afterwards; everything else is left out, known or not. */
const kept = z.object({
  type: text,
  event: text,
  object: z.object({
    id: text,
    status: text,
    paid: z.boolean().optional().catch(undefined),
    test: z.boolean().optional().catch(undefined),
    amount,
    refunded_amount: amount,
    payment_id: text,
    created_at: text,
    captured_at: text,
    expires_at: text,
    receipt_registration: text,
    cancellation_details: z.object({ party: text, reason: text }).optional().catch(undefined),
    metadata: z
      .object({ [PAYMENT_ID_METADATA_KEY]: text })
      .optional()
      .catch(undefined),
  }),
});

/**
 * A notification as it is stored: which object, when, how much, and what became of it. Left out is what YooKassa adds
 * of the payer: the card's digits, the account, names, the authorisation code, and metadata of other programs. None of
 * it is needed to handle a notification or to explain a payment.
 *
 * @param body the parsed body, of which `parseNotification` has made a notification
 * @returns JSON
 */
export function storedNotification(body: unknown): string {
  return JSON.stringify(kept.parse(body));
}
