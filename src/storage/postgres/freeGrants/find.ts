import type { z } from 'zod';
import type { GrantCase } from '../../../domain/freeGrant';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased, selectedColumns } from '../tables/columns';
import { freeGrantRow } from '../tables/freeGrants';
import { subscriptionRow } from '../tables/subscriptions';

const subscriptionPart = subscriptionRow.pick({ server_code: true, starts_at: true, expires_at: true, status: true });
const grantPart = freeGrantRow.omit({ status: true, unseen_in: true });
const givenToUser = grantPart
  .extend(subscriptionPart.shape)
  .extend({ grant_status: freeGrantRow.shape.status })
  .transform((row) => camelCased(row));

/** A free grant, and the subscription that it is part of. */
export type GivenToUser = z.output<typeof givenToUser>;

const undelivered = freeGrantRow
  .pick({ id: true, kind: true, source: true, user_id: true, subscription_id: true, makes_key: true })
  .extend({ location_code: subscriptionRow.shape.location_code })
  .transform((row) => camelCased(row));
export type UndeliveredGrant = z.output<typeof undelivered>;

/** What was given before this moment and is not delivered, in the order of the ids, from the one behind `after` on. */
export function undeliveredGrants(
  db: Queryable,
  { before, after, limit }: { readonly before: Date; readonly after: string | null; readonly limit: number },
): Promise<UndeliveredGrant[]> {
  return queryRows(
    db,
    undelivered,
    `SELECT g.id, g.kind, g.source, g.user_id, g.subscription_id, g.makes_key, u.location_code
     FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id
     WHERE g.status NOT IN ('issued', 'revoked') AND g.given_at < $1
       AND ($3::uuid IS NULL OR g.id > $3) ORDER BY g.id LIMIT $2`,
    [before, limit, after],
  );
}

const GIVEN = `SELECT ${selectedColumns(grantPart, 'g')}, g.status AS grant_status, ${selectedColumns(subscriptionPart, 'u')}
  FROM free_grants g JOIN subscriptions u ON u.id = g.subscription_id`;

/** What these people were given for nothing, the oldest first. */
export function givenToUsers(db: Queryable, userIds: readonly number[]): Promise<GivenToUser[]> {
  const of = 'WHERE g.user_id = ANY($1) ORDER BY g.given_at, g.id LIMIT 50';
  return queryRows(db, givenToUser, `${GIVEN} ${of}`, [userIds]);
}

/** The same of one thing that somebody has asked for: once, and once more each time it was given back. */
export function givenInCase(db: Queryable, of: GrantCase): Promise<GivenToUser[]> {
  return queryRows(
    db,
    givenToUser,
    `${GIVEN} WHERE g.kind = $1 AND g.source = $2 AND g.user_id = coalesce($3, g.user_id) ORDER BY g.given_at, g.id`,
    [of.kind, of.source, of.kind === 'gift' ? of.userId : null],
  );
}
