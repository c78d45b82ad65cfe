import { z } from 'zod';
import { isDecimal } from './decimal';

const INVOICE_STATUSES = ['active', 'paid', 'expired'] as const;

export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

export interface CryptoInvoice {
  readonly id: string;
  /** `unknown` for a status that this code does not know: neither paid nor ended, to be read again. */
  readonly status: InvoiceStatus | 'unknown';
  readonly rawStatus: string;
  /** What it is to be paid in by its price: a fiat currency, or an asset for an invoice of another program. */
  readonly currency: string;
  /** As Crypto Pay writes it; compare by `decimalToMinor`. */
  readonly amount: string;
  /** What we have written on it. Who pays can't see it. */
  readonly payload: string | undefined;
  /** Where it is paid: a chat with @CryptoBot. */
  readonly payUrl: string | undefined;
  /** ISO 8601, UTC, Crypto Pay's clock; all of them. */
  readonly createdAt: string;
  /** Absent for an invoice that stays payable for ever. */
  readonly expiresAt: string | undefined;
  /** What was paid; absent while it is not. Who has paid is never told. */
  readonly paid: InvoicePayment | undefined;
}

/** Amounts and rates are decimals as text. */
export interface InvoicePayment {
  readonly at: string | undefined;
  readonly asset: string | undefined;
  /** In `asset`, before Crypto Pay's fee. */
  readonly amount: string | undefined;
  /** Price of one unit of `asset` in the invoice's fiat currency, at the moment of paying. */
  readonly fiatRate: string | undefined;
  readonly feeAsset: string | undefined;
  readonly fee: string | undefined;
}

export interface CryptoTransfer {
  readonly id: string;
  /** Absent in answers of older versions of the API. */
  readonly spendId: string | undefined;
  readonly userId: number;
  readonly asset: string;
  readonly amount: string;
  /** Only `completed` is documented. */
  readonly status: string;
  readonly completedAt: string | undefined;
  /** What the receiver reads. */
  readonly comment: string | undefined;
}

export interface CryptoList<Item> {
  readonly items: readonly Item[];
  /** Ids (or `?`) of items that could not be read, so that one damaged item does not fail the whole list. */
  readonly unreadable: readonly string[];
}

export interface CryptoApp {
  readonly appId: string;
  readonly name: string;
  /** `CryptoBot`, or `CryptoTestnetBot` for an app of the test network. */
  readonly bot: string;
}

export interface AssetBalance {
  readonly asset: string;
  readonly available: string;
}

// Crypto Pay adds fields without notice: unknown ones are ignored, and only those that this code uses are required.
const id = z.union([z.number().int().positive(), z.string().regex(/^\d{1,20}$/)]).transform(String);
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a point in time');
/** By the docs amounts and rates are text, and `fee_amount` is a number. Both forms are accepted for all of them. */
const decimal = z
  .union([z.string(), z.number().transform(numberToText)])
  .refine((text) => isDecimal(text), 'not a decimal');
const asset = z.string().regex(/^[A-Z0-9]{2,12}$/);
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
/** It becomes a button in a chat, so only a web address is accepted. */
const webAddress = optional(z.url({ protocol: /^https?$/ }));

/** Small numbers without an exponent: 1e-7 is "0.0000001". */
function numberToText(value: number): string {
  const text = String(value);
  return text.includes('e-') ? value.toFixed(18).replace(/0+$/, '') : text;
}

export const invoiceSchema = z
  .object({
    invoice_id: id,
    status: z.string().regex(/^\w{1,40}$/),
    fiat: optional(asset),
    asset: optional(asset),
    amount: decimal,
    payload: optional(z.string()),
    bot_invoice_url: webAddress,
    pay_url: webAddress,
    created_at: instant,
    expiration_date: optional(instant),
    paid_at: optional(instant),
    paid_asset: optional(asset),
    paid_amount: optional(decimal),
    paid_fiat_rate: optional(decimal),
    fee_asset: optional(asset),
    fee_amount: optional(decimal),
  })
  .transform((wire, context): CryptoInvoice => {
    const currency = wire.fiat ?? wire.asset;
    if (currency === undefined) {
      context.addIssue({ code: 'custom', message: 'an invoice has a fiat currency or an asset', path: ['fiat'] });
      return z.NEVER;
    }
    const status = INVOICE_STATUSES.find((one) => one === wire.status) ?? 'unknown';
    return {
      id: wire.invoice_id,
      status,
      rawStatus: wire.status,
      currency,
      amount: wire.amount,
      payload: wire.payload,
      payUrl: wire.bot_invoice_url ?? wire.pay_url,
      createdAt: wire.created_at,
      expiresAt: wire.expiration_date,
      paid: status !== 'paid' ? undefined : paymentOf(wire),
    };
  });

const paymentOf = (wire: {
  readonly paid_at?: string | undefined;
  readonly paid_asset?: string | undefined;
  readonly paid_amount?: string | undefined;
  readonly paid_fiat_rate?: string | undefined;
  readonly fee_asset?: string | undefined;
  readonly fee_amount?: string | undefined;
}): InvoicePayment => ({
  at: wire.paid_at,
  asset: wire.paid_asset,
  amount: wire.paid_amount,
  fiatRate: wire.paid_fiat_rate,
  feeAsset: wire.fee_asset,
  fee: wire.fee_amount,
});

export const transferSchema = z
  .object({
    transfer_id: id,
    spend_id: optional(z.string()),
    user_id: id.transform(Number),
    asset,
    amount: decimal,
    status: z.string(),
    completed_at: optional(instant),
    comment: optional(z.string()),
  })
  .transform((wire): CryptoTransfer => ({
    id: wire.transfer_id,
    spendId: wire.spend_id,
    userId: wire.user_id,
    asset: wire.asset,
    amount: wire.amount,
    status: wire.status,
    completedAt: wire.completed_at,
    comment: wire.comment,
  }));

export const appSchema = z
  .object({ app_id: id, name: z.string(), payment_processing_bot_username: z.string() })
  .transform((wire): CryptoApp => ({
    appId: wire.app_id,
    name: wire.name,
    bot: wire.payment_processing_bot_username,
  }));

export const balanceSchema = z.array(
  z
    .object({ currency_code: asset, available: decimal })
    .transform((wire): AssetBalance => ({ asset: wire.currency_code, available: wire.available })),
);

/** `{items: [...]}`. @param idField the field of an item that names it, for one that can't be read */
export function listSchema<Item>(item: z.ZodType<Item>, idField: 'invoice_id' | 'transfer_id') {
  const named = z.object({ [idField]: id });
  return z.object({ items: z.array(z.unknown()) }).transform((wire): CryptoList<Item> => {
    const items: Item[] = [];
    const unreadable: string[] = [];
    for (const entry of wire.items) {
      const read = item.safeParse(entry);
      if (read.success) items.push(read.data);
      else unreadable.push(named.safeParse(entry).data?.[idField] ?? '?');
    }
    return { items, unreadable };
  });
}
