import type { Plan } from '../../domain/catalogue';
import { DAY_MS } from '../../domain/duration';
import type { PromoFreeGrant } from '../../domain/freeGrant';
import { readPromoCode, type ReadPromoCode } from '../../domain/promo/code';
import { quote, withoutUses, type PromoOffer, type Quote, type QuoteRefusal } from '../../domain/promo/offer';
import { GUESSES, whyNotFor, type PromoRefusal, type PromoTerms } from '../../domain/promo/terms';
import { pricedPlan, type PricedPlan } from '../../messages/screens/promoPrice';
import type { PromoOffersRepository } from '../../storage/postgres/promo/offers';
import { isRedisUnavailable } from '../../storage/redis/errors';
import { freeUseId } from '../../storage/postgres/promo/uses';
import type { Guesses } from '../../storage/redis/guesses';
import type { PromoGrantRequest } from '../../workflows/contracts/grant';
import type { BotDeps } from '../ports';
import { takenByTemporal, type AskInMessage } from './takenByTemporal';

/** How long a code is kept for whoever came with it or entered it. */
const KEPT_MS = 7 * DAY_MS;

export type PromoEntered =
  /** It is theirs for some days; the plans show their prices with it. */
  | { readonly outcome: 'accepted'; readonly offer: PromoOffer }
  /** An open order of theirs holds it. */
  | { readonly outcome: 'own-order'; readonly paymentId: string }
  | { readonly outcome: 'refused'; readonly reason: PromoRefusal; readonly terms: PromoTerms | undefined }
  | { readonly outcome: 'malformed'; readonly problem: Extract<ReadPromoCode, { problem: string }>['problem'] }
  /** Too many wrong ones. */
  | { readonly outcome: 'locked'; readonly retryAfterMs: number }
  /** Redis is away: nobody can say how many wrong ones there were. */
  | { readonly outcome: 'storage-away' };

/** What is asked for: a plan that was confirmed; days alone without plan and grant. */
export interface WantedFreeGrant extends Omit<PromoFreeGrant, 'code' | 'grant'> {
  readonly grant?: PromoFreeGrant['grant'];
}

/** Refusals that another day or another order does not change: the code is not kept any longer. */
const LASTING: readonly QuoteRefusal[] = ['unknown', 'foreign', 'over', 'all-used', 'yours-used', 'first-purchase'];

export type Promos = ReturnType<typeof createPromos>;

/** Promo codes as buyers meet them. Prices and rights are decided when the order is made, here they are shown. */
export function createPromos({
  offers,
  guesses,
  grantWorkflows,
  log,
  now,
}: {
  offers: PromoOffersRepository;
  guesses: Guesses;
  grantWorkflows: Pick<BotDeps['grantWorkflows'], 'ask'>;
  log: (error: unknown, message: string) => void;
  now: () => Date;
}) {
  /** The answer to a code that is not theirs to know of. */
  async function guessed(userId: number, reason: PromoRefusal, terms?: PromoTerms): Promise<PromoEntered> {
    const retryAfterMs = await guesses.wrong(userId);
    return retryAfterMs > 0 ? { outcome: 'locked', retryAfterMs } : { outcome: 'refused', reason, terms };
  }

  async function judged(userId: number, code: string): Promise<PromoEntered> {
    const retryAfterMs = await guesses.lockedForMs(userId);
    if (retryAfterMs > 0) return { outcome: 'locked', retryAfterMs };
    const offer = await offers.offerOf(userId, code);
    const isUsable = offer !== undefined && whyNotFor(offer.terms, offer.person, now()) === undefined;
    const own = isUsable ? undefined : await offers.openOrderWith(userId, code);
    if (own !== undefined) return { outcome: 'own-order', paymentId: own };
    if (!offer) return guessed(userId, 'unknown');
    const { terms, person, held } = offer;
    // A cancelled order of theirs that holds it can be taken up again.
    const reason = whyNotFor(terms, withoutUses(person, held.length), now());
    if (reason !== undefined && GUESSES.includes(reason)) return guessed(userId, reason, terms);
    return reason === undefined ? { outcome: 'accepted', offer } : { outcome: 'refused', reason, terms };
  }

  /** Judges what somebody has sent, and keeps the code for them where `isKept` says so of the answer. */
  async function enterUnder(
    userId: number,
    text: string,
    isKept: (entered: PromoEntered) => boolean,
  ): Promise<PromoEntered> {
    const read = readPromoCode(text);
    if ('problem' in read) return { outcome: 'malformed', problem: read.problem };
    try {
      const entered = await judged(userId, read.code);
      if (isKept(entered)) await offers.keep(userId, read.code, new Date(now().getTime() + KEPT_MS));
      return entered;
    } catch (error) {
      if (!isRedisUnavailable(error)) throw error;
      return { outcome: 'storage-away' };
    }
  }

  const quoteFor = (
    offer: PromoOffer,
    { code: planCode, days, priceKopecks: basePriceKopecks }: Plan,
    renewsSubscriptionId: string | null,
  ): Quote => quote(offer, { planCode, days, basePriceKopecks, renewsSubscriptionId }, now());

  return {
    /** A code from a link or from a message. */
    enter: (userId: number, text: string): Promise<PromoEntered> =>
      enterUnder(userId, text, ({ outcome }) => outcome === 'accepted'),

    /**
     * The code of somebody who has to see language and terms first. What it gives is said when they have; a wrong one
     * is a guess here, too.
     * @returns whether it is kept
     */
    async keepUnseen(userId: number, text: string): Promise<boolean> {
      const isKept = (entered: PromoEntered): boolean =>
        entered.outcome === 'accepted' || (entered.outcome === 'refused' && !GUESSES.includes(entered.reason));
      return isKept(await enterUnder(userId, text, isKept));
    },

    /** What plans cost with a code, as new subscriptions. */
    pricesWith: (offer: PromoOffer, plans: readonly Plan[]): PricedPlan[] =>
      plans.map((plan) => pricedPlan(plan, offer.terms.code, quoteFor(offer, plan, null))),

    /**
     * Has a code give what costs nothing; the worker decides, and tells it in the message.
     * @returns `undefined`: the code is not there any more
     */
    async askForFreeGrant(userId: number, code: string, wanted: WantedFreeGrant): Promise<AskInMessage | undefined> {
      const offer = await offers.offerOf(userId, code);
      if (!offer) return undefined;
      const source = freeUseId(offer.id, userId);
      const days = offer.terms.kind === 'days-alone' ? offer.terms.amount : undefined;
      const grant = wanted.grant ?? (days === undefined ? undefined : { days, trafficGb: 0 });
      if (grant === undefined) return undefined;
      const request: PromoGrantRequest = { kind: 'promo', source, userId, code, ...wanted, grant };
      return (messageId) =>
        takenByTemporal(grantWorkflows.ask(request, messageId), log, 'what a promo code gives could not be asked for');
    },

    hasSeenTerms: (userId: number): Promise<boolean> => offers.hasSeenTerms(userId),
    recordTermsSeen: (userId: number): Promise<void> => offers.recordTermsSeen(userId),
    codeInHand: (userId: number): Promise<string | undefined> => offers.codeInHand(userId, now()),
    drop: (userId: number): Promise<void> => offers.drop(userId),

    /**
     * What plans cost with the code in hand. One that can't be used any more is said once, and dropped.
     * @param renewsSubscriptionId what they would renew; `null`: they would be new subscriptions
     */
    async pricesOf(userId: number, plans: readonly Plan[], renewsSubscriptionId: string | null): Promise<PricedPlan[]> {
      const code = await offers.codeInHand(userId, now());
      if (code === undefined) return plans.map((plan) => ({ plan, promo: null }));
      const offer = await offers.offerOf(userId, code);
      const quotes = plans.map((plan): Quote =>
        offer ? quoteFor(offer, plan, renewsSubscriptionId) : { refused: 'unknown' },
      );
      const isOver = quotes.length > 0 && quotes.every((one) => 'refused' in one && LASTING.includes(one.refused));
      if (isOver) await offers.drop(userId);
      return plans.map((plan, index) => pricedPlan(plan, code, quotes[index]!));
    },
  };
}
