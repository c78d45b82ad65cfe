import type { Pool, PoolClient } from 'pg';
import { grantEntry } from '../../../domain/bookEntry';
import type { PromoFreeGrant, PromoGrantRefusal } from '../../../domain/freeGrant';
import { grantOf, isSameGrant } from '../../../domain/grant';
import { moreDays } from '../../../domain/order';
import { isTakenElsewhere, type PromoOffer } from '../../../domain/promo/offer';
import { applyPromo, whyNotFor, whyNotForOrder } from '../../../domain/promo/terms';
import { statusWithGrant } from '../../../domain/subscription';
import type { Place } from '../freePlace';
import { addSubscription, appendEntry, lockBook } from '../grantBook';
import { placeFor } from '../payments/orderedPlace';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { offerOf } from '../promo/offers';
import { givenBackUse } from '../promo/uses';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { planRow } from '../tables/catalogue';
import { GRANT_COLUMNS, grantColumns } from '../tables/planGrant';
import { subscriptionRow } from '../tables/subscriptions';
import { lockCount, lockPerson } from '../locks';
import { addFreeGrant, givenBefore, type GivingOutcome } from './give';

/** Who wants what of a code. The new ids are used only if it makes a subscription. */
export interface PromoGrant extends PromoFreeGrant {
  /** The id of the use. */
  readonly source: string;
  readonly userId: number;
  /** When they tapped: whether the code was valid then counts. */
  readonly askedAt: Date;
  readonly subscriptionId: string;
  readonly panelUserId: string;
}

type Outcome = GivingOutcome<PromoGrantRefusal>;
const refused = (why: PromoGrantRefusal) => ({ outcome: 'refused', why }) as const;

/**
 * Gives what a code gives for nothing, once for each code and person: its use, the row of `free_grants` and the entry
 * in the book of grants, or nothing of it. It may be repeated at any time: what was given is found again.
 */
export function givePromo(pool: Pool, request: PromoGrant, now: Date): Promise<Outcome> {
  return inTransaction(pool, async (client) => {
    const { source, userId, code } = request;
    const { isBlocked } = await lockPerson(client, userId);
    const before = await givenBefore(client, 'promo', source);
    if (before) return before;
    if (isBlocked) return refused('blocked');
    const place = request.planCode === null ? null : await placeFor(client, request, request.grant);
    if (typeof place === 'string') return refused(place);
    // Uses of a code are counted one after the other, as those of orders are, and like there after the place; held
    // until this transaction ends.
    await lockCount(client, 'promo', code);
    const offer = await offerOf(client, userId, code);
    // Another code of the same name, made after theirs was deleted, was not shown to them.
    if (offer?.freeUseId !== source) return refused('unknown');
    // Before anything is given: a subscription that this makes is none that they have.
    const why = isTakenElsewhere(offer) ? 'held' : whyNotFor(offer.terms, offer.person, request.askedAt);
    if (why !== undefined) return refused(why);
    const given = await give(client, request, offer, place, now);
    if (typeof given === 'string') return refused(given);
    const again = await givenBackUse(client, { promoId: offer.id, userId }, request.askedAt);
    await client.query(
      `INSERT INTO promo_uses (id, promo_id, user_id, status, again) VALUES ($1, $2, $3, 'used', $4)`,
      [source, offer.id, userId, again],
    );
    const makesKey = request.renewsSubscriptionId === null;
    const { subscriptionId } = given;
    return addFreeGrant(client, { id: source, kind: 'promo', source, userId, subscriptionId, makesKey }, now);
  });
}

type Given = { readonly subscriptionId: string } | PromoGrantRefusal;

/** @param place `null`: days alone, they need none */
function give(
  client: PoolClient,
  request: PromoGrant,
  offer: PromoOffer,
  place: Place | null,
  now: Date,
): Promise<Given> {
  return request.planCode === null || place === null
    ? giveDays(client, request, offer, now)
    : givePlan(client, { ...request, planCode: request.planCode }, offer, place, now);
}

async function giveDays(
  client: PoolClient,
  { source, userId, renewsSubscriptionId, grant }: PromoGrant,
  { terms: { kind, amount } }: PromoOffer,
  now: Date,
): Promise<Given> {
  if (kind !== 'days-alone' || amount !== grant.days) return 'changed';
  const own = await queryRow(
    client,
    subscriptionRow.pick({ id: true }),
    `SELECT u.id FROM subscriptions u JOIN servers s ON s.code = u.server_code AND s.gone_at IS NULL
     WHERE u.id = $1 AND u.user_id = $2 AND u.status IN ('pending', 'active') AND u.delivered_at IS NOT NULL
     FOR UPDATE OF u`,
    [renewsSubscriptionId, userId],
  );
  if (!own) return 'unavailable';
  const locked = await lockBook(client, own.id);
  const { planCode } = locked.book;
  const days = moreDays(locked.book, amount);
  if (!(await renewalFits(client, own.id, days, now))) return 'limit-reached';
  const cause = { kind: 'promo', source, at: now, usedGb: locked.usedGb, kopecks: 0, planCode } as const;
  await appendEntry(client, locked, grantEntry(cause, days));
  return { subscriptionId: own.id };
}

async function givePlan(
  client: PoolClient,
  request: PromoGrant & { readonly planCode: string },
  { terms, person }: PromoOffer,
  place: Place,
  now: Date,
): Promise<Given> {
  const { source, planCode, renewsSubscriptionId, grant } = request;
  const plan = await queryRow(
    client,
    planRow
      .pick({ price_kopecks: true })
      .extend(grantColumns)
      .transform((row) => camelCased(row)),
    `SELECT price_kopecks, ${GRANT_COLUMNS} FROM plans WHERE code = $1 AND active`,
    [planCode],
  );
  if (!plan) return 'unavailable';
  // A trial is no purchase: its key is renewed for the first time, as the price on the screen says (`quote`).
  const isRenewal = renewsSubscriptionId !== null && person.hasBought;
  const why = whyNotForOrder(terms, { planCode, days: plan.days, isRenewal });
  if (why !== undefined) return why;
  const isFree = applyPromo(terms, plan.priceKopecks).discountKopecks === plan.priceKopecks;
  if (!isFree || !isSameGrant(plan, grant)) return 'changed';
  const cause = { kind: 'promo', source, at: now, kopecks: 0, planCode } as const;
  if (renewsSubscriptionId === null) {
    const entry = grantEntry({ ...cause, usedGb: null }, grantOf(plan));
    return { subscriptionId: await addSubscription(client, { ...request, ...place }, [entry]) };
  }
  const locked = await lockBook(client, renewsSubscriptionId);
  const entry = grantEntry({ ...cause, usedGb: locked.usedGb }, grantOf(plan));
  await appendEntry(client, locked, entry, () => statusWithGrant(locked));
  return { subscriptionId: renewsSubscriptionId };
}
