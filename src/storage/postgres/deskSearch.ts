import { z } from 'zod';
import type { DeskQuery } from '../../domain/deskQuery';
import type { Queryable } from './pool';
import { queryRows } from './query';
import { camelCased } from './tables/columns';
import { userRow } from './tables/users';

/** By what somebody was found. */
const FOUND_BY = ['id', 'name', 'account', 'voucher', 'invitation'] as const;
export type FoundBy = (typeof FOUND_BY)[number];

const found = userRow
  .pick({ telegram_id: true, first_name: true, username: true })
  .extend({ found_by: z.enum(FOUND_BY) })
  .transform((row) => camelCased(row));
export type FoundPerson = z.output<typeof found>;

const PEOPLE = (by: FoundBy) => `SELECT u.telegram_id, u.first_name, u.username, '${by}' AS found_by FROM users u`;

/** So that a text with `%` in it finds that text. */
const likePrefix = (text: string): string => `${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

/** Finds people by whatever names them; every part of it runs on an index. */
export function createDeskSearchRepository(db: Queryable) {
  const people = (sql: string, values: readonly unknown[]) => queryRows(db, found, sql, values);
  return {
    /** At most `limit` by each of what was asked for; the same person may be found twice. */
    async people({ ids, userIds, name, voucher, referral }: DeskQuery, limit: number): Promise<FoundPerson[]> {
      const none: Promise<FoundPerson[]> = Promise.resolve([]);
      const all = await Promise.all([
        userIds.length === 0 ? none : people(`${PEOPLE('id')} WHERE u.telegram_id = ANY($1)`, [userIds]),
        ids.length === 0
          ? none
          : people(
              `${PEOPLE('account')} WHERE u.telegram_id IN (
                 SELECT user_id FROM subscriptions WHERE panel_user_id = ANY($1::uuid[]) OR id = ANY($1::uuid[]))`,
              [ids],
            ),
        voucher === undefined
          ? none
          : people(
              `${PEOPLE('voucher')} WHERE u.telegram_id IN (
                 SELECT coalesce(v.claimed_by, p.user_id) FROM vouchers v LEFT JOIN payments p ON p.id = v.payment_id
                 WHERE v.code = $1)`,
              [voucher],
            ),
        referral === undefined ? none : people(`${PEOPLE('invitation')} WHERE u.referral_code = $1`, [referral]),
        name === undefined
          ? none
          : people(
              `(${PEOPLE('name')} WHERE lower(u.username) = $1 LIMIT $3)
               UNION ALL (${PEOPLE('name')} WHERE lower(u.username) LIKE $2 LIMIT $3)
               UNION ALL (${PEOPLE('name')} WHERE without_capitals(u.first_name) LIKE $2 LIMIT $3)`,
              [name, likePrefix(name), limit],
            ),
      ]);
      return all.flat();
    },

    /** The promo code of this name that counts, if there is one. */
    async hasPromo(code: string): Promise<boolean> {
      const { rowCount } = await db.query('SELECT FROM promo_codes WHERE code = $1 AND deleted_at IS NULL', [code]);
      return rowCount === 1;
    },
  };
}
