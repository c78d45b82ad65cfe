import type { z } from 'zod';
import type { Queryable } from '../pool';
import { IS_UNUSED_AGAIN } from '../promo/uses';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { COUNTS_AS_GIVEN, freeGrantRow } from '../tables/freeGrants';
import { promoUseRow } from '../tables/promo';
import { userRow } from '../tables/users';
import { voucherRow } from '../tables/vouchers';

const unseen = freeGrantRow
  .pick({ id: true, kind: true, source: true, user_id: true, makes_key: true, status: true, reason: true })
  .extend(freeGrantRow.pick({ key_sent_at: true, unseen_in: true }).shape)
  .extend({ code: voucherRow.shape.code.nullable(), usable_until: promoUseRow.shape.usable_until })
  .extend(userRow.pick({ language: true, time_zone: true }).shape)
  .transform((row) => camelCased(row));

/** A free grant of which messages do not show how it stands. `code`: a voucher's; `usableUntil`: of a code's use. */
export type UnseenGrant = z.output<typeof unseen>;

/** More messages nobody looks at; older ones show what they said. */
const MOST = 20;

/**
 * Records whether a message in which somebody asked shows how it stands. Nothing where they were given nothing.
 */
export async function recordSeenIn(
  db: Queryable,
  { kind, source, userId }: { readonly kind: string; readonly source: string; readonly userId: number },
  messageId: number,
  isSeen: boolean,
): Promise<void> {
  await db.query(
    `UPDATE free_grants g SET unseen_in = CASE WHEN $4 THEN array_remove(unseen_in, $3)
       ELSE (array_append(array_remove(unseen_in, $3), $3))[greatest(1, cardinality(array_remove(unseen_in, $3)) + 2 - ${MOST}):] END
     WHERE kind = $1 AND source = $2 AND user_id = $5 AND ${COUNTS_AS_GIVEN} AND (NOT $4 OR $3 = ANY(unseen_in))`,
    [kind, source, messageId, isSeen, userId],
  );
}

/** What somebody was given and does not read in the messages in which they asked for it. */
export function unseenGrants(db: Queryable, userId: number): Promise<UnseenGrant[]> {
  return queryRows(
    db,
    unseen,
    `SELECT g.id, g.kind, g.source, g.user_id, g.makes_key, g.status, g.reason, g.key_sent_at, g.unseen_in, v.code, u.usable_until,
       x.language, x.time_zone
     FROM free_grants g JOIN users x ON x.telegram_id = g.user_id LEFT JOIN vouchers v ON g.kind = 'gift' AND v.id::text = g.source
       LEFT JOIN promo_uses u ON g.kind = 'promo' AND u.id::text = g.source AND ${IS_UNUSED_AGAIN}
     WHERE g.user_id = $1 AND g.unseen_in <> '{}' ORDER BY g.given_at, g.id`,
    [userId],
  );
}

/** These messages show how it stands. */
export async function recordShownIn(db: Queryable, id: string, messageIds: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE free_grants SET unseen_in = ARRAY(SELECT one FROM unnest(unseen_in) one WHERE NOT one = ANY($2)) WHERE id = $1`,
    [id, messageIds],
  );
}
