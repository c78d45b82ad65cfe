/** What the bot's user in PostgreSQL cannot do: the bot faces the internet. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg, { Client, type Pool } from 'pg';
import { PANEL_ADMIN } from '../../../src/storage/postgres/catalogue';
import { migrate, UnusableDatabaseError } from '../../../src/storage/postgres/migrate';
import { requireOwnUser } from '../../../src/storage/postgres/requireOwnUser';
import { createPool } from '../../../src/storage/postgres/pool';
import { testEnvironment } from '../../support/environment';
import { asBot, withDatabase } from '../../support/template-database';
import { useShop } from './shopDatabase';

const OWNER = decodeURIComponent(new URL(testEnvironment('TEST_DATABASE_URL')).username);
const shop = useShop();
let bot: Pool;
beforeAll(() => {
  bot = createPool(shop.database.botUrl, { onError: () => undefined });
});
afterAll(() => bot.end());

const id = '00000000-0000-4000-8000-000000000000';
const row = (columns: string, values: string) =>
  `INSERT INTO payments (id, user_id, chat_id, language, plan_code, plan_name_ru, plan_name_en, days, purpose,
     base_price_kopecks, discount_kopecks, price_kopecks, provider, currency, location_code, ${columns})
   VALUES ('${id}', 1, 1, 'en', 'month', '', '', 30, 'buy', 100, 0, 100, 'yookassa', 'RUB', 'nl', ${values})`;

/** What it can do is in test/bot/queries.test.ts. */
describe('the bot’s user in PostgreSQL', () => {
  it.each([
    ['read a panel’s key', 'SELECT panel_api_key FROM servers'],
    ['read a panel’s admin address', 'SELECT panel_admin_url FROM servers'],
    ['read everything of a server', 'SELECT * FROM servers'],
    ['say which administrator it is, which is made of the key', `SELECT ${PANEL_ADMIN} FROM servers`],
    ['read what only jobs need', 'SELECT * FROM panel_samples'],
    ['read money that nothing explains', 'SELECT * FROM money_anomalies'],
    ['change a price', 'UPDATE plans SET price_kopecks = 100'],
    ['add something to sell', `INSERT INTO locations (code, name_ru, name_en) VALUES ('xx', '', '')`],
    ['put another address into customers’ keys', `UPDATE servers SET panel_client_url = 'https://evil.example/x'`],
    ['say that an order was paid', `UPDATE payments SET status = 'paid'`],
    ['say when an order was paid', 'UPDATE payments SET paid_at = now()'],
    ['add an order that is paid already', row('status', `'paid'`)],
    ['add an order with a day of payment', row('paid_at', 'now()')],
    ['read what an owner has noted of a promo code', 'SELECT note FROM promo_codes'],
    ['make a promo code', `INSERT INTO promo_codes (code) VALUES ('FREE')`],
    ['change what a promo code gives', 'UPDATE promo_codes SET amount = 99'],
    ['give back the use of a promo code', `UPDATE promo_uses SET status = 'returned'`],
    ['add a use that is returned already', `INSERT INTO promo_uses (id, status) VALUES ('${id}', 'returned')`],
    ['delete a use of a promo code', 'DELETE FROM promo_uses'],
    ['lower the price of an order', 'UPDATE payments SET price_kopecks = 100'],
    ['make YooKassa’s link another one', `UPDATE payments SET confirmation_url = 'https://evil.example'`],
    ['say that money is back', `UPDATE payments SET refunded_kopecks = 0`],
    ['give an order to somebody else', 'UPDATE payments SET user_id = 1'],
    ['prolong a subscription', `UPDATE subscriptions SET expires_at = 'infinity'`],
    ['make a subscription', 'INSERT INTO subscriptions SELECT * FROM subscriptions'],
    ['give access', `INSERT INTO grant_entries (source) VALUES ('x')`],
    ['revoke access', 'DELETE FROM grant_entries'],
    ['make a voucher', 'INSERT INTO vouchers SELECT * FROM vouchers'],
    ['say who has claimed a voucher', 'UPDATE vouchers SET claimed_by = 1'],
    ['reward somebody', 'INSERT INTO referral_rewards SELECT * FROM referral_rewards'],
    ['say later who invited somebody', 'UPDATE users SET referred_by = 1'],
    ['plan a refund', 'INSERT INTO refunds SELECT * FROM refunds'],
    ['say that a refund was made', `UPDATE refunds SET status = 'succeeded'`],
    ['write a call to YooKassa', 'INSERT INTO provider_requests SELECT * FROM provider_requests'],
    ['forget that access is to be revoked', 'UPDATE access_revocations SET done_at = now()'],
    ['change an event that was recorded', `UPDATE payment_events SET actor = 'x'`],
    ['delete an event that was recorded', 'DELETE FROM payment_events'],
    ['hide who decided', `UPDATE audit_log SET actor = 'x'`],
    ['delete what operators did', 'DELETE FROM audit_log'],
    ['give somebody a role', `INSERT INTO staff (telegram_id, role, given_by) VALUES (1, 'manager', 'x')`],
    ['raise a role', `UPDATE staff SET role = 'manager'`],
    ['change what the desk has written down', `UPDATE desk_audit SET actor = 'x'`],
    ['delete what the desk has written down', 'DELETE FROM desk_audit'],
    ['delete an order', 'DELETE FROM payments'],
    ['delete a person', 'DELETE FROM users'],
    ['empty a table', 'TRUNCATE webhook_events'],
    ['make a table of its own', 'CREATE TABLE mine (id int)'],
    ['change a table', 'ALTER TABLE payments DISABLE TRIGGER ALL'],
    ['change the list of migrations', 'DELETE FROM schema_migrations'],
    ['become the worker’s user', `SET ROLE ${pg.escapeIdentifier(OWNER)}`],
    ['grant itself more', 'GRANT SELECT ON servers TO gigabridge_bot'],
  ])('cannot %s', async (_what, statement) => {
    await expect(bot.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});

it('a bot that was given the worker’s user refuses to start, and says which statement makes one of its own', async () => {
  await expect(requireOwnUser(bot)).resolves.toBeUndefined();
  const refusal = requireOwnUser(shop.pool);
  await expect(refusal).rejects.toThrow(UnusableDatabaseError);
  await expect(refusal).rejects.toThrow(
    /could read the panels' keys.*CREATE ROLE gigabridge_bot.*BOT_DATABASE_USER=shared/,
  );
});

it('a user who was given more, by an earlier release or by hand, loses it at the next start of a worker', async () => {
  await shop.pool.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO gigabridge_bot');
  await bot.query('SELECT * FROM servers');
  expect(await migrate(shop.database.url)).toBe(true);
  await bot.query('SELECT 1 FROM plans');
  await expect(bot.query('SELECT * FROM servers')).rejects.toMatchObject({ code: '42501' });
});

async function withoutGrants(url: string): Promise<void> {
  const owner = new Client({ connectionString: url });
  await owner.connect();
  await owner.query('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM gigabridge_bot').finally(() => owner.end());
}

it('a bot that comes first leaves the schema to a worker, and goes on when it is there', async () => {
  const adminUrl = testEnvironment('TEST_DATABASE_URL');
  const name = `test_bot_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    const url = withDatabase(adminUrl, name);
    expect(await migrate(asBot(url))).toBe(false);
    expect(await migrate(url)).toBe(true);
    expect(await migrate(asBot(url))).toBe(true);
    // Its user was made after the worker had started: it was granted nothing yet.
    await withoutGrants(url);
    expect(await migrate(asBot(url))).toBe(false);
    expect(await migrate(url)).toBe(true);
    expect(await migrate(asBot(url))).toBe(true);
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
});
