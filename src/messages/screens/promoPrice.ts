/** Prices with a promo code, crossed out where it takes something off. */
import type { Plan } from '../../domain/catalogue';
import type { Language } from '../../domain/language';
import type { Quote, QuoteRefusal } from '../../domain/promo/offer';
import type { AppliedPromo } from '../../domain/promo/terms';
import { html, plain, t, type Html } from '../locales/index';
import { days, inLanguage, priceWords } from './wording';

/** A plan at its own price, and what the buyer's promo code does to it. */
export interface PricedPlan {
  readonly plan: Plan;
  readonly promo: AppliedPromo | null;
  /** Their code is not for it, or can't be used. */
  readonly refusal?: { readonly code: string; readonly reason: QuoteRefusal } | undefined;
}

export function pricedPlan(plan: Plan, code: string, quoted: Quote): PricedPlan {
  if ('promo' in quoted) return { plan, promo: quoted.promo };
  return { plan, promo: null, refusal: { code, reason: quoted.refused } };
}

/** What is paid, in kopecks. */
export function priceOf({ plan, promo }: Pick<PricedPlan, 'plan' | 'promo'>): number {
  return plan.priceKopecks - (promo?.discountKopecks ?? 0);
}

/** What the buyer's code does to the plans of a list; `undefined` where they have none. */
export function promoPrices(plans: readonly PricedPlan[], language: Language): string | undefined {
  const lines = plans.filter(({ promo }) => promo !== null).map((priced) => planLine(priced, language));
  if (lines.length > 0)
    return [t(language, 'promo-prices', { code: plans.find(({ promo }) => promo)!.promo!.code }), ...lines].join('\n');
  // The same reason is not repeated for each plan.
  return refusalLine(plans[0]?.refusal, language);
}

/** A plan's price with a code: crossed out, or the days that it adds. */
export function planLine({ plan, promo }: PricedPlan, language: Language): string {
  return t(language, 'promo-plan', {
    name: inLanguage(plan.name, language),
    price: priceWords(plan.priceKopecks, promo?.discountKopecks ?? 0, language),
    more:
      promo !== null && promo.days > 0 ? plain(language, 'promo-plan-days', { days: days(language, promo.days) }) : '',
  });
}

/** Why the buyer's code does nothing here; `undefined` where it does, or they have none. */
export function refusalLine(refusal: PricedPlan['refusal'], language: Language): string | undefined {
  return (
    refusal && t(language, 'promo-refusal-line', { code: refusal.code, why: refusalWords(refusal.reason, language) })
  );
}

export function refusalWords(reason: QuoteRefusal, language: Language): Html {
  return html(t(language, 'promo-why', { reason }));
}
