import { z } from 'zod';
import { valueToKopecks } from './money';

const PAYMENT_STATUSES = ['pending', 'waiting_for_capture', 'succeeded', 'canceled'] as const;
const REFUND_STATUSES = ['pending', 'succeeded', 'canceled'] as const;

export type YooPaymentStatus = (typeof PAYMENT_STATUSES)[number];
export type YooRefundStatus = (typeof REFUND_STATUSES)[number];

/** Who ended it and why. Both are open sets, so code needs a default for unknown values. */
export interface YooCancellation {
  readonly party: string;
  readonly reason: string;
}

export interface YooPayment {
  readonly id: string;
  /** `unknown` for a status that this code does not know: neither paid nor ended, to be read again. */
  readonly status: YooPaymentStatus | 'unknown';
  readonly rawStatus: string;
  readonly paid: boolean;
  readonly refundable: boolean;
  /** Hundredths of `currency`, kopecks for RUB. */
  readonly amountKopecks: number;
  readonly currency: string;
  /** Sum of the succeeded refunds so far, including those made in YooKassa's cabinet. */
  readonly refundedKopecks: number;
  /** ISO 8601, UTC, YooKassa's clock. */
  readonly createdAt: string;
  readonly capturedAt: string | undefined;
  /** Address of the page where the buyer pays; present while the payment is pending. */
  readonly confirmationUrl: string | undefined;
  readonly cancellation: YooCancellation | undefined;
  /** Independent of the payment's status: a succeeded payment may have a canceled receipt. */
  readonly receiptRegistration: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly test: boolean;
}

export interface YooRefund {
  readonly id: string;
  readonly paymentId: string;
  readonly status: YooRefundStatus | 'unknown';
  readonly rawStatus: string;
  readonly amountKopecks: number;
  readonly currency: string;
  readonly createdAt: string;
  readonly cancellation: YooCancellation | undefined;
  /** Of its own receipt, independent of the refund's status; absent when it has none. */
  readonly receiptRegistration: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What came with the time at which YooKassa answered, by its own clock; `undefined` when the answer has no `Date`. */
export type Dated<Answer> = Answer & { readonly answeredAt: Date | undefined };

export interface YooList<Item> {
  readonly items: readonly Item[];
  /** Ids (or `?`) of items that could not be read, so that one damaged item does not fail the whole list. */
  readonly unreadable: readonly string[];
  /** For the next page; absent on the last. */
  readonly nextCursor: string | undefined;
}

export interface YooShop {
  readonly accountId: string;
  readonly status: string;
  readonly test: boolean;
  /** Whether every payment must carry a receipt; undefined when YooKassa does not say. */
  readonly fiscalizationEnabled: boolean | undefined;
  /** Whose cash desk makes the receipts; `yoo_receipt` is YooKassa's own, which delivers by e-mail only. */
  readonly fiscalizationProvider: string | undefined;
  readonly paymentMethods: readonly string[];
}

// YooKassa adds fields without notice: unknown ones are ignored, and only those that this code uses are required.
// Ids are opaque: they look like UUIDs but are not valid ones.
const id = z.string().min(1).max(64);
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a point in time');
const cancellation = z.object({ party: z.string(), reason: z.string() }).optional().catch(undefined);
const amount = z.object({ value: z.string(), currency: z.string() }).transform(({ value, currency }, context) => {
  const kopecks = valueToKopecks(value);
  if (kopecks !== undefined) return { kopecks, currency };
  context.addIssue({ code: 'custom', message: 'not an amount with two decimals' });
  return z.NEVER;
});
const metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((all) =>
    Object.fromEntries(
      Object.entries(all ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  );
/** It becomes a button in a chat, so only a web address is accepted. */
const webAddress = z
  .url({ protocol: /^https?$/ })
  .optional()
  .catch(undefined);

function known<Status extends string>(statuses: readonly Status[], status: string): Status | 'unknown' {
  return statuses.find((one) => one === status) ?? 'unknown';
}

export const paymentSchema = z
  .object({
    id,
    status: z.string().min(1),
    paid: z.boolean(),
    refundable: z.boolean().optional(),
    amount,
    refunded_amount: amount.optional(),
    created_at: instant,
    captured_at: instant.optional().catch(undefined),
    confirmation: z.object({ confirmation_url: webAddress }).optional().catch(undefined),
    cancellation_details: cancellation,
    receipt_registration: z.string().optional().catch(undefined),
    metadata,
    test: z.boolean(),
  })
  .transform((wire): YooPayment => ({
    id: wire.id,
    status: known(PAYMENT_STATUSES, wire.status),
    rawStatus: wire.status,
    paid: wire.paid,
    refundable: wire.refundable ?? false,
    amountKopecks: wire.amount.kopecks,
    currency: wire.amount.currency,
    refundedKopecks: wire.refunded_amount?.kopecks ?? 0,
    createdAt: wire.created_at,
    capturedAt: wire.captured_at,
    confirmationUrl: wire.confirmation?.confirmation_url,
    cancellation: wire.cancellation_details,
    receiptRegistration: wire.receipt_registration,
    metadata: wire.metadata,
    test: wire.test,
  }));

export const refundSchema = z
  .object({
    id,
    payment_id: id,
    status: z.string().min(1),
    amount,
    created_at: instant,
    cancellation_details: cancellation,
    receipt_registration: z.string().optional().catch(undefined),
    metadata,
  })
  .transform((wire): YooRefund => ({
    id: wire.id,
    paymentId: wire.payment_id,
    status: known(REFUND_STATUSES, wire.status),
    rawStatus: wire.status,
    amountKopecks: wire.amount.kopecks,
    currency: wire.amount.currency,
    createdAt: wire.created_at,
    cancellation: wire.cancellation_details,
    receiptRegistration: wire.receipt_registration,
    metadata: wire.metadata,
  }));

export const shopSchema = z
  .object({
    account_id: z.string(),
    status: z.string(),
    test: z.boolean(),
    fiscalization: z.object({ enabled: z.boolean(), provider: z.string().optional() }).optional().catch(undefined),
    fiscalization_enabled: z.boolean().optional().catch(undefined),
    payment_methods: z.array(z.string()).optional().catch(undefined),
  })
  .transform((wire): YooShop => ({
    accountId: wire.account_id,
    status: wire.status,
    test: wire.test,
    fiscalizationEnabled: wire.fiscalization?.enabled ?? wire.fiscalization_enabled,
    fiscalizationProvider: wire.fiscalization?.provider,
    paymentMethods: wire.payment_methods ?? [],
  }));

const anyId = z.object({ id });

export function listSchema<Item>(item: z.ZodType<Item>) {
  return z
    .object({ items: z.array(z.unknown()), next_cursor: z.string().min(1).optional() })
    .transform((wire): YooList<Item> => {
      const items: Item[] = [];
      const unreadable: string[] = [];
      for (const entry of wire.items) {
        const read = item.safeParse(entry);
        if (read.success) items.push(read.data);
        else unreadable.push(anyId.safeParse(entry).data?.id ?? '?');
      }
      return { items, unreadable, nextCursor: wire.next_cursor };
    });
}
