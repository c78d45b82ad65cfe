import { BOT_USER, botPassword, createUser, mayCreateUsers, userExists } from './postgres-contents.mjs';
import { Problem } from './problem.mjs';

/**
 * The bot's address of a PostgreSQL that is not ours: as its own user, who is made where the owner's may do that.
 * @param {string} databaseUrl the owner's `DATABASE_URL`
 * @param {import('./progress.mjs').Step} step
 * @param {string} [user] another name only in tests
 * @returns {Promise<string>}
 * @throws {Problem} with the statement to run, where nobody here can make that user
 */
export async function botUrlOf(databaseUrl, step, user = BOT_USER) {
  const next = (/** @type {string} */ statement) =>
    `run ${statement} as an administrator of that PostgreSQL and set BOT_DATABASE_URL to the address of DATABASE_URL with this user and password. ` +
    'BOT_DATABASE_USER=shared lets the bot use the user of the worker instead: who takes the bot over could then read every panel key.';
  const password = passwordOf(databaseUrl);
  const botUrl = password && withUser(databaseUrl, user, botPassword(password));
  if (await userExists(databaseUrl, user)) {
    // The one that an earlier start made, or somebody's.
    if (botUrl && (await canConnect(botUrl))) return botUrl;
    throw new Problem(
      `The PostgreSQL of DATABASE_URL has the user ${user} for the bot, and BOT_DATABASE_URL with its password is not set.`,
      next(`ALTER ROLE ${user} LOGIN PASSWORD '...'`),
    );
  }
  const create = next(`CREATE ROLE ${user} LOGIN PASSWORD '...'`);
  if (!botUrl || !(await mayCreateUsers(databaseUrl)))
    throw new Problem(
      botUrl
        ? `The bot has no user of its own in the PostgreSQL of DATABASE_URL, and that user may not make one.`
        : `The bot has no user of its own in the PostgreSQL of DATABASE_URL, and without a password in that address none can be made for it.`,
      create,
    );
  step.say(`making the user ${user} for the bot`);
  await createUser(databaseUrl, user, botPassword(password));
  if (await canConnect(botUrl)) return botUrl;
  throw new Problem(
    `The user ${user} was made for the bot and cannot connect to the database of DATABASE_URL.`,
    `allow it (GRANT CONNECT ON DATABASE, pg_hba.conf), or set BOT_DATABASE_USER=shared.`,
  );
}

/** `URL` takes no address of a Unix socket with a user in it. */
const USER_INFO = /^(postgres(?:ql)?:\/\/)(?:([^@/?#]*)@)?/;

/** @param {string} databaseUrl @returns {string} empty where the address has none */
export function passwordOf(databaseUrl) {
  const written = USER_INFO.exec(databaseUrl)?.[2] ?? '';
  const colon = written.indexOf(':');
  if (colon >= 0) return decodeURIComponent(written.slice(colon + 1));
  return new URLSearchParams(databaseUrl.split('?')[1] ?? '').get('password') ?? '';
}

/** @param {string} databaseUrl @param {string} user @param {string} password neither needs escaping */
export function withUser(databaseUrl, user, password) {
  const [address = '', query] = databaseUrl.replace(USER_INFO, `$1${user}:${password}@`).split('?');
  const rest = new URLSearchParams(query ?? '');
  rest.delete('user');
  rest.delete('password');
  return rest.size === 0 ? address : `${address}?${rest}`;
}

/** @param {string} databaseUrl */
async function canConnect(databaseUrl) {
  return userExists(databaseUrl, 'postgres').then(
    () => true,
    () => false,
  );
}
