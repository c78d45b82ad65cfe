/** Whether a code that somebody holds changes the price of what they look at. */
import {
  applyPromo,
  whyNotFor,
  whyNotForOrder,
  type AppliedPromo,
  type PromoOrder,
  type PromoOrderRefusal,
  type PromoPerson,
  type PromoTerms,
} from './terms';

/** An open order of this person's that holds a use of the code. */
export interface HeldUse {
  readonly paymentId: string;
  readonly planCode: string;
  readonly renewsSubscriptionId: string | null;
  /** The buyer has cancelled the order; its link can still be paid. */
  readonly isDismissed: boolean;
}

/** A code, and what is known of the person who holds it. */
export interface PromoOffer {
  readonly terms: PromoTerms;
  readonly person: PromoPerson;
  readonly held: readonly HeldUse[];
}

/** What is to be bought, as it is on a screen. */
export interface QuotedOrder extends Omit<PromoOrder, 'isRenewal'> {
  readonly renewsSubscriptionId: string | null;
  readonly basePriceKopecks: number;
}

/** `held`: the use is held by another open order of theirs. */
export type QuoteRefusal = PromoOrderRefusal | 'held';
export type Quote = { readonly promo: AppliedPromo } | { readonly refused: QuoteRefusal };

/**
 * The price of an order with a code. What the same order holds already does not stand in its way: it is shown again.
 * @param isNew it will be an order of its own, whatever is open
 */
export function quote(
  { terms, person, held }: PromoOffer,
  { planCode, days, renewsSubscriptionId, basePriceKopecks }: QuotedOrder,
  now: Date,
  isNew = false,
): Quote {
  const own = isNew
    ? []
    : held.filter((one) => one.planCode === planCode && one.renewsSubscriptionId === renewsSubscriptionId);
  const refused =
    whyNotFor(terms, withoutUses(person, own.length), now) ??
    // A trial is no purchase: who buys for its key buys for the first time.
    whyNotForOrder(terms, { planCode, days, isRenewal: renewsSubscriptionId !== null && person.hasBought });
  if (refused === undefined) return { promo: applyPromo(terms, basePriceKopecks) };
  const isUsedUp = refused === 'yours-used' || refused === 'all-used';
  const isHeld = isUsedUp && whyNotFor(terms, withoutUses(person, held.length), now) === undefined;
  return { refused: isHeld ? 'held' : refused };
}

/** The person as if so many of their uses were not there. */
export function withoutUses(person: PromoPerson, count: number): PromoPerson {
  return { ...person, usesOfPerson: person.usesOfPerson - count, usesOfAll: person.usesOfAll - count };
}
