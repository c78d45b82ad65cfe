import { z } from 'zod';

/** A row of the bot's ledger (Bot API reference, StarTransaction). */
export interface StarRow {
  /** That of the payment; a refund has the id of what it gives back. */
  readonly id: string;
  /** `in`: Stars came; `out`: Stars went, be it by a refund, a chargeback or a withdrawal. */
  readonly direction: 'in' | 'out';
  /** Of a payment brought by an affiliate, without their share. */
  readonly stars: number;
  /** What the affiliate got of it. */
  readonly affiliateStars: number;
  readonly at: Date;
  /** Who paid or got it, where it is a person. */
  readonly userId: number | undefined;
  /** Our token, where there is one. */
  readonly payload: string | undefined;
  /** The partner's type: `user`, `fragment`, ... An open set. */
  readonly partner: string;
}

export interface StarPage {
  /** `undefined` in the place of a row that can't be read. */
  readonly rows: readonly (StarRow | undefined)[];
  /** Telegram leaves out rows that it can't read itself: a short page is not the last one, only an empty one is. */
  readonly count: number;
}

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const partner = z.object({
  type: z.string().regex(/^\w{1,40}$/),
  user: optional(z.object({ id: z.number().int() })),
  invoice_payload: optional(z.string()),
  /** A row without a title is labelled as paid media, whatever it is (TDLib, StarManager). */
  paid_media_payload: optional(z.string()),
  affiliate: optional(z.object({ amount: z.number().int().min(0) })),
});
const row = z
  .object({
    // Some are longer than 128 characters.
    id: z.string().min(1).max(1000),
    amount: z.number().int().min(0),
    date: z.number().int().min(0),
    source: partner.optional(),
    receiver: partner.optional(),
  })
  .transform(({ id, amount, date, source, receiver }, context): StarRow => {
    const other = source ?? receiver;
    if (other === undefined || (source !== undefined && receiver !== undefined)) {
      context.addIssue({ code: 'custom', message: 'either a source or a receiver' });
      return z.NEVER;
    }
    return {
      id,
      direction: source === undefined ? 'out' : 'in',
      stars: amount,
      affiliateStars: other.affiliate?.amount ?? 0,
      at: new Date(date * 1000),
      userId: other.user?.id,
      payload: other.invoice_payload ?? other.paid_media_payload,
      partner: other.type,
    };
  });

/** `undefined` for one that can't be read. */
export function starRow(wire: unknown): StarRow | undefined {
  return row.safeParse(wire).data;
}
