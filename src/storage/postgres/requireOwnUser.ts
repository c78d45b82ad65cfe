import { UnusableDatabaseError } from './migrate';
import type { Queryable } from './pool';

/**
 * The bot faces the internet, so it works as a user who can read no panel's key (`GRANTS_TO_BOT`).
 *
 * @param db connected as the bot, at the newest schema
 * @throws UnusableDatabaseError when this user can
 */
export async function requireOwnUser(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ name: string; reads: boolean }>(
    `SELECT current_user AS name, has_column_privilege('servers', 'panel_api_key', 'SELECT') AS reads`,
  );
  const { name, reads } = rows[0]!;
  if (!reads) return;
  throw new UnusableDatabaseError(
    `As the user ${name} of DATABASE_URL the bot, which faces the internet, could read the panels' keys`,
    "Give it a user of its own: CREATE ROLE gigabridge_bot LOGIN PASSWORD '...', then start a worker, which grants it what it needs " +
      '(docs/going-live.md, "Bot and worker apart"). BOT_DATABASE_USER=shared lets the bot do without.',
  );
}
