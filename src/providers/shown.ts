/** What a provider shows of payments and refunds. Nothing of it is believed before it is compared with the database. */
import type { Money } from '../domain/money';

/** What a charge or a refund claims to be about. Nothing of it is proof. */
export interface Claim {
  readonly orderId: string | null;
  readonly installationId: string | null;
}

/** Money that has come. */
export interface Charge {
  /**
   * Unique at its provider, and a ref of its own: by it this charge alone is checked and given back. It is the ref itself
   * where a payment is one charge.
   */
  readonly chargeId: string;
  readonly ref: string;
  readonly claim: Claim;
  readonly amount: Money;
  /** What of it has gone back, whoever gave it back. */
  readonly refundedMinor: number;
  /** ISO 8601, by the provider's clock; `null` when it does not say. */
  readonly at: string | null;
  readonly receipt: ReceiptState;
}

/** Of a receipt that the provider makes, apart from the money; `none`: nothing is said of one. */
export type ReceiptState = 'none' | 'pending' | 'registered' | 'failed';

/** What has become of a payment. */
export type PaymentState =
  | { readonly state: 'open' }
  /** `charges`: one, or several where the provider lets a payment be paid more than once. */
  | { readonly state: 'paid'; readonly charges: readonly [Charge, ...Charge[]] }
  /** It can't be paid any more. `reason`: the provider's word, of an open set. */
  | { readonly state: 'dead'; readonly reason: string }
  /** The provider does not know it. */
  | { readonly state: 'unknown' };

/** A refund as the provider shows it. */
export interface ShownRefund {
  readonly outcome: 'shown';
  readonly refundRef: string;
  /** Of which payment. */
  readonly ref: string;
  /** Of which charge. */
  readonly chargeId: string;
  readonly claim: Claim;
  /** The attempt that it was asked for by; `null`: not by this program, or the provider does not say. */
  readonly attempt: number | null;
  readonly amount: Money;
  readonly status: 'pending' | 'succeeded' | 'canceled';
  /** Why it was canceled. */
  readonly reason: string | null;
  readonly receipt: ReceiptState;
}

/** What has happened at the provider, whoever caused it. */
export type LedgerEvent =
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'refund'; readonly refund: ShownRefund }
  /** Something that can't be read, and may be money. */
  | { readonly kind: 'unreadable'; readonly of: 'charge' | 'refund'; readonly id: string };

export interface LedgerPage {
  readonly events: readonly LedgerEvent[];
  /** Where the next page begins. Only that of a page without `more` is to be kept: it leads on from the whole of it. */
  readonly cursor: string;
  readonly more: boolean;
}

/** A payment in a provider's books, whatever became of it. */
export interface BookedPayment {
  readonly ref: string;
  readonly claim: Claim;
  readonly state: 'open' | 'paid' | 'dead';
  /** The provider's own word for it. */
  readonly word: string;
  readonly amount: Money;
  readonly refundedMinor: number;
  /** ISO 8601, by the provider's clock. */
  readonly createdAt: string;
  readonly paidAt: string | undefined;
}

export interface BookedRefund extends ShownRefund {
  /** ISO 8601, by the provider's clock. */
  readonly createdAt: string;
}

/** Everything that a provider has of some time. */
export interface ProviderBook {
  readonly payments: readonly BookedPayment[];
  readonly refunds: readonly BookedRefund[];
}
