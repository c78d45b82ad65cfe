import { z } from 'zod';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased, instant } from './tables/columns';

const owedKey = z
  .object({ payment_id: z.string(), delivered_at: instant, is_reachable: z.boolean() })
  .transform((row) => camelCased(row));

/** A delivered purchase whose buyer has not been sent the key. */
export type OwedKey = z.output<typeof owedKey>;

export type OwedKeysRepository = ReturnType<typeof createOwedKeysRepository>;

/**
 * A key is owed from its delivery until Telegram takes a message with it, or until there is nothing left to use it for.
 * So is the link of a gift, until it is claimed or its money goes back.
 */
const SELECT_OWED = `
  SELECT p.id AS payment_id, p.delivered_at, u.unreachable_at IS NULL AS is_reachable
  FROM payments p JOIN users u ON u.telegram_id = p.user_id
    LEFT JOIN subscriptions s ON s.id = p.subscription_id LEFT JOIN vouchers v ON v.payment_id = p.id
  WHERE p.status = 'issued' AND p.key_sent_at IS NULL AND p.delivered_at IS NOT NULL
    AND ((s.status = 'active' AND s.expires_at > now()) OR v.status = 'issued')`;

export function createOwedKeysRepository(db: Queryable) {
  return {
    /**
     * Of purchases delivered before `before`, in the order of their ids. @param after the last id of the page before
     */
    page: (before: Date, after: string | null, limit: number): Promise<OwedKey[]> =>
      queryRows(
        db,
        owedKey,
        `${SELECT_OWED} AND p.delivered_at < $1 ${after === null ? '' : 'AND p.id > $3'} ORDER BY p.id LIMIT $2`,
        [before, limit, ...(after === null ? [] : [after])],
      ),

    /** Of one buyer, oldest first. */
    ofUser: (userId: number): Promise<OwedKey[]> =>
      queryRows(db, owedKey, `${SELECT_OWED} AND p.user_id = $1 ORDER BY p.delivered_at LIMIT 20`, [userId]),
  };
}
