import type { Pool, PoolClient } from 'pg';
import type { z } from 'zod';
import { grantEntry } from '../../../domain/bookEntry';
import { utcDay } from '../../../domain/duration';
import { grantOf, isSameGrant, type PlanGrant } from '../../../domain/grant';
import { TRIAL_PLAN, type TrialOffer, type TrialRefusal } from '../../../domain/trial';
import { freePlace } from '../freePlace';
import { addSubscription } from '../grantBook';
import { inTransaction, type Queryable } from '../pool';
import { prepared, queryRow } from '../query';
import { trialRow } from '../tables/catalogue';
import { camelCased, selectedColumns } from '../tables/columns';
import { freeGrantRow } from '../tables/freeGrants';
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

const OFFER_FOR = prepared(
  `${OFFER} AND NOT EXISTS (SELECT FROM subscriptions WHERE user_id = $1)
     AND NOT EXISTS (SELECT FROM free_grants WHERE kind = 'trial' AND source = $1::bigint::text)`,
);

/** The same for this person; `undefined` also when they have, or had, a trial or another subscription. */
export function trialOfferFor(db: Queryable, userId: number): Promise<TrialOffer | undefined> {
  return queryRow(db, offer, OFFER_FOR, [userId]);
}

const standing = freeGrantRow
  .pick({ delivered_at: true })
  .extend({ status: subscriptionRow.shape.status })
  .transform((row) => camelCased(row));
export type TrialStanding = z.output<typeof standing>;

/** A person's trial, and the subscription that it is part of; `undefined`: they have had none. */
export function trialOf(db: Queryable, userId: number): Promise<TrialStanding | undefined> {
  return queryRow(
    db,
    standing,
    `SELECT g.delivered_at, u.status FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
     WHERE g.kind = 'trial' AND g.source = $1::bigint::text`,
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
  await lockPerson(client, userId);
  const before = await givenBefore(client, 'trial', source);
  if (before) return before;
  if (await exists(client, 'SELECT FROM subscriptions WHERE user_id = $1', [userId])) return refused('not-new');
  const terms = await trialOffer(client);
  if (!terms) return refused('off');
  // The request comes from outside this transaction: what it names is compared, never given.
  if (!isSameGrant(terms, grant) || terms.keep !== keep) return refused('changed');
  // Trials of a day are counted one after the other; held until this transaction ends.
  await lockCount(client, 'trials');
  const today = new Date(utcDay(now));
  const isSpent = await exists(client, `SELECT FROM free_grants WHERE kind = 'trial' AND given_at >= $1 OFFSET $2`, [
    today,
    terms.perDay - 1,
  ]);
  if (isSpent) return refused('spent');
  const isSpentByFriends = await exists(
    client,
    `SELECT FROM free_grants g JOIN users f ON f.telegram_id = g.user_id
     WHERE g.kind = 'trial' AND g.given_at >= $1
       AND f.referred_by = (SELECT referred_by FROM users WHERE telegram_id = $2) OFFSET $3`,
    [today, userId, terms.perReferrerPerDay - 1],
  );
  if (isSpentByFriends) return refused('friends-spent');
  const place = await freePlace(client, { locationCode, serverCodes: terms.serverCodes });
  if (typeof place === 'string') return refused(place);
  const entry = grantEntry(
    { kind: 'trial', source: id, at: now, usedGb: null, kopecks: 0, planCode: TRIAL_PLAN, endsWithPurchase: !keep },
    grantOf(terms),
  );
  await addSubscription(client, { ...request, ...place }, [entry]);
  return addFreeGrant(client, { id, kind: 'trial', source, userId, subscriptionId }, now);
}

async function exists(client: PoolClient, select: string, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await client.query(`${select} LIMIT 1`, [...values]);
  return rowCount === 1;
}
