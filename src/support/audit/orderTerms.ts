import type { PlanGrant } from '../../domain/grant';

/** What an order is for, as the buyer saw it on its confirmation. */
export interface OrderTerms extends PlanGrant {
  readonly plan: string;
  readonly location: string;
  /** `any`: "choose for me". */
  readonly server: string;
  readonly priceKopecks: number;
  /** What the price is in, and who takes it. */
  readonly currency?: string | undefined;
  readonly provider?: string | undefined;
  readonly renews?: string | undefined;
  /** With a promo code: which, what it took off, and the days that it added. */
  readonly promo?: string | undefined;
  readonly discountKopecks?: number | undefined;
  readonly promoDays?: number | undefined;
}
