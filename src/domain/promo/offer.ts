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
  readonly isGift?: boolean;
  /** The buyer has cancelled the order; its link can still be paid. */
  readonly isDismissed: boolean;
}

/** A code, and what is known of the person who holds it. */
export interface PromoOffer {
  readonly terms: PromoTerms;
  readonly person: PromoPerson;
  readonly held: readonly HeldUse[];
  /**
   * The code is for a first purchase, or for who has no subscription, and another open order of theirs holds a use of a
   * code for the same people: the money for both may come, and only one of them would be what the codes are for.
   */
  readonly holdsAlike: boolean;
}

/** What is to be bought, as it is on a screen. */
export interface QuotedOrder extends Omit<PromoOrder, 'isRenewal'> {
  readonly renewsSubscriptionId: string | null;
  readonly basePriceKopecks: number;
}

/** `held`: the use is held by another open order of theirs. */
export type QuoteRefusal = PromoOrderRefusal | 'held';
/** Those that another day or another order does not change. */
export const LASTING_REFUSALS: readonly QuoteRefusal[] = [
  ...(['unknown', 'foreign', 'over', 'all-used', 'yours-used', 'first-purchase'] as const),
];
/** A code that was refused for an order, and why. */
export interface RefusedPromo {
  readonly code: string;
  readonly reason: QuoteRefusal;
}
export type Quote = { readonly promo: AppliedPromo } | { readonly refused: QuoteRefusal };

/**
 * The price of an order with a code. What the same order holds already does not stand in its way: it is shown again.
 * @param isNew it will be an order of its own, whatever is open
 */
export function quote(
  { terms, person, held, holdsAlike }: PromoOffer,
  { planCode, days, renewsSubscriptionId, isGift = false, basePriceKopecks, currency }: QuotedOrder,
  now: Date,
  isNew = false,
): Quote {
  const own = isNew
    ? []
    : held.filter(
        (one) =>
          one.planCode === planCode &&
          one.renewsSubscriptionId === renewsSubscriptionId &&
          (one.isGift ?? false) === isGift,
      );
  const refused =
    whyNotFor(terms, withoutUses(person, own.length), now) ??
    // A trial is no purchase: who buys for its key buys for the first time.
    whyNotForOrder(terms, {
      ...{ planCode, days, isRenewal: renewsSubscriptionId !== null && person.hasBought, isGift },
      ...(currency === undefined ? {} : { currency }),
    });
  if (refused === undefined) {
    return isTakenElsewhere({ terms, held, holdsAlike }, own.length)
      ? { refused: 'held' }
      : { promo: applyPromo(terms, basePriceKopecks, currency) };
  }
  const isUsedUp = refused === 'yours-used' || refused === 'all-used';
  const isHeld = isUsedUp && whyNotFor(terms, withoutUses(person, held.length), now) === undefined;
  return { refused: isHeld ? 'held' : refused };
}

/**
 * Whether another open order of this person's holds what the code is for: the first purchase, which can be made once.
 * @param own so many of the uses that they hold are of what they ask for itself
 */
export function isTakenElsewhere(
  { terms: { audience }, held, holdsAlike }: Pick<PromoOffer, 'terms' | 'held' | 'holdsAlike'>,
  own = 0,
): boolean {
  const isForTheFirst = audience === 'first-purchase' || audience === 'no-subscription';
  return holdsAlike || (isForTheFirst && held.length > own);
}

/** The person as if so many of their uses were not there. */
export function withoutUses(person: PromoPerson, count: number): PromoPerson {
  return { ...person, usesOfPerson: person.usesOfPerson - count, usesOfAll: person.usesOfAll - count };
}

/** A code that may change a price, and what it comes to. */
export interface QuotedCode {
  readonly code: string;
  /** They hold it; else it is a personal offer, which counts by itself. */
  readonly isHeld: boolean;
  readonly quoted: Quote;
}

/** What an order costs with the codes that there are for it: never more than one of them counts. */
export interface BestQuote {
  readonly promo: AppliedPromo | null;
  /** This code does nothing here. `isHeld`: they hold it, and can put it away. */
  readonly refusal?: RefusedPromo & { readonly isHeld: boolean };
  /** Another one that would have counted, and stays unused. `isOffer`: what counts is a personal offer. */
  readonly setAside?: { readonly code: string; readonly isOffer: boolean };
}

/** The one that takes most off counts, then the one that adds most days, then the one that they hold. */
export function bestOf(codes: readonly QuotedCode[]): BestQuote {
  const good = codes.flatMap(({ isHeld, quoted }) => ('promo' in quoted ? [{ isHeld, promo: quoted.promo }] : []));
  const [best, ...others] = good.toSorted(
    (a, b) =>
      b.promo.discountKopecks - a.promo.discountKopecks ||
      b.promo.days - a.promo.days ||
      Number(b.isHeld) - Number(a.isHeld),
  );
  // Of two personal offers nobody has to read.
  const other = others.find(({ isHeld }) => isHeld !== best?.isHeld);
  const held = codes.find(({ isHeld }) => isHeld);
  return {
    promo: best?.promo ?? null,
    ...(held && 'refused' in held.quoted
      ? { refusal: { code: held.code, reason: held.quoted.refused, isHeld: true } }
      : {}),
    ...(best && other ? { setAside: { code: other.promo.code, isOffer: !best.isHeld } } : {}),
  };
}
