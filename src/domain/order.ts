/**
 * Orders: what they are for, what they freeze, and what their money buys. A new purpose is an entry of
 * `ORDER_PURPOSES`, its word in the table's CHECK, and its function in `SETTLE`.
 */
import { grantEntry, type BookEntry } from './bookEntry';
import { grantOf, NO_LIMITS, type PlanGrant } from './grant';
import { statusWithGrant, type SubscriptionStatus } from './subscription';

/** `buy`: a new subscription; `renew`: more of one that is there; `gift`: a voucher for somebody else. */
export const ORDER_PURPOSES = ['buy', 'renew', 'gift'] as const;
export type OrderPurpose = (typeof ORDER_PURPOSES)[number];

/** What an order freezes about its money, in kopecks: the base price is the discount and what is paid. */
export interface OrderPrice {
  /** The plan's price at the tap. */
  readonly basePriceKopecks: number;
  readonly discountKopecks: number;
  /** What is paid: on the confirmation, at the provider and in the receipt. */
  readonly priceKopecks: number;
}

/** Of an order, what settling looks at. */
export interface OrderToSettle extends PlanGrant {
  readonly id: string;
  readonly purpose: OrderPurpose;
  readonly planCode: string;
  readonly currency: string;
  readonly priceKopecks: number;
  /** Days that its promo code adds. */
  readonly promoDays: number;
}

/** What else settling looks at. */
export interface SettlingFacts {
  /** When the money was recorded. */
  readonly at: Date;
  /** The buyer had dismissed this order, and has paid for another one since. */
  readonly isReplaced: boolean;
  /** Of a renewal, the subscription as it is now. */
  readonly renewed: { readonly status: SubscriptionStatus; readonly usedGb: number | null } | undefined;
  /** The id of the use of a promo code that the order holds. */
  readonly promoUseId: string | undefined;
}

/** What was paid for, and what a promo code adds to it. */
type Entries = readonly [bought: BookEntry, ...given: BookEntry[]];

/** What becomes of an order's money. */
export type Settlement =
  /** Access: the entries are added to the book of a new subscription, or of the renewed one, in this order. */
  | { readonly outcome: 'grant'; readonly entries: Entries; readonly status: SubscriptionStatus }
  /** A voucher of what the order froze, for whoever claims it: no access, no days and no place before that. */
  | { readonly outcome: 'gift' }
  /** It bought nothing and goes back. */
  | { readonly outcome: 'refund'; readonly reason: 'replaced' | 'subscription-revoked' };

type Settle = (order: OrderToSettle, facts: SettlingFacts) => Settlement;

const SETTLE: Readonly<Record<OrderPurpose, Settle>> = { buy: settleBuy, renew: settleRenew, gift: settleGift };

/** Decides what the money of an order buys. Nothing but the order's frozen body and these facts is asked. */
export function settleOrder(order: OrderToSettle, facts: SettlingFacts): Settlement {
  return facts.isReplaced ? { outcome: 'refund', reason: 'replaced' } : SETTLE[order.purpose](order, facts);
}

function settleBuy(order: OrderToSettle, facts: SettlingFacts): Settlement {
  return { outcome: 'grant', entries: bought('purchase', order, facts), status: 'pending' };
}

function settleRenew(order: OrderToSettle, facts: SettlingFacts): Settlement {
  const { renewed } = facts;
  if (renewed === undefined || renewed.status === 'revoked')
    return { outcome: 'refund', reason: 'subscription-revoked' };
  return { outcome: 'grant', entries: bought('renewal', order, facts), status: statusWithGrant(renewed) };
}

function settleGift({ id, promoDays }: OrderToSettle): Settlement {
  if (promoDays > 0) throw new Error(`the gift ${id} has days from a promo code, which nobody could be given`);
  return { outcome: 'gift' };
}

/** What the order buys, as entries of the book. */
function bought(
  kind: 'purchase' | 'renewal',
  order: OrderToSettle,
  { at, renewed, promoUseId }: SettlingFacts,
): Entries {
  const { id: source, priceKopecks: kopecks, currency, planCode, promoDays } = order;
  const cause = { at, usedGb: renewed?.usedGb ?? null, planCode };
  const paidFor = grantEntry({ ...cause, kind, source, kopecks, currency }, grantOf(order));
  if (promoDays === 0) return [paidFor];
  if (promoUseId === undefined) throw new Error(`order ${source} has days from a promo code and no use of one`);
  return [paidFor, grantEntry({ ...cause, kind: 'promo', source: promoUseId, kopecks: 0 }, moreDays(order, promoDays))];
}

/** Days more of a plan: unlimited traffic goes on in them, GiB there are none more. */
export function moreDays({ trafficGb }: Pick<PlanGrant, 'trafficGb'>, days: number): PlanGrant {
  return { ...NO_LIMITS, days, ...(trafficGb === null ? { trafficGb } : {}) };
}
