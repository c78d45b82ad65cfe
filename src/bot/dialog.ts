import { z } from 'zod';

const code = z.string().regex(/^[a-z0-9-]{1,20}$/);
const id = z.uuid();

const place = {
  locationCode: code,
  /** `null`: "choose for me". */
  serverCode: code.nullable(),
  /** The subscription that is prolonged; its place is fixed. */
  renewsSubscriptionId: id.nullable(),
};

/**
 * Where a buyer is on his way to an order. Each state holds what was chosen so far; nothing of it is trusted when the order is made.
 *
 * idle → choosing-location → choosing-server → choosing-plan → confirming → idle (the payment takes over)
 */
export const dialogSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('idle') }),
  z.object({ name: z.literal('choosing-location') }),
  z.object({ name: z.literal('choosing-server'), locationCode: code }),
  z.object({ name: z.literal('choosing-plan'), ...place }),
  z.object({
    name: z.literal('confirming'),
    ...place,
    planCode: code,
    /** The price on the screen. */
    priceKopecks: z.int().positive(),
    /** The order that this very screen confirms: a second tap on it finds the first one's payment. */
    paymentId: id,
  }),
]);

export type DialogState = z.infer<typeof dialogSchema>;

/** Raise it when the meaning of a state changes: dialogs begun before are then refused politely. */
export const DIALOG_VERSION = 1;

export const IDLE: DialogState = { name: 'idle' };
