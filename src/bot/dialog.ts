import { z } from 'zod';
import { camelCased } from '../storage/postgres/tables/columns';
import { grantColumns } from '../storage/postgres/tables/planGrant';

const code = z.string().regex(/^[a-z0-9-]{1,20}$/);
const id = z.uuid();

const place = {
  /** `null`: a gift, whose place is chosen when it is claimed. */
  locationCode: code.nullable(),
  /** `null`: "choose for me". */
  serverCode: code.nullable(),
  /** The subscription that is renewed; location and server are fixed then. */
  renewsSubscriptionId: id.nullable(),
};

/**
 * The state of the purchase dialog. It holds what was chosen so far; all of it is checked again when the order is made.
 *
 * idle → choosing-location → choosing-server → choosing-plan → (giving-contact) → confirming → idle (the payment takes
 * over). A gift begins with its plan.
 *
 * `giving-contact`: the next text is where the buyer's receipts go; `changing-contact`: the same, outside of a
 * purchase; `entering-promo`, `entering-voucher`: the next text is a promo code, or that of a voucher.
 */
export const dialogSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('idle') }),
  z.object({ name: z.literal('choosing-location') }),
  z.object({ name: z.literal('choosing-server'), locationCode: code }),
  z.object({ name: z.literal('choosing-plan'), ...place }),
  z.object({ name: z.literal('giving-contact'), ...place, planCode: code }),
  z.object({ name: z.literal('changing-contact') }),
  z.object({ name: z.literal('entering-promo') }),
  z.object({ name: z.literal('entering-voucher') }),
  z.object({
    name: z.literal('confirming'),
    ...place,
    planCode: code,
    /** What the screen says that the plan gives. */
    ...camelCased(grantColumns),
    /** The promo code that the screen shows, and what it gives. */
    promo: z.object({ code: z.string(), discountKopecks: z.int(), days: z.int() }).nullable(),
    /** The price that the screen shows, after the discount. */
    priceKopecks: z.int().nonnegative(),
    /** Whether the screen says that the panel makes no keys now. */
    saysTrouble: z.boolean(),
    /** The open order that was shown as another than this one, so that the buyer may dismiss it. */
    otherOrderId: id.nullable(),
    /** The id of the order that this screen confirms: a second tap on it finds the payment of the first. */
    paymentId: id,
    /** It costs nothing and was asked for: nothing is left to continue, and another tap asks again. */
    isAskedFor: z.boolean().optional(),
  }),
]);

export type DialogState = z.infer<typeof dialogSchema>;

/** Raise it when the meaning of a state changes: dialogs of an earlier version then count as expired. */
export const DIALOG_VERSION = 1;

export const IDLE: DialogState = { name: 'idle' };

/** Whether the next text is the answer to a question. */
export function expectsText({ name }: DialogState): boolean {
  return ['giving-contact', 'changing-contact', 'entering-promo', 'entering-voucher'].includes(name);
}
