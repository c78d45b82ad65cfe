import type { UnknownReason } from '../../domain/payment';

/** What the provider says of a payment, after amount, currency and metadata were compared with the database. */
export type Verdict =
  | { readonly status: 'pending' }
  | { readonly status: 'succeeded' }
  | { readonly status: 'canceled'; readonly reason: string }
  /**
   * Money came, but not the money that was asked for: a person must look. `paidKopecks` is null for a foreign
   * currency.
   */
  | { readonly status: 'mismatch'; readonly reason: string; readonly paidKopecks: number | null }
  /** Past its life, and the provider does not know it: a person must look. */
  | { readonly status: 'unknown'; readonly reason: UnknownReason };

export type FinalVerdict = Exclude<Verdict, { status: 'pending' }>;

export type RefundVerdict =
  | { readonly status: 'succeeded' }
  | { readonly status: 'pending' }
  /** Refunds that somebody made without the shop, done or under way, have taken its place. */
  | { readonly status: 'not-needed' }
  /** The provider will not refund it this way; `reason` is its own word. */
  | { readonly status: 'canceled'; readonly reason: string };

export type FinalRefundVerdict = Exclude<RefundVerdict, { status: 'pending' }>;
