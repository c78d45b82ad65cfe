import { z } from 'zod';
import { ControlError } from './errors';

const times = z.number().int().min(1).optional();
/** Narrows a fault to some calls: how many more, a part of the path after `/v3`, a method. */
const narrowed = { times, path: z.string().optional(), method: z.enum(['GET', 'POST']).optional() };

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
  /** Every error gets the same other description, because a client must not branch on descriptions. */
  otherWords: z.literal(true),
  /** Points on which the public docs say nothing: each switch selects the other possible behaviour. */
  unknownPaymentIs400: z.literal(true),
  lenientAmounts: z.literal(true),
  frozenReplay: z.literal(true),
  storeClientErrors: z.literal(true),
  rawIdempotenceHash: z.literal(true),
});

export type FaultSwitches = Partial<z.infer<typeof switches>>;
type NarrowedFault = 'error500' | 'hang' | 'reset' | 'tooManyRequests' | 'processing202';

/** The fault switches in force. An absent switch is off. */
export class Faults {
  #on: FaultSwitches = {};

  get on(): Readonly<FaultSwitches> {
    return this.#on;
  }

  /** Merge patch, one level deep: `null`, `false` and 0 turn a switch off. Nothing changes when any of it is wrong. */
  patch(patch: unknown): void {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch))
      throw new ControlError(400, 'an object of switches is expected');
    const kept: Record<string, unknown> = { ...this.#on };
    for (const [name, value] of Object.entries(patch)) {
      if (!(name in switches.shape))
        throw new ControlError(400, `unknown fault "${name}"; known: ${Object.keys(switches.shape).join(', ')}`);
      if (value === null || value === false || value === 0) delete kept[name];
      else kept[name] = value;
    }
    const read = switches.partial().safeParse(kept);
    if (!read.success) throw new ControlError(400, z.prettifyError(read.error));
    this.#on = read.data as FaultSwitches;
  }

  clear(): void {
    this.#on = {};
  }

  /** The fault if it applies to this call (and `when` agrees); counts down its `times` and turns it off at zero. */
  strike<Name extends NarrowedFault>(
    name: Name,
    call: { method: string; path: string },
    when: (fault: NonNullable<FaultSwitches[Name]>) => boolean = () => true,
  ): NonNullable<FaultSwitches[Name]> | undefined {
    const fault = this.#on[name] as
      (NonNullable<FaultSwitches[Name]> & { times?: number; path?: string; method?: string }) | undefined;
    if (!fault || !when(fault)) return undefined;
    if (fault.method !== undefined && fault.method !== call.method) return undefined;
    if (fault.path !== undefined && !call.path.includes(fault.path)) return undefined;
    if (fault.times !== undefined)
      this.patch({ [name]: fault.times > 1 ? { ...fault, times: fault.times - 1 } : null });
    return fault;
  }
}
