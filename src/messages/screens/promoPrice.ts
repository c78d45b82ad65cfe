/** Prices with a promo code, crossed out where it takes something off. */
import type { Plan } from '../../domain/catalogue';
import type { Language } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { BestQuote, QuoteRefusal } from '../../domain/promo/offer';
import { html, plain, t, type Html } from '../locales/index';
import { priceWords } from './amounts';
import { button } from './buttons';
import { days, inLanguage, paragraphs } from './wording';

/** A plan at its own price, and what the buyer's promo code or personal offer does to it. */
export interface PricedPlan extends BestQuote {
  readonly plan: Plan;
}

/** What a plan costs without a promo code. */
export const basePrice = ({ priceKopecks }: Pick<Plan, 'priceKopecks'>): Money => ({
  currency: 'RUB',
  minor: priceKopecks,
});

/** What is paid, in kopecks. */
export function priceOf({ plan, promo }: Pick<PricedPlan, 'plan' | 'promo'>): number {
  return plan.priceKopecks - (promo?.discountKopecks ?? 0);
}

/** What the buyer's code, or personal offer, does to the plans of a list; `undefined` where they have none. */
export function promoPrices(plans: readonly PricedPlan[], language: Language): string | undefined {
  const priced = plans.filter(({ promo }) => promo !== null);
  const codes = [...new Set(priced.map(({ promo }) => promo!.code))];
  const groups = codes.map((code) => {
    const ofCode = priced.filter(({ promo }) => promo!.code === code);
    return [
      t(language, 'promo-prices', { code }),
      ...ofCode.map((one) => planLine(one, language)),
      setAsideLine(
        ofCode.find(({ setAside }) => setAside),
        language,
      ),
    ]
      .filter((line) => line !== undefined)
      .join('\n');
  });
  // The same reason is not repeated for each plan.
  const lines = [...groups, refusalLine(plans.find(({ refusal }) => refusal)?.refusal, language)];
  return lines.some((line) => line !== undefined) ? paragraphs(...lines) : undefined;
}

/** That of two codes only the better one counts; `undefined` where there is but one. */
export function setAsideLine(priced: PricedPlan | undefined, language: Language): string | undefined {
  if (!priced?.setAside || priced.promo === null) return undefined;
  const { code: other, isOffer } = priced.setAside;
  return t(language, 'promo-set-aside', { code: priced.promo.code, other, wins: isOffer ? 'offer' : 'code' });
}

/** A plan's price with a code: crossed out, or the days that it adds. */
export function planLine({ plan, promo }: PricedPlan, language: Language): string {
  return t(language, 'promo-plan', {
    name: inLanguage(plan.name, language),
    price: priceWords(basePrice(plan), promo?.discountKopecks ?? 0, language),
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

/** Puts the code away that does nothing; `undefined` where there is none, or they do not hold it. */
export function dropButton(refusal: PricedPlan['refusal'], language: Language): ReturnType<typeof button> | undefined {
  if (refusal?.isHeld !== true) return undefined;
  return button(plain(language, 'button-promo-drop'), { do: 'promo-drop', code: refusal.code });
}
