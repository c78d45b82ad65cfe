import { z } from 'zod';
import { LANGUAGES, type Language } from '../../domain/language';
import type { Queryable } from './pool';

/** A person who wrote to the bot. */
export interface User {
  readonly telegramId: number;
  readonly firstName: string;
  readonly username: string | null;
  readonly language: Language;
  readonly timeZone: string;
  /** Since when the bot cannot write to him; `null` while it can. */
  readonly unreachableAt: Date | null;
  readonly createdAt: Date;
}

const row = z
  .object({
    telegram_id: z.number(),
    first_name: z.string(),
    username: z.string().nullable(),
    language: z.enum(LANGUAGES),
    time_zone: z.string(),
    unreachable_at: z.date().nullable(),
    created_at: z.date(),
  })
  .transform((r): User => ({
    telegramId: r.telegram_id,
    firstName: r.first_name,
    username: r.username,
    language: r.language,
    timeZone: r.time_zone,
    unreachableAt: r.unreachable_at,
    createdAt: r.created_at,
  }));

export type UsersRepository = ReturnType<typeof createUsersRepository>;

export function createUsersRepository(db: Queryable) {
  return {
    /**
     * Registers a person at his first message; later refreshes his name and clears `unreachableAt`: he is writing to us.
     * A language chosen once is kept. @param language used at registration only
     */
    async upsert(person: {
      telegramId: number;
      firstName: string;
      username: string | null;
      language: Language;
    }): Promise<User> {
      const { rows } = await db.query(
        `INSERT INTO users (telegram_id, first_name, username, language) VALUES ($1, $2, $3, $4)
         ON CONFLICT (telegram_id) DO UPDATE
           SET first_name = excluded.first_name, username = excluded.username, unreachable_at = NULL, updated_at = now()
         RETURNING *`,
        [person.telegramId, person.firstName, person.username, person.language],
      );
      return row.parse(rows[0]);
    },

    async byId(telegramId: number): Promise<User | undefined> {
      const { rows } = await db.query('SELECT * FROM users WHERE telegram_id = $1', [telegramId]);
      return rows[0] === undefined ? undefined : row.parse(rows[0]);
    },

    async setLanguage(telegramId: number, language: Language): Promise<void> {
      await db.query('UPDATE users SET language = $2, updated_at = now() WHERE telegram_id = $1', [
        telegramId,
        language,
      ]);
    },

    /** Records that the bot can, or can no longer, write to this person. */
    async setReachable(telegramId: number, reachable: boolean): Promise<void> {
      await db.query(
        `UPDATE users SET unreachable_at = CASE WHEN $2 THEN NULL ELSE coalesce(unreachable_at, now()) END, updated_at = now()
         WHERE telegram_id = $1`,
        [telegramId, reachable],
      );
    },
  };
}
