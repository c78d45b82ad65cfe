/** What the bot's user in PostgreSQL may do: the bot faces the internet. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type Pool } from 'pg';
import { migrate } from '../../../src/storage/postgres/migrate';
import { createPool } from '../../../src/storage/postgres/pool';
import { createRepositories } from '../../../src/storage/postgres/repositories';
import { testEnvironment } from '../../support/environment';
import { asBot, withDatabase } from '../../support/template-database';
import { PRICE, useShop } from './shopDatabase';

const shop = useShop();
let bot: Pool;
beforeAll(() => {
  bot = createPool(shop.database.botUrl, { onError: () => undefined });
});
afterAll(() => bot.end());

describe('the bot’s user', () => {
  it('sells: it reads what is sold, and opens a payment', async () => {
    const { catalogue, payments, users } = createRepositories(bot);
    expect(await catalogue.activeServers('de')).toHaveLength(2);
    expect(await catalogue.clientUrls()).toContain('https://nl-1.example/ClientPath');
    await users.upsert({ telegramId: 77_001, firstName: 'Ann', username: null, language: 'en' });
    const opened = await payments.open({ ...shop.draft(77_001), priceKopecks: PRICE });
    expect(opened.outcome).toBe('created');
  });

  it.each([
    ['a panel’s key', 'SELECT panel_api_key FROM servers'],
    ['a panel’s admin address', 'SELECT panel_admin_url FROM servers'],
    ['everything of a server', 'SELECT * FROM servers'],
    ['another price', 'UPDATE plans SET price_kopecks = 100'],
    ['another address in customers’ keys', `UPDATE servers SET panel_client_url = 'https://evil.example/x'`],
    ['a subscription without a payment', `UPDATE subscriptions SET expires_at = 'infinity'`],
    ['a refund', `UPDATE refunds SET status = 'succeeded'`],
    ['an event that was recorded', 'DELETE FROM payment_events'],
    ['a payment that was made', 'DELETE FROM payments'],
    ['a table of its own', 'CREATE TABLE mine (id int)'],
    ['the list of migrations', 'DELETE FROM schema_migrations'],
  ])('can neither read nor make %s', async (_what, statement) => {
    await expect(bot.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});

it('a user who was made after the tables is granted the same by the next process that may', async () => {
  await shop.pool.query('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM gigabridge_bot');
  await expect(bot.query('SELECT 1 FROM plans')).rejects.toMatchObject({ code: '42501' });
  expect(await migrate(shop.database.url)).toBe(true);
  await bot.query('SELECT 1 FROM plans');
  await expect(bot.query('SELECT * FROM servers')).rejects.toMatchObject({ code: '42501' });
});

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
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.end();
  }
});
