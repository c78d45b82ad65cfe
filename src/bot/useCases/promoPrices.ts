import type { Plan } from '../../domain/catalogue';
import {
  bestOf,
  LASTING_REFUSALS,
  quote,
  type PromoOffer,
  type Quote,
  type QuotedCode,
  type QuotedOrder,
  type RefusedPromo,
} from '../../domain/promo/offer';
import type { PricedPlan } from '../../messages/screens/promoPrice';
import type { CodeOf, PromoOffersRepository } from '../../storage/postgres/promo/offers';

/** What plans are bought as. */
type WantedPlace = Pick<QuotedOrder, 'renewsSubscriptionId' | 'isGift'>;

/** A code that may change somebody's prices, with what it is. */
interface CodeWithOffer extends CodeOf {
  readonly offer: PromoOffer | undefined;
}

/** What plans cost somebody with the promo codes that they hold. */
export function createPromoPrices({
  offers,
  now,
}: {
  readonly offers: Pick<PromoOffersRepository, 'codesFor' | 'offerOf' | 'drop'>;
  readonly now: () => Date;
}) {
  const quoteFor = (
    offer: PromoOffer,
    { code: planCode, days, priceKopecks: basePriceKopecks }: Plan,
    { renewsSubscriptionId, isGift = false }: WantedPlace,
  ): Quote => quote(offer, { planCode, days, basePriceKopecks, renewsSubscriptionId, isGift }, now());

  /** What the codes offer; without an offer there is none of that name any more. */
  const withOffers = (userId: number, codes: readonly Omit<CodeWithOffer, 'offer'>[]): Promise<CodeWithOffer[]> =>
    Promise.all(codes.map(async (one) => ({ ...one, offer: await offers.offerOf(userId, one.code) })));

  function pricesBy(codes: readonly CodeWithOffer[], plans: readonly Plan[], wanted: WantedPlace): PricedPlan[] {
    const quoted = (plan: Plan, { code, isHeld, offer }: CodeWithOffer): QuotedCode => ({
      ...{ code, isHeld, quoted: offer ? quoteFor(offer, plan, wanted) : { refused: 'unknown' } },
    });
    return plans.map((plan) => ({ plan, ...bestOf(codes.map((one) => quoted(plan, one))) }));
  }

  return {
    /**
     * What plans cost with a code that was just accepted, or with a personal offer that is better, as new
     * subscriptions.
     */
    async pricesWith(userId: number, offer: PromoOffer, plans: readonly Plan[]): Promise<PricedPlan[]> {
      const { code } = offer.terms;
      const codes = (await offers.codesFor(userId, now())).filter((one) => one.code !== code);
      const others = await withOffers(
        userId,
        codes.map((one) => ({ ...one, isHeld: false })),
      );
      return pricesBy([{ code, isHeld: true, offer }, ...others], plans, { renewsSubscriptionId: null });
    },

    /**
     * What plans cost with the code in hand, or with a personal offer that is better. A code in hand that can't be used
     * any more is said once, and dropped.
     * @param refused a code that was refused when the order was to be made, and why: it is left out
     */
    async pricesOf(
      userId: number,
      plans: readonly Plan[],
      wanted: WantedPlace,
      refused?: RefusedPromo,
    ): Promise<PricedPlan[]> {
      const all = await offers.codesFor(userId, now());
      const codes = await withOffers(
        userId,
        all.filter(({ code }) => code !== refused?.code),
      );
      const priced = pricesBy(codes, plans, wanted);
      const isOver =
        priced.length > 0 && priced.every(({ refusal }) => refusal && LASTING_REFUSALS.includes(refusal.reason));
      if (isOver) await offers.drop(userId, priced[0]!.refusal!.code);
      if (!refused) return priced;
      const isHeld = all.some((one) => one.isHeld && one.code === refused.code);
      return priced.map((one) => ({ ...one, refusal: { ...refused, isHeld } }));
    },
  };
}
