import { z } from 'zod';
import type { Queryable } from '../pool';
import { queryRows } from '../query';
import { camelCased } from '../tables/columns';
import { paymentRow } from '../tables/payments';

const atOtherShop = z
  .object({ shop_id: paymentRow.shape.provider_account.unwrap(), count: z.number() })
  .transform((row) => camelCased(row));

/** Payments that are unfinished, or have a refund that is, and were made at other shops of YooKassa than this one. */
export function unfinishedAtOtherShops(db: Queryable, shopId: string): Promise<{ shopId: string; count: number }[]> {
  return queryRows(
    db,
    atOtherShop,
    `SELECT provider_account AS shop_id, count(*) FROM payments p
     WHERE provider_account <> $1 AND (status NOT IN ('issued', 'refunded', 'canceled', 'expired')
       OR EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.managed_by <> 'outside' AND r.completed_at IS NULL))
     GROUP BY provider_account ORDER BY provider_account`,
    [shopId],
  );
}
