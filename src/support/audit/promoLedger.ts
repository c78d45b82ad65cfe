/** Promo codes and their uses as the audit compares them. */

/** A use of a promo code by an order. */
export interface LedgerPromoUse {
  readonly id: string;
  readonly paymentId: string;
  readonly code: string;
  readonly status: 'reserved' | 'used' | 'returned';
}

/** A promo code: how often it may be used, how often it is, and by one person at most. */
export interface LedgerPromo {
  readonly code: string;
  readonly usesTotal: number | null;
  readonly usesPerPerson: number;
  readonly counted: number;
  readonly mostOfPerson: number;
}
