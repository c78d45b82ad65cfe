import { DAY_MS } from '../../domain/duration';
import type { PromoFreeGrant } from '../../domain/freeGrant';
import { NO_LIMITS, type PlanGrant } from '../../domain/grant';
import { fingerprintOf } from '../../messages/fingerprint';
import { readPromoCode, type ReadPromoCode } from '../../domain/promo/code';
import { withoutUses, type PromoOffer } from '../../domain/promo/offer';
import { GUESSES, whyNotFor, type PromoRefusal, type PromoTerms } from '../../domain/promo/terms';
import type { PromoOffersRepository } from '../../storage/postgres/promo/offers';
import { isRedisUnavailable } from '../../storage/redis/errors';
import type { Guesses } from '../../storage/redis/guesses';
import type { PromoGrantRequest } from '../../workflows/contracts/grant';
import type { BotDeps, Log } from '../ports';
import { createPromoPrices } from './promoPrices';
import { askIn, type AskedMessage } from './takenByTemporal';

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

/** What is asked for, and what the screen showed that it gives. */
export type WantedFreeGrant = Omit<PromoFreeGrant, 'code'>;

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
  log: Log;
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

  return {
    ...createPromoPrices({ offers, now }),

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

    /**
     * Has a code give what costs nothing; the worker decides, and tells it in the message.
     * @returns `unknown`: the code is not there any more, and nothing is shown
     */
    async askForFreeGrant(
      userId: number,
      code: string,
      wanted: WantedFreeGrant,
      message: AskedMessage,
    ): Promise<'asked' | 'not-asked' | 'unknown'> {
      const offer = await offers.offerOf(userId, code);
      if (!offer) return 'unknown';
      const asked = { kind: 'promo', source: offer.freeUseId, userId, askedAt: now().getTime() } as const;
      const request: PromoGrantRequest = { ...asked, code, ...wanted };
      const ask = (messageId: number): Promise<unknown> => grantWorkflows.ask(request, messageId);
      const isAsked = await askIn(message, ask, log, 'what a promo code gives could not be asked for');
      return isAsked ? 'asked' : 'not-asked';
    },

    /**
     * The code in hand, and what its days alone give, where a screen showed just that.
     * @param screen `shown`: the fingerprint of the code
     * @returns `changed`: another code is in hand, or it gives something else and can still be used: it is shown anew
     */
    async daysShown(
      userId: number,
      screen: { readonly shown: string; readonly days: number },
    ): Promise<{ readonly code: string; readonly grant: PlanGrant } | 'changed' | 'unknown'> {
      const code = await offers.codeInHand(userId, now());
      const offer = code === undefined ? undefined : await offers.offerOf(userId, code);
      if (code === undefined || !offer) return 'unknown';
      const { terms, person } = offer;
      const isSame = terms.kind === 'days-alone' && terms.amount === screen.days;
      const isUsable = whyNotFor(terms, person, now()) === undefined;
      if (fingerprintOf(code) !== screen.shown || (!isSame && isUsable)) return 'changed';
      // One that is used up: what it has given them then, the worker finds, and gives nothing else.
      return { code, grant: { ...NO_LIMITS, days: screen.days } };
    },

    hasSeenTerms: (userId: number): Promise<boolean> => offers.hasSeenTerms(userId),
    recordTermsSeen: (userId: number): Promise<void> => offers.recordTermsSeen(userId),
    codeInHand: (userId: number): Promise<string | undefined> => offers.codeInHand(userId, now()),
    /** Puts this code away; another one that they hold by now stays. */
    drop: (userId: number, code: string): Promise<void> => offers.drop(userId, code),
  };
}
