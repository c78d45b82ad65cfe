/** What a promo code gives, to whom, and what it takes off a price. */
import type { PlanGrant } from '../grant';
import { exponentOf } from '../money';

/**
 * - `percent`: so many percent off
 * - `fixed`: a sum off
 * - `days`: days more with a purchase
 * - `days-alone`: days more of a subscription that is there, for nothing
 */
export const PROMO_KINDS = ['percent', 'fixed', 'days', 'days-alone'] as const;
export type PromoKind = (typeof PROMO_KINDS)[number];

/**
 * - `all`
 * - `first-purchase`: who has never bought anything
 * - `no-subscription`: who has no living subscription
 * - `person`: one person, a personal offer
 */
export const PROMO_AUDIENCES = ['all', 'first-purchase', 'no-subscription', 'person'] as const;
export type PromoAudience = (typeof PROMO_AUDIENCES)[number];

/** A promo code as its owner made it. */
export interface PromoTerms {
  readonly code: string;
  readonly kind: PromoKind;
  /** Percent, kopecks or days, by the kind. */
  readonly amount: number;
  readonly validFrom: Date | null;
  /** The first moment at which it is not valid any more. */
  readonly validUntil: Date | null;
  /** How often it may be used; `null`: without a limit. */
  readonly usesTotal: number | null;
  readonly usesPerPerson: number;
  /** The plans that it is for; `null`: all. */
  readonly planCodes: readonly string[] | null;
  readonly minDays: number | null;
  readonly audience: PromoAudience;
  /** The person of a personal offer. */
  readonly userId: number | null;
  readonly renewals: boolean;
  readonly active: boolean;
}

/** What is known of somebody who wants to use a code. */
export interface PromoPerson {
  readonly userId: number;
  /** Uses that count, of everybody and of this person. */
  readonly usesOfAll: number;
  readonly usesOfPerson: number;
  readonly hasBought: boolean;
  readonly hasLivingSubscription: boolean;
  /**
   * A use of theirs that was given back may be used once more until then, even when the code has ended or is switched
   * off; `null`: there is none.
   */
  readonly usableUntil: Date | null;
}

/** For so many days a use that was given back stays its person's. */
export const USABLE_AGAIN_DAYS = 30;

/** What is to be bought with it. */
export interface PromoOrder {
  readonly planCode: string;
  readonly days: number;
  readonly isRenewal: boolean;
  /** It is for somebody else. */
  readonly isGift?: boolean;
  /** What it is paid in; roubles where nothing is said. */
  readonly currency?: string;
}

/** Why a code can't be used by this person, whatever they buy. */
export type PromoRefusal =
  /** There is none, or it is switched off: nobody is told which. */
  | 'unknown'
  /** It is somebody else's personal offer. */
  | 'foreign'
  | 'not-yet'
  | 'over'
  | 'all-used'
  /** This person has used it as often as they may. */
  | 'yours-used'
  | 'first-purchase'
  | 'no-subscription';

/** Why it can't be used for this order. */
export type PromoOrderRefusal =
  | PromoRefusal
  | 'plan'
  | 'min-days'
  | 'renewals'
  | 'alone'
  /** What it gives is for its person alone: days, or a plan for nothing. */
  | 'gift'
  /** A sum of roubles is off no other price. */
  | 'currency';

/** Of the refusals those after which another try with the code is a guess. */
export const GUESSES: readonly PromoRefusal[] = ['unknown', 'foreign'];

/** @returns `undefined`: this person may use it */
export function whyNotFor(terms: PromoTerms, person: PromoPerson, now: Date): PromoRefusal | undefined {
  const isTheirsAgain = person.usableUntil !== null && now < person.usableUntil;
  if (!terms.active && !isTheirsAgain) return 'unknown';
  if (terms.audience === 'person' && terms.userId !== person.userId) return 'foreign';
  if (terms.validFrom !== null && now < terms.validFrom && !isTheirsAgain) return 'not-yet';
  if (terms.validUntil !== null && now >= terms.validUntil && !isTheirsAgain) return 'over';
  if (person.usesOfPerson >= terms.usesPerPerson) return 'yours-used';
  if (terms.usesTotal !== null && person.usesOfAll >= terms.usesTotal) return 'all-used';
  if (terms.audience === 'first-purchase' && person.hasBought) return 'first-purchase';
  if (terms.audience === 'no-subscription' && person.hasLivingSubscription) return 'no-subscription';
  return undefined;
}

/** @returns `undefined`: the code is for such an order */
export function whyNotForOrder(
  {
    kind,
    amount,
    planCodes,
    minDays,
    renewals,
  }: Pick<PromoTerms, 'kind' | 'amount' | 'planCodes' | 'minDays' | 'renewals'>,
  { planCode, days, isRenewal, isGift = false, currency = ROUBLES }: PromoOrder,
): PromoOrderRefusal | undefined {
  if (kind === 'days-alone') return 'alone';
  if (isGift && (kind === 'days' || isFreePromo({ kind, amount }))) return 'gift';
  if (kind === 'fixed' && currency !== ROUBLES) return 'currency';
  if (isRenewal && !renewals) return 'renewals';
  if (planCodes !== null && !planCodes.includes(planCode)) return 'plan';
  return minDays !== null && days < minDays ? 'min-days' : undefined;
}

/** What a code does to an order: frozen in it at the tap. */
export interface AppliedPromo {
  readonly code: string;
  readonly discountKopecks: number;
  /** Days more, besides the plan's. */
  readonly days: number;
}

/** What sums off are in, and prices where nothing else is said. */
const ROUBLES = 'RUB';

/**
 * Whether a code gives something for nothing: once per person, and without a payment. No payment is below one rouble.
 */
export function isFreePromo({ kind, amount }: Pick<PromoTerms, 'kind' | 'amount'>): boolean {
  return kind === 'days-alone' || (kind === 'percent' && amount === 100);
}

/**
 * What the code takes off a base price, and the days that it adds. Prices are floored to whole roubles, or Stars, for
 * the buyer, and at least one; 100 percent leave nothing to pay.
 */
export function applyPromo(
  { code, kind, amount }: PromoTerms,
  basePriceKopecks: number,
  currency = ROUBLES,
): AppliedPromo {
  if (kind === 'percent' && amount === 100) return { code, discountKopecks: basePriceKopecks, days: 0 };
  if (kind === 'days' || kind === 'days-alone') return { code, discountKopecks: 0, days: amount };
  const one = 10 ** exponentOf(currency);
  const exact = kind === 'percent' ? (basePriceKopecks * (100 - amount)) / 100 : basePriceKopecks - amount;
  const price = Math.max(Math.floor(exact / one) * one, one);
  return { code, discountKopecks: basePriceKopecks - price, days: 0 };
}

/** What an order grants in all: the plan's days, and those of the code. */
export function withPromoDays<Grant extends PlanGrant>(grant: Grant, promo: AppliedPromo | null): Grant {
  return promo === null ? grant : { ...grant, days: grant.days + promo.days };
}

export function isSamePromo(one: AppliedPromo | null, other: AppliedPromo | null): boolean {
  return (
    one?.code === other?.code &&
    one?.discountKopecks === other?.discountKopecks &&
    (one?.days ?? 0) === (other?.days ?? 0)
  );
}

/** What a confirmation said of a code, as the order's timeline keeps it. */
export function confirmedPromo(promo: AppliedPromo | null): {
  readonly promo?: string;
  readonly discountKopecks?: number;
  readonly promoDays?: number;
} {
  return promo === null ? {} : { promo: promo.code, discountKopecks: promo.discountKopecks, promoDays: promo.days };
}
