import { z } from 'zod';
import type { Queryable } from './pool';
import { parseRow, prepared, queryRows } from './query';
import { SUBSCRIPTION_VIEW, subscriptionView, type SubscriptionView } from './subscriptions';
import { camelCased, selectedColumns } from './tables/columns';
import { deliveryRow } from './tables/deliveries';
import { userRow } from './tables/users';

const keyColumns = deliveryRow.pick({ id: true, free_kind: true, user_id: true });
const owedColumns = deliveryRow.pick({ free_source: true, delivered_at: true }).extend(keyColumns.shape);
const owed = owedColumns
  .extend({ is_reachable: z.boolean(), is_gift: z.boolean() })
  .transform((row) => camelCased(row));

/** The key of a payment or of a free grant (`freeKind`), or the link of a gift. */
export type OwedKey = Pick<z.output<typeof owed>, 'id' | 'freeKind' | 'userId' | 'isGift'>;

const { language, time_zone } = userRow.shape;
const toSendColumns = deliveryRow.pick({ chat_id: true, key_sent_at: true }).extend(keyColumns.shape);
const toSend = toSendColumns.extend({ buyer_language: language, time_zone });

/** Everything that it takes to send a key. */
export interface KeyToSend extends Omit<OwedKey, 'isGift'> {
  readonly chatId: number;
  readonly keySentAt: Date | null;
  readonly language: z.output<typeof language>;
  readonly timeZone: string;
  readonly subscription: SubscriptionView;
}

export type OwedKeysRepository = ReturnType<typeof createOwedKeysRepository>;

/**
 * A key is owed from its delivery until Telegram takes a message with it, or until there is nothing left to use it for.
 * What is given to a subscription that its person has a key of brings none. The link of a gift is owed until it is
 * claimed or its money goes back; once it is its giver's own it tells them so.
 */
const SELECT_OWED = `
  SELECT ${selectedColumns(owedColumns, 'd')}, x.unreachable_at IS NULL AS is_reachable, v.id IS NOT NULL AS is_gift
  FROM deliveries d JOIN users x ON x.telegram_id = d.user_id LEFT JOIN subscriptions u ON u.id = d.subscription_id
    LEFT JOIN vouchers v ON v.payment_id = d.id
  WHERE d.status = 'issued' AND d.makes_key AND d.key_sent_at IS NULL AND d.delivered_at IS NOT NULL
    AND ((u.status = 'active' AND u.expires_at > now()) OR v.status = 'issued')`;

const TO_SEND = prepared(
  `SELECT ${SUBSCRIPTION_VIEW}, ${selectedColumns(toSendColumns.omit({ id: true }), 'd')}, d.id AS delivery_id,
     x.language AS buyer_language, x.time_zone
   FROM deliveries d JOIN users x ON x.telegram_id = d.user_id JOIN subscriptions u ON u.id = d.subscription_id
     JOIN locations l ON l.code = u.location_code JOIN servers s ON s.code = u.server_code
   WHERE d.id = $1`,
);

/** The keys of payments and of free grants. */
export function createOwedKeysRepository(db: Queryable) {
  return {
    /**
     * Of what was delivered before `before`, in the order of the ids. @param after the last id of the page before
     */
    page: (before: Date, after: string | null, limit: number) =>
      queryRows(
        db,
        owed,
        `${SELECT_OWED} AND d.delivered_at < $1 ${after === null ? '' : 'AND d.id > $3'} ORDER BY d.id LIMIT $2`,
        [before, limit, ...(after === null ? [] : [after])],
      ),

    /** Of one person, oldest first. */
    ofUser: (userId: number): Promise<OwedKey[]> =>
      queryRows(db, owed, `${SELECT_OWED} AND d.user_id = $1 ORDER BY d.delivered_at LIMIT 20`, [userId]),

    /** @returns `undefined`: there is nothing of this id that has a key */
    async toSend(id: string): Promise<KeyToSend | undefined> {
      const { rows } = await db.query<Record<string, unknown>>(TO_SEND, [id]);
      const row = rows[0];
      if (row === undefined) return undefined;
      const { buyer_language, ...sent } = parseRow(toSend, { ...row, id: row['delivery_id'] });
      return { ...camelCased(sent), language: buyer_language, subscription: parseRow(subscriptionView, row) };
    },
  };
}
