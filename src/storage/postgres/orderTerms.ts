/** What an order is for, as its row says it and as its confirmation said it: the audit compares the two. */
import { z } from 'zod';
import { grantOf, type PlanGrant } from '../../domain/grant';
import { promoOf, type Payment } from '../../domain/payment';
import { confirmedPromo } from '../../domain/promo/terms';
import { camelCased } from './tables/columns';
import { grantColumns } from './tables/planGrant';

/** What stands for the location of a gift in the terms of an order. */
export const GIFT_PLACE = 'gift';

/** What a confirmation said, as its event in the timeline holds it; see `recordConfirmation`. */
export const confirmedTerms = z.object({
  plan: z.string(),
  location: z.string(),
  server: z.string(),
  ...camelCased(grantColumns),
  priceKopecks: z.number(),
  currency: z.string().optional(),
  provider: z.string().optional(),
  renews: z.string().optional(),
  // Of a promo code; see `confirmedPromo`.
  promo: z.string().optional(),
  discountKopecks: z.number().optional(),
  promoDays: z.number().optional(),
});

type Ordered = PlanGrant &
  Pick<
    Payment,
    | 'planCode'
    | 'locationCode'
    | 'chosenServerCode'
    | 'priceKopecks'
    | 'currency'
    | 'provider'
    | 'promoCode'
    | 'promoDays'
    | 'discountKopecks'
    | 'renewsSubscriptionId'
  >;

/** An order with its terms in the words of `confirmedTerms`. */
export function withTerms<Order extends Ordered>(order: Order) {
  const { planCode, locationCode, chosenServerCode, ...rest } = order;
  return {
    ...rest,
    terms: {
      plan: planCode,
      location: locationCode ?? GIFT_PLACE,
      server: chosenServerCode ?? 'any',
      ...grantOf(order),
      priceKopecks: order.priceKopecks,
      currency: order.currency,
      provider: order.provider,
      ...confirmedPromo(promoOf(order)),
      ...(order.renewsSubscriptionId === null ? {} : { renews: order.renewsSubscriptionId }),
    },
  };
}
