/** Promo codes and their uses as the audit compares them with the orders. */
import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { promoCodeRow, promoUseRow } from '../tables/promo';

export const auditedUse = promoUseRow
  .pick({ id: true, status: true })
  .extend({ payment_id: z.string(), code: z.string() })
  .transform((row) => camelCased(row));

/** @param inSpan says which payments `p` are looked at; `$2` and `$3` page through the uses by their ids */
export const auditedUses = (inSpan: string): string =>
  `SELECT u.id, u.payment_id, u.status, c.code
   FROM promo_uses u JOIN promo_codes c ON c.id = u.promo_id JOIN payments p ON p.id = u.payment_id
   WHERE ${inSpan} AND u.id > $2 ORDER BY u.id LIMIT $3`;

/** What codes gave for nothing: ids of uses, each the source of a free grant. */
export async function freeUses(db: Queryable): Promise<string[]> {
  const found = await queryRows(
    db,
    promoUseRow.pick({ id: true }),
    'SELECT id FROM promo_uses WHERE payment_id IS NULL',
  );
  return found.map(({ id }) => id);
}

const countedCode = promoCodeRow
  .pick({ code: true, uses_total: true, uses_per_person: true })
  .extend({ counted: z.number(), most_of_person: z.number() })
  .transform((row) => camelCased(row));

/** Every code, also a deleted one: how often it is used, and by one person at most. */
export function countedCodes(db: Queryable): Promise<ReturnType<(typeof countedCode)['parse']>[]> {
  return queryRows(
    db,
    countedCode,
    `SELECT c.code, c.uses_total, c.uses_per_person, coalesce(sum(u.counted), 0)::int AS counted,
       coalesce(max(u.of_person), 0)::int AS most_of_person
     FROM promo_codes c LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE status <> 'returned') AS counted,
              count(*) FILTER (WHERE status <> 'returned' OR kept_for_person) AS of_person
       FROM promo_uses WHERE promo_id = c.id GROUP BY user_id) u ON true
     GROUP BY c.id ORDER BY c.code`,
  );
}
