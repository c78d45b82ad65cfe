import type { Pool, PoolClient } from 'pg';
import { planPrice } from '../../../domain/catalogue';
import { isSameGrant, type PlanGrant } from '../../../domain/grant';
import type { Language } from '../../../domain/language';
import type { PayWay } from '../../../domain/provider';
import type { QuoteRefusal } from '../../../domain/promo/offer';
import type { AppliedPromo } from '../../../domain/promo/terms';
import { isUnknownReason, whereIsTheMoney, type Payment } from '../../../domain/payment';
import { TRIAL_PLAN, type TrialBar, type TrialOffer } from '../../../domain/trial';
import { trialBar, trialOffer } from '../freeGrants/trial';
import { lockPerson } from '../locks';
import { inTransaction } from '../pool';
import { reservePromo } from '../promo/reserve';
import { prepared, queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { planRow } from '../tables/catalogue';
import { GRANT_COLUMNS, grantColumns } from '../tables/planGrant';
import { addPayment, basePriceOf } from './addPayment';
import { dismissOrder, isWhatWasConfirmed, openOrdersLike, ownOrder, purposeOf, takeUp } from './openOrders';
import { orderedPlace } from './orderedPlace';

/** What the buyer confirmed on the screen, to be checked against the database: the tap itself is not trusted. */
export interface PurchaseDraft extends PlanGrant {
  /** Made for the confirmation, so that every tap on it means the same order. */
  readonly paymentId: string;
  readonly userId: number;
  readonly chatId: number;
  readonly screenMessageId: number | null;
  readonly language: Language;
  readonly planCode: string;
  /** Who takes the money, and in what. */
  readonly way: PayWay;
  /**
   * The price on the button, in the smallest unit of that currency, after any discount. If the plan costs or gives something else by now, the buyer must see
   * it first.
   */
  readonly priceKopecks: number;
  /** `null`: a gift, whose place is chosen when it is claimed. */
  readonly locationCode: string | null;
  /** `null`: "choose for me". */
  readonly serverCode: string | null;
  /** The subscription to prolong; location and server are then its own. */
  readonly renewsSubscriptionId: string | null;
  /** The promo code on the confirmation, and what it gives. */
  readonly promo?: AppliedPromo | null;
  /** The confirmation said that a key may come later, because the panel makes none now. */
  readonly saysTrouble?: boolean;
  /** The other open order that the buyer has seen and dismisses for this one. */
  readonly dismissedOrderId?: string | null;
}

export type OpenOutcome =
  | { readonly outcome: 'created' | 'existing'; readonly payment: Payment }
  /** Another order for the same plan is open, and it is not what was confirmed: the buyer chooses one of the two. */
  | { readonly outcome: 'other-open'; readonly payment: Payment }
  /** The shop takes no orders from this person. */
  | { readonly outcome: 'blocked' }
  /** The plan, location, server or subscription is not sold (any more). */
  | { readonly outcome: 'unavailable' }
  | { readonly outcome: 'full' }
  /** Panels count no further than this renewal would go. */
  | { readonly outcome: 'limit-reached' }
  /** The panel makes no keys now, and the confirmation did not say so: the buyer must read it first. */
  | { readonly outcome: 'trouble' }
  /** The promo code can't be used for it (any more), or gives something else: the buyer must see the price first. */
  | { readonly outcome: 'promo-changed'; readonly refused: QuoteRefusal | 'changed' }
  /** It is a trial, and there is none for this person, or today. */
  | { readonly outcome: 'trial-refused'; readonly why: TrialBar }
  /** The plan costs or gives something else than the confirmation said. */
  | { readonly outcome: 'plan-changed'; readonly priceKopecks: number; readonly grant: PlanGrant };

const planOnSale = planRow
  .pick({ price_kopecks: true, price_stars: true })
  .extend(grantColumns)
  .transform((row) => camelCased(row));

const PLAN_ON_SALE = prepared(
  `SELECT price_kopecks, price_stars, ${GRANT_COLUMNS} FROM plans WHERE code = $1 AND active
   UNION ALL SELECT price_kopecks, NULL, ${GRANT_COLUMNS} FROM trials
   WHERE code = $1 AND active AND price_kopecks IS NOT NULL`,
);

/**
 * Opens a payment for exactly what was confirmed. An open one for the same plan (and the same subscription, for a
 * renewal) is found again where it is the same in everything that was on the confirmation, so that a double tap, a
 * second replica or a second thought never makes a second link. One that is another is shown to the buyer first. Price,
 * plan and server are frozen here.
 */
export async function openPayment(pool: Pool, draft: PurchaseDraft): Promise<OpenOutcome> {
  return inTransaction(pool, async (client) => {
    // Of two taps of one buyer the second finds the first one's row.
    const { isBlocked } = await lockPerson(client, draft.userId);
    const tapped = await ownOrder(client, draft.userId, draft.paymentId);
    if (tapped) return { outcome: 'existing', payment: tapped };
    if (isBlocked) return { outcome: 'blocked' };

    const open = await openOrdersLike(client, draft);
    // One that the provider does not know can't be taken up again: who orders the plan once more dismisses it.
    const orders = open.filter(({ reason }) => !isUnknownReason(reason));
    const dismissUnknown = async () => {
      for (const { id, reason } of open) if (isUnknownReason(reason)) await dismissOrder(client, { id });
    };
    const other = draft.dismissedOrderId ? await ownOrder(client, draft.userId, draft.dismissedOrderId) : undefined;
    // Its money has come meanwhile: they have what they paid for, and see that before they pay for something else.
    if (other && whereIsTheMoney(other.status) === 'shop') return { outcome: 'existing', payment: other };

    const current = orders.find(({ dismissedAt }) => dismissedAt === null);
    const same = orders.find((order) => isWhatWasConfirmed(order, draft));
    if (same && (!current || current === same)) {
      await dismissUnknown();
      return { outcome: 'existing', payment: await takeUp(client, same, draft) };
    }

    const changed = same ? undefined : await planChange(client, draft);
    if (changed) return changed;
    if (current && current.id !== draft.dismissedOrderId) return { outcome: 'other-open', payment: current };
    if (same) {
      await dismissOrder(client, current!);
      return { outcome: 'existing', payment: await takeUp(client, same, draft) };
    }

    const trial = draft.planCode === TRIAL_PLAN ? await trialToOrder(client, draft) : undefined;
    if (trial && 'outcome' in trial) return trial;
    const place = await orderedPlace(client, draft, trial?.serverCodes);
    if (typeof place === 'string') return { outcome: place };
    if (place !== null && place.trouble !== null && draft.saysTrouble !== true) return { outcome: 'trouble' };
    if (draft.promo) {
      const basePriceKopecks = basePriceOf(draft);
      const ordered = { ...draft, isGift: purposeOf(draft) === 'gift', basePriceKopecks, currency: draft.way.currency };
      const reserved = await reservePromo(client, ordered, draft.promo, new Date());
      if (reserved !== 'reserved') return { outcome: 'promo-changed', ...reserved };
    }
    await dismissUnknown();
    if (current) await dismissOrder(client, current);
    return { outcome: 'created', payment: await addPayment(client, draft, place) };
  });
}

/** A trial that costs something, for somebody who may have one: its servers. No promo code takes anything off it. */
async function trialToOrder(
  client: PoolClient,
  draft: PurchaseDraft,
): Promise<Pick<TrialOffer, 'serverCodes'> | OpenOutcome> {
  const { userId, serverCode, promo } = draft;
  const terms = await trialOffer(client);
  if (!terms || serverCode !== null || purposeOf(draft) !== 'buy' || promo) return { outcome: 'unavailable' };
  const why = await trialBar(client, userId, terms, new Date());
  return why === undefined ? terms : { outcome: 'trial-refused', why };
}

/** @returns `undefined`: the plan is on sale as the confirmation said */
async function planChange(client: PoolClient, draft: PurchaseDraft): Promise<OpenOutcome | undefined> {
  const plan = await queryRow(client, planOnSale, PLAN_ON_SALE, [draft.planCode]);
  if (!plan) return { outcome: 'unavailable' };
  const { priceKopecks: _, priceStars: __, ...grant } = plan;
  const priceKopecks = planPrice(plan, draft.way.currency);
  if (priceKopecks === undefined) return { outcome: 'unavailable' };
  if (priceKopecks === basePriceOf(draft) && isSameGrant(grant, draft)) return undefined;
  return { outcome: 'plan-changed', priceKopecks, grant };
}
