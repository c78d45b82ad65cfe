import { z } from 'zod';
import { FaultSwitches, narrowed } from '../faultSwitches';

const on = z.literal(true);
const switches = z.strictObject({
  /** Every connection but those to `/_sim/` is reset. */
  down: on,
  latencyMs: z.number().min(0),
  /** 500 or 502 with a page instead of JSON, before or after the operation was carried out. */
  serverError: z.object({
    status: z.union([z.literal(500), z.literal(502)]).default(500),
    when: z.enum(['before', 'after']).default('before'),
    ...narrowed,
  }),
  hang: z.object({ ms: z.number().min(0), afterCommit: z.boolean().default(false), ...narrowed }),
  reset: z.object({ afterCommit: z.boolean().default(false), ...narrowed }),
  tooManyRequests: z.object({ ...narrowed }),
  /** The app is suspended: 423 on everything. */
  suspended: on,
  /** The caller's address is not on the app's list. */
  addressNotAllowed: on,
  /** Every refusal has another name: no official list of names exists. */
  otherNames: on,
  transfersDisabled: on,
  /** A new invoice is missing from getInvoices for that long. */
  newInvoiceHiddenMs: z.number().min(1),
  /** The order of lists is not documented: newest first unless this is on. */
  oldestFirst: on,
  /** `status=expired` is not a documented filter: refused unless this is on. */
  unknownStatusIgnored: on,
  /** The payer is faster: the next invoice that is deleted was paid a moment before. */
  paidBeforeDelete: z.object({ ...narrowed }),
  swapsFail: on,
  /** `fee_amount` comes as text instead of a number. */
  feeAsText: on,
  ratesInvalid: on,
  /** Rates of this asset are missing. */
  rateMissing: z.string().min(1),
  webhooksLost: on,
  webhookDuplicates: z.number().int().min(1),
  webhookDelayMs: z.number().min(0),
  webhookSameUpdateId: on,
  webhookSignature: z.enum(['wrong', 'missing', 'upper-case', 'other-token', 'reserialised']),
});

export type SignatureFault = z.infer<typeof switches>['webhookSignature'];

/** The fault switches of the app. */
export class Faults extends FaultSwitches<z.infer<typeof switches>> {
  constructor() {
    super(switches);
  }
}
