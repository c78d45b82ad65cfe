import type { PoolClient } from 'pg';
import type { z } from 'zod';
import type { FreeKind } from '../../../domain/bookEntry';
import type { Queryable } from '../pool';
import { prepared, queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { COUNTS_AS_GIVEN, freeGrantRow } from '../tables/freeGrants';

/** `given`: they have it, now or by an earlier request; `isNew`: by this one. */
export type GivingOutcome<Refusal> =
  | { readonly outcome: 'given'; readonly id: string; readonly subscriptionId: string; readonly isNew: boolean }
  | { readonly outcome: 'refused'; readonly why: Refusal };

const given = freeGrantRow.pick({ id: true, user_id: true, subscription_id: true }).transform((row) => camelCased(row));
const BY_SOURCE = prepared(
  `SELECT g.id, g.user_id, g.subscription_id FROM free_grants g WHERE g.kind = $1 AND g.source = $2 AND ${COUNTS_AS_GIVEN}`,
);

/** The grant that counts as given by this source; `undefined`: nothing was, or it ended undelivered. */
export function countedGrant(
  client: Queryable,
  kind: FreeKind,
  source: string,
): Promise<z.output<typeof given> | undefined> {
  return queryRow(client, given, BY_SOURCE, [kind, source]);
}

/** What was given by this source; `undefined`: nothing. */
export async function givenBefore(
  client: PoolClient,
  kind: FreeKind,
  source: string,
): Promise<GivingOutcome<never> | undefined> {
  const before = await countedGrant(client, kind, source);
  return before && { outcome: 'given', id: before.id, subscriptionId: before.subscriptionId, isNew: false };
}

const ADD = prepared(
  `INSERT INTO free_grants (id, kind, source, user_id, subscription_id, makes_key, given_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);

/**
 * Adds the row of a free grant, still to be delivered. Its entry in the book of grants, whose source is the `id` of
 * this row, is added in the same transaction.
 */
export async function addFreeGrant(
  client: PoolClient,
  grant: {
    readonly id: string;
    readonly kind: FreeKind;
    readonly source: string;
    readonly userId: number;
    readonly subscriptionId: string;
    /** The subscription was made for it. */
    readonly makesKey: boolean;
  },
  now: Date,
): Promise<GivingOutcome<never>> {
  const { id, kind, source, userId, subscriptionId, makesKey } = grant;
  await client.query(ADD, [id, kind, source, userId, subscriptionId, makesKey, now]);
  return { outcome: 'given', id, subscriptionId, isNew: true };
}
