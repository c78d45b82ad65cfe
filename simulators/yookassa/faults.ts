import { z } from 'zod';
import { FaultSwitches, narrowed } from '../faultSwitches';

const switches = z.strictObject({
  /** Every connection but those to `/_sim/` is reset. */
  down: z.literal(true),
  latencyMs: z.number().min(0),
  error500: z.union([
    z.enum(['before', 'after']).transform((when) => ({ when })),
    z.object({ when: z.enum(['before', 'after']).default('before'), ...narrowed }),
  ]),
  hang: z.object({ ms: z.number().min(0), afterCommit: z.boolean().default(false), ...narrowed }),
  reset: z.object({ afterCommit: z.boolean().default(false), ...narrowed }),
  tooManyRequests: z.object({
    retryAfterMs: z.number().min(0).default(1000),
    as: z.enum(['body', 'header']).default('body'),
    ...narrowed,
  }),
  processing202: z.object({ retryAfterMs: z.number().min(0).default(1800), ...narrowed }),
  webhooksLost: z.literal(true),
  webhookDuplicates: z.number().int().min(1),
  webhookDelayMs: z.number().min(0),
  webhookReorder: z.literal(true),
  receiptRequired: z.literal(true),
  receiptsCanceled: z.literal(true),
  /** An address that looks right is refused all the same. */
  receiptAddressRefused: z.literal(true),
  /** A cash desk that is not YooKassa's own: a phone number will do instead of an e-mail. */
  receiptsByPhone: z.literal(true),
  /** Receipts stay pending after the money has moved; off again, they are registered. */
  receiptsPending: z.literal(true),
  refundsPending: z.literal(true),
  refundsCanceled: z.string().min(1),
  declineKeepsPending: z.literal(true),
  /** Money that was paid this way does not go back through the API. */
  refundsNotAllowed: z.literal(true),
  /** The shop may neither save nor charge: 403. */
  savingForbidden: z.literal(true),
  /** Payments succeed, but the card is not saved although it was asked for. */
  methodsNotSaved: z.literal(true),
  /** Without `save_payment_method` the page asks the buyer. */
  buyerMaySave: z.literal(true),
  /** Charges of saved cards stay pending, as with "receipt first"; off again, they end. */
  autopaymentsPending: z.literal(true),
  /** A way to pay that the shop has not been given. */
  methodNotEnabled: z.string().min(1),
  /** Every error gets the same other description, because a client must not branch on descriptions. */
  otherWords: z.literal(true),
  /** Points on which the public docs say nothing: each switch selects the other possible behaviour. */
  unknownPaymentIs400: z.literal(true),
  lenientAmounts: z.literal(true),
  frozenReplay: z.literal(true),
  storeClientErrors: z.literal(true),
  rawIdempotenceHash: z.literal(true),
});

/** The fault switches of the shop. */
export class Faults extends FaultSwitches<z.infer<typeof switches>> {
  constructor() {
    super(switches);
  }
}
