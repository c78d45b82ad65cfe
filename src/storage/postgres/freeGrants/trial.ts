import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { grantEntry } from '../../../domain/bookEntry';
import { utcDay } from '../../../domain/duration';
import { grantOf, isSameGrant, type PlanGrant } from '../../../domain/grant';
import { TRIAL_PLAN, type TrialBar, type TrialOffer, type TrialRefusal } from '../../../domain/trial';
import { freePlace } from '../freePlace';
import { addSubscription } from '../grantBook';
import { inTransaction, type Queryable } from '../pool';
import { prepared, queryRow, queryRows } from '../query';
import { trialRow } from '../tables/catalogue';
import { camelCased, selectedColumns } from '../tables/columns';
import { COUNTS_AS_GIVEN, freeGrantRow, PANEL_GONE } from '../tables/freeGrants';
import { subscriptionRow } from '../tables/subscriptions';
import { lockCount, lockPerson } from '../locks';
import { addFreeGrant, givenBefore, type GivingOutcome } from './give';

/** Who wants a trial, and where. The ids are used only if it is given now. */
export interface TrialRequest {
  readonly id: string;
  readonly subscriptionId: string;
  readonly panelUserId: string;
  readonly userId: number;
  readonly locationCode: string;
  /** What they were offered. */
  readonly grant: PlanGrant;
  readonly keep: boolean;
}

const offerColumns = trialRow.omit({ code: true, position: true, active: true, updated_at: true });
const offer = offerColumns.transform((row): TrialOffer => camelCased(row));
const OFFER = `SELECT ${selectedColumns(offerColumns, 't')} FROM trials t WHERE t.active`;

/** What the shop gives new people now; `undefined`: nothing. */
export function trialOffer(db: Queryable): Promise<TrialOffer | undefined> {
  return queryRow(db, offer, OFFER);
}

/** Of person $1: they have, or had, a subscription. Not one that was to be made by a panel that is gone for good. */
const HAS_HAD_ONE = `EXISTS (SELECT FROM subscriptions s WHERE s.user_id = $1 AND NOT EXISTS (
  SELECT FROM free_grants g WHERE g.subscription_id = s.id AND g.makes_key AND g.reason = '${PANEL_GONE}'))`;

const OFFER_FOR = prepared(
  `${OFFER} AND NOT ${HAS_HAD_ONE}
     AND NOT EXISTS (SELECT FROM free_grants g WHERE g.kind = 'trial' AND g.source = $1::bigint::text AND ${COUNTS_AS_GIVEN})`,
);

/** The same for this person; `undefined` also when they have, or had, a trial or another subscription. */
export function trialOfferFor(db: Queryable, userId: number): Promise<TrialOffer | undefined> {
  return queryRow(db, offer, OFFER_FOR, [userId]);
}

const standing = freeGrantRow
  .pick({ delivered_at: true, key_sent_at: true, reason: true })
  .extend(subscriptionRow.pick({ status: true, location_code: true }).shape)
  .transform((row) => camelCased(row));
export type TrialStanding = z.output<typeof standing>;

/** A person's trial, and the subscription that it is part of; `undefined`: they have had none. */
export function trialOf(db: Queryable, userId: number): Promise<TrialStanding | undefined> {
  return queryRow(
    db,
    standing,
    `SELECT g.delivered_at, g.key_sent_at, g.reason, u.status, u.location_code
     FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
     WHERE g.kind = 'trial' AND g.source = $1::bigint::text AND ${COUNTS_AS_GIVEN}`,
    [userId],
  );
}

/**
 * Gives a person their trial, once for ever: the row of `free_grants`, the subscription and its entry in the book of
 * grants, or nothing of it. It may be repeated at any time: what was given is found again.
 */
export function giveTrial(pool: Pool, request: TrialRequest, now: Date): Promise<GivingOutcome<TrialRefusal>> {
  return inTransaction(pool, (client) => give(client, request, now));
}

const refused = (why: TrialRefusal) => ({ outcome: 'refused', why }) as const;

async function give(client: PoolClient, request: TrialRequest, now: Date): Promise<GivingOutcome<TrialRefusal>> {
  const { id, subscriptionId, userId, locationCode, grant, keep } = request;
  const source = String(userId);
  const { isBlocked } = await lockPerson(client, userId);
  const before = await givenBefore(client, 'trial', source);
  if (before) return before;
  if (isBlocked) return refused('blocked');
  const terms = await trialOffer(client);
  const bar = await trialBar(client, userId, terms, now);
  if (bar === 'not-new') return refused(bar);
  if (!terms) return refused('off');
  // The request comes from outside this transaction: what it names is compared, never given. One that costs something
  // is ordered.
  if (!isSameGrant(terms, grant) || terms.keep !== keep || terms.priceKopecks !== null) return refused('changed');
  if (bar !== undefined) return refused(bar);
  const place = await freePlace(client, { locationCode, serverCodes: terms.serverCodes });
  if (typeof place === 'string') return refused(place);
  const entry = grantEntry(
    { kind: 'trial', source: id, at: now, usedGb: null, kopecks: 0, planCode: TRIAL_PLAN, endsWithPurchase: !keep },
    grantOf(terms),
  );
  await addSubscription(client, { ...request, ...place }, [entry]);
  return addFreeGrant(client, { id, kind: 'trial', source, userId, subscriptionId, makesKey: true }, now);
}

/** Given or ordered since `$1`: what an order holds it gives back only by its end. */
const TAKEN_SINCE = `(
  SELECT g.user_id FROM free_grants g WHERE g.kind = 'trial' AND g.given_at >= $1 AND ${COUNTS_AS_GIVEN}
  UNION ALL SELECT user_id FROM payments WHERE plan_code = '${TRIAL_PLAN}' AND created_at >= $1
    AND status NOT IN ('canceled', 'expired') AND NOT (status = 'refunded' AND delivered_at IS NULL)) t`;

/**
 * Why somebody may have no trial, free or to be paid for. Trials of a day are counted one after the other, until this
 * transaction ends.
 * @param terms `undefined`: there is none, and only the person is looked at
 */
export async function trialBar(
  client: PoolClient,
  userId: number,
  terms: TrialOffer | undefined,
  now: Date,
): Promise<TrialBar | undefined> {
  if (await exists(client, `SELECT WHERE ${HAS_HAD_ONE}`, [userId])) return 'not-new';
  if (!terms) return undefined;
  await lockCount(client, 'trials');
  const today = new Date(utcDay(now));
  if (await exists(client, `SELECT FROM ${TAKEN_SINCE} OFFSET $2`, [today, terms.perDay - 1])) return 'spent';
  const ofFriends = `SELECT FROM ${TAKEN_SINCE} JOIN users f ON f.telegram_id = t.user_id
    WHERE f.referred_by = (SELECT referred_by FROM users WHERE telegram_id = $2) OFFSET $3`;
  return (await exists(client, ofFriends, [today, userId, terms.perReferrerPerDay - 1])) ? 'friends-spent' : undefined;
}

/** Of a day's trials that cost something. */
export interface OrderedOut {
  /** All of the shop's are ordered. */
  readonly all: boolean;
  /** Those whose friends have ordered all that one link may bring. */
  readonly referrerIds: readonly number[];
}

const referrer = z.object({ referred_by: z.number() });

/**
 * What is ordered out today (UTC), for the owners: whoever orders one more is refused by the bot, in a transaction that
 * leaves nothing. Of trials that cost nothing the case of the grant tells them.
 */
export async function trialsOrderedOut(db: Queryable, now: Date): Promise<OrderedOut> {
  const terms = await trialOffer(db);
  if (!terms || terms.priceKopecks === null) return { all: false, referrerIds: [] };
  const today = new Date(utcDay(now));
  const rows = await queryRows(
    db,
    referrer,
    `SELECT f.referred_by FROM ${TAKEN_SINCE} JOIN users f ON f.telegram_id = t.user_id
     WHERE f.referred_by IS NOT NULL GROUP BY f.referred_by HAVING count(*) >= $2 ORDER BY f.referred_by LIMIT 100`,
    [today, terms.perReferrerPerDay],
  );
  return {
    all: await exists(db, `SELECT FROM ${TAKEN_SINCE} OFFSET $2`, [today, terms.perDay - 1]),
    referrerIds: rows.map(({ referred_by }) => referred_by),
  };
}

async function exists(client: Queryable, select: string, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await client.query(`${select} LIMIT 1`, [...values]);
  return rowCount === 1;
}
