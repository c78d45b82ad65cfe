/** What the shop needs inside its PostgreSQL server before a worker can fill it: a database, and a user for the bot. */
import { createHash } from 'node:crypto';

/** The same name as in ops/postgres/init.sh. The worker grants its rights after the migrations. */
export const BOT_USER = 'gigabridge_bot';

/** The bot user's password: a hash of the owner's, so that it does not reveal it. @param {string} ownersPassword */
export const botPassword = (ownersPassword) => createHash('sha256').update(`bot ${ownersPassword}`).digest('hex');

/**
 * @param {string} adminUrl
 * @param {string} database
 */
export async function createDatabase(adminUrl, database) {
  if (database === 'postgres') return;
  await asAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  });
}

/**
 * @param {string} adminUrl
 * @param {string} user
 * @param {string} password
 */
export async function createUser(adminUrl, user, password) {
  await asAdmin(adminUrl, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
    const change = `${rowCount ? 'ALTER' : 'CREATE'} ROLE ${client.escapeIdentifier(user)}`;
    await client.query(`${change} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  });
}

/** @param {string} url @param {string} user */
export const userExists = (url, user) =>
  asAdmin(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
    return rowCount === 1;
  });

/** @param {string} url @returns {Promise<boolean>} whether its user may make others */
export const mayCreateUsers = (url) =>
  asAdmin(url, async (client) => {
    const { rowCount } = await client.query(
      'SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreaterole OR rolsuper)',
    );
    return rowCount === 1;
  });

/**
 * @template T
 * @param {string} adminUrl
 * @param {(client: import('pg').Client) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function asAdmin(adminUrl, work) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
