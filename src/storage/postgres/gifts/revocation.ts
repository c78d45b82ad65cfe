import type { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRow } from '../query';
import { camelCased } from '../tables/columns';
import { freeGrantRow } from '../tables/freeGrants';
import { grantEntryRow } from '../tables/grantEntries';

const revocation = freeGrantRow
  .pick({ user_id: true })
  .extend(grantEntryRow.pick({ source: true, whole: true }).shape)
  .transform((row) => camelCased(row));

/**
 * From whom a refund has revoked something of a gift, `source`: for which entry of the book, and whether it was all
 * that lay ahead.
 */
export type GiftRevocation = z.output<typeof revocation>;

/**
 * What a refund of a gift's order has revoked. An attempt in place of a canceled one finds what that one has revoked.
 * @param attempt at the refund
 * @returns `undefined`: nothing, because nobody had claimed the gift then, or the money was another's
 */
export function revocationBy(db: Queryable, giftId: string, attempt: number): Promise<GiftRevocation | undefined> {
  return queryRow(
    db,
    revocation,
    `WITH RECURSIVE attempts AS (
       SELECT id, replaces FROM refunds WHERE payment_id = $1 AND attempt = $2
       UNION ALL
       SELECT r.id, r.replaces FROM attempts a JOIN refunds r ON r.payment_id = $1 AND r.attempt = a.replaces)
     SELECT f.user_id, e.source, e.whole
     FROM attempts a JOIN grant_entries e ON e.kind = 'refund' AND e.source = a.id::text
       JOIN grant_entries g ON g.id = e.grant_id AND g.kind = 'gift'
       JOIN free_grants f ON f.id::text = g.source AND f.kind = 'gift' AND f.source = $1::text`,
    [giftId, attempt],
  );
}
