import { z } from 'zod';
import type { Language } from '../../domain/language';
import { receiptContactOf, receiptContactText, type ReceiptContact } from '../../domain/receiptContact';
import type { Queryable } from './pool';
import { queryRow, queryRows } from './query';
import { camelCased } from './tables/columns';
import { userRow } from './tables/users';

/** A person who wrote to the bot. */
export interface User {
  readonly telegramId: number;
  readonly firstName: string;
  readonly username: string | null;
  readonly language: Language;
  readonly timeZone: string;
  /** Since when the bot cannot write to them; `null` while it can. */
  readonly unreachableAt: Date | null;
  /** Since when the shop gives them nothing more; `null`: it does. What counts is read where something is given. */
  readonly blockedAt: Date | null;
  readonly createdAt: Date;
}

// Personal data beyond the name is read where it is used, and stays out of the cache.
const row = userRow.omit({
  updated_at: true,
  unseen_since: true,
  receipt_contact: true,
  referral_code: true,
  referred_by: true,
  referred_at: true,
  referred_by_hand: true,
  promo_code: true,
  promo_code_until: true,
  terms_seen_at: true,
  blocked_by: true,
  block_reason: true,
  erased_at: true,
});
const user = row.transform((r): User => camelCased(r));
/** A user as JSON gives it back, for caches. */
export const cachedUser = z.object(camelCased(row.shape)) satisfies z.ZodType<User>;

export type UsersRepository = ReturnType<typeof createUsersRepository>;

export function createUsersRepository(db: Queryable) {
  return {
    /**
     * Registers a person at their first message; later updates their name and clears `unreachableAt`: they are writing
     * to us, also whoever had their data erased. A language chosen once is kept, and so is who invited them. @param language used at registration only
     * @param referralCode by which they come: used at registration only, and when somebody else has it
     */
    async upsert(person: {
      telegramId: number;
      firstName: string;
      username: string | null;
      language: Language;
      referralCode?: string | undefined;
    }): Promise<User> {
      const upserted = await queryRow(
        db,
        user,
        `WITH referrer AS (SELECT telegram_id FROM users WHERE referral_code = $5 AND telegram_id <> $1 AND blocked_at IS NULL)
         INSERT INTO users (telegram_id, first_name, username, language, referred_by, referred_at)
         VALUES ($1, $2, $3, $4, (SELECT telegram_id FROM referrer), (SELECT now() FROM referrer))
         ON CONFLICT (telegram_id) DO UPDATE
           SET first_name = excluded.first_name, username = excluded.username, unreachable_at = NULL, erased_at = NULL,
             updated_at = now()
         RETURNING *`,
        [person.telegramId, person.firstName, person.username, person.language, person.referralCode ?? null],
      );
      return upserted!;
    },

    byId: (telegramId: number): Promise<User | undefined> =>
      queryRow(db, user, 'SELECT * FROM users WHERE telegram_id = $1', [telegramId]),

    /** Who invited somebody; `null`: nobody. */
    async referrerOf(telegramId: number): Promise<number | null> {
      const invited = userRow.pick({ referred_by: true });
      const found = await queryRow(db, invited, 'SELECT referred_by FROM users WHERE telegram_id = $1', [telegramId]);
      return found?.referred_by ?? null;
    },

    async setLanguage(telegramId: number, language: Language): Promise<void> {
      await db.query('UPDATE users SET language = $2, updated_at = now() WHERE telegram_id = $1', [
        telegramId,
        language,
      ]);
    },

    /** Where this person's receipts go; `undefined` when they have not said, or have had it forgotten. */
    async receiptContact(telegramId: number): Promise<ReceiptContact | undefined> {
      const found = await queryRow(
        db,
        userRow.pick({ receipt_contact: true }),
        'SELECT receipt_contact FROM users WHERE telegram_id = $1',
        [telegramId],
      );
      return found?.receipt_contact == null ? undefined : receiptContactOf(found.receipt_contact);
    },

    /** @param contact `null`: it is forgotten */
    async setReceiptContact(telegramId: number, contact: ReceiptContact | null): Promise<void> {
      await db.query('UPDATE users SET receipt_contact = $2, updated_at = now() WHERE telegram_id = $1', [
        telegramId,
        contact === null ? null : receiptContactText(contact),
      ]);
    },

    /** Records that the bot can, or can no longer, write to this person. */
    async setReachable(telegramId: number, reachable: boolean): Promise<void> {
      await db.query(
        `UPDATE users SET unreachable_at = CASE WHEN $2 THEN NULL ELSE coalesce(unreachable_at, now()) END,
           unseen_since = CASE WHEN $2 THEN unseen_since ELSE coalesce(unseen_since, now()) END, updated_at = now()
         WHERE telegram_id = $1`,
        [telegramId, reachable],
      );
    },

    /**
     * People who can be written to again and whose messages may not say how things stand, in the order of their ids.
     */
    async withUnseen(after: number, limit: number): Promise<number[]> {
      const rows = await queryRows(
        db,
        userRow.pick({ telegram_id: true }),
        `SELECT telegram_id FROM users WHERE unseen_since IS NOT NULL AND unreachable_at IS NULL AND telegram_id > $1
         ORDER BY telegram_id LIMIT $2`,
        [after, limit],
      );
      return rows.map(({ telegram_id: id }) => id);
    },

    /** All messages of this person say how things stand, unless they could not be written to again meanwhile. */
    async recordSeen(telegramId: number): Promise<void> {
      await db.query('UPDATE users SET unseen_since = NULL WHERE telegram_id = $1 AND unreachable_at IS NULL', [
        telegramId,
      ]);
    },
  };
}
