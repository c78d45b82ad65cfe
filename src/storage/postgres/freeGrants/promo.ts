import type { Pool, PoolClient } from 'pg';
import { grantEntry } from '../../../domain/bookEntry';
import type { PromoGrantRefusal } from '../../../domain/freeGrant';
import { grantOf, isSameGrant, type PlanGrant } from '../../../domain/grant';
import { moreDays } from '../../../domain/order';
import { applyPromo, whyNotFor, whyNotForOrder, type PromoTerms } from '../../../domain/promo/terms';
import type { SubscriptionStatus } from '../../../domain/subscription';
import { freePlace } from '../freePlace';
import { addSubscription, appendEntry, lockBook } from '../grantBook';
import { ownPlace } from '../payments/ownPlace';
import { renewalFits } from '../payments/renewalFits';
import { inTransaction } from '../pool';
import { offerOf } from '../promo/offers';
import { freeUseId } from '../promo/uses';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { planRow } from '../tables/catalogue';
import { grantColumns } from '../tables/planGrant';
import { subscriptionRow } from '../tables/subscriptions';
import { addFreeGrant, givenBefore, type GivingOutcome } from './give';

/** What somebody wants a code to give for nothing. The new ids are used only if it makes a subscription. */
export interface PromoGrant {
  /** The id of the use. */
  readonly source: string;
  readonly userId: number;
  readonly code: string;
  readonly planCode: string | null;
  readonly locationCode: string;
  readonly serverCode: string | null;
  readonly renewsSubscriptionId: string | null;
  /** What they were shown. */
  readonly grant: PlanGrant;
  readonly subscriptionId: string;
  readonly panelUserId: string;
}

type Outcome = GivingOutcome<PromoGrantRefusal>;
const refused = (why: PromoGrantRefusal) => ({ outcome: 'refused', why }) as const;

/**
 * Gives what a code gives for nothing, once for each code and person: its use, the row of `free_grants` and the entry in
 * the book of grants, or nothing of it. It may be repeated at any time: what was given is found again.
 */
export function givePromo(pool: Pool, request: PromoGrant, now: Date): Promise<Outcome> {
  return inTransaction(pool, async (client) => {
    const { source, userId, code } = request;
    await client.query('SELECT 1 FROM users WHERE telegram_id = $1 FOR NO KEY UPDATE', [userId]);
    const before = await givenBefore(client, 'promo', source);
    if (before) return before;
    const offer = await offerOf(client, userId, code);
    // Another code of the same name, made after theirs was deleted, was not shown to them.
    if (!offer || freeUseId(offer.id, userId) !== source) return refused('unknown');
    const given = await give(client, request, offer.terms, now);
    if (typeof given === 'string') return refused(given);
    // Uses of a code are counted one after the other, as those of orders are; held until this transaction ends.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('promo:' || $1))`, [code]);
    const counted = await offerOf(client, userId, code);
    const why = counted ? whyNotFor(counted.terms, counted.person, now) : 'unknown';
    if (why !== undefined) throw new NotGiven(why);
    await client.query(`INSERT INTO promo_uses (id, promo_id, user_id, status) VALUES ($1, $2, $3, 'used')`, [
      source,
      offer.id,
      userId,
    ]);
    return addFreeGrant(
      client,
      { id: source, kind: 'promo', source, userId, subscriptionId: given.subscriptionId },
      now,
    );
  }).catch((error: unknown) => {
    if (error instanceof NotGiven) return refused(error.why);
    throw error;
  });
}

/** Everything that was done is undone. */
class NotGiven extends Error {
  constructor(readonly why: PromoGrantRefusal) {
    super(why);
  }
}

type Given = { readonly subscriptionId: string } | PromoGrantRefusal;

function give(client: PoolClient, request: PromoGrant, terms: PromoTerms, now: Date): Promise<Given> {
  return request.planCode === null
    ? giveDays(client, request, terms, now)
    : givePlan(client, { ...request, planCode: request.planCode }, terms, now);
}

async function giveDays(
  client: PoolClient,
  { source, userId, renewsSubscriptionId, grant }: PromoGrant,
  { kind, amount }: PromoTerms,
  now: Date,
): Promise<Given> {
  if (kind !== 'days-alone' || amount !== grant.days) return 'changed';
  const own = await queryRow(
    client,
    subscriptionRow.pick({ id: true }),
    `SELECT id FROM subscriptions
     WHERE id = $1 AND user_id = $2 AND status IN ('pending', 'active') AND delivered_at IS NOT NULL FOR UPDATE`,
    [renewsSubscriptionId, userId],
  );
  if (!own) return 'unavailable';
  const locked = await lockBook(client, own.id);
  const { planCode, trafficGb } = locked.book;
  const days = moreDays({ days: amount, trafficGb }, amount);
  if (!(await renewalFits(client, own.id, days, now))) return 'limit-reached';
  const cause = { kind: 'promo', source, at: now, usedGb: locked.usedGb, kopecks: 0, planCode } as const;
  await appendEntry(client, locked, grantEntry(cause, days));
  return { subscriptionId: own.id };
}

async function givePlan(
  client: PoolClient,
  request: PromoGrant & { readonly planCode: string },
  terms: PromoTerms,
  now: Date,
): Promise<Given> {
  const { source, userId, planCode, renewsSubscriptionId, grant } = request;
  const plan = await queryRow(
    client,
    planRow
      .pick({ price_kopecks: true })
      .extend(grantColumns)
      .transform((row) => camelCased(row)),
    'SELECT price_kopecks, days, traffic_gb FROM plans WHERE code = $1 AND active',
    [planCode],
  );
  if (!plan) return 'unavailable';
  const why = whyNotForOrder(terms, { planCode, days: plan.days, isRenewal: renewsSubscriptionId !== null });
  if (why !== undefined) return why;
  const isFree = applyPromo(terms, plan.priceKopecks).discountKopecks === plan.priceKopecks;
  if (!isFree || !isSameGrant(plan, grant)) return 'changed';
  const cause = { kind: 'promo', source, at: now, kopecks: 0, planCode } as const;
  if (renewsSubscriptionId === null) {
    const serverCodes = request.serverCode === null ? null : [request.serverCode];
    const place = await freePlace(client, { locationCode: request.locationCode, serverCodes });
    if (typeof place === 'string') return place;
    const entry = grantEntry({ ...cause, usedGb: null }, grantOf(plan));
    return { subscriptionId: await addSubscription(client, { ...request, ...place }, [entry]) };
  }
  const place = await ownPlace(client, renewsSubscriptionId, userId, plan);
  if (typeof place === 'string') return place;
  const locked = await lockBook(client, renewsSubscriptionId);
  const status: SubscriptionStatus = locked.status === 'active' ? 'active' : 'pending';
  await appendEntry(client, locked, grantEntry({ ...cause, usedGb: locked.usedGb }, grantOf(plan)), () => status);
  return { subscriptionId: renewsSubscriptionId };
}
