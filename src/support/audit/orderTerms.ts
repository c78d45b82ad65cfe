import type { PlanGrant } from '../../domain/grant';

/** What an order is for, as the buyer saw it on its confirmation. */
export interface OrderTerms extends PlanGrant {
  readonly plan: string;
  readonly location: string;
  /** `any`: "choose for me". */
  readonly server: string;
  readonly priceKopecks: number;
  readonly renews?: string | undefined;
}
