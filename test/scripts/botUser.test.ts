/** The bot's user in a PostgreSQL of the owner's, as `npm start` finds or makes it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createTestDatabase, testEnvironment, type TestDatabase } from '../support/environment';
import { ROOT, runModule } from './run';

const unique = randomBytes(4).toString('hex');
const [MAY, MAY_NOT, BOT] = [`owner_may_${unique}`, `owner_may_not_${unique}`, `bot_${unique}`];
const PASSWORD = 'p:ss/wörd';
let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: testEnvironment('TEST_DATABASE_URL') });
  await admin.connect();
  await admin.query(`CREATE ROLE ${MAY} LOGIN CREATEROLE PASSWORD '${PASSWORD}'`);
  await admin.query(`CREATE ROLE ${MAY_NOT} LOGIN PASSWORD '${PASSWORD}'`);
});
afterAll(async () => {
  await database?.close();
  for (const role of [BOT, MAY, MAY_NOT]) await admin?.query(`DROP ROLE IF EXISTS ${role}`);
  await admin?.end();
});

/** The test's database as another user. */
function as(user: string, password: string | undefined): string {
  const url = new URL(database.url);
  url.username = user;
  url.password = password === undefined ? '' : encodeURIComponent(password);
  return url.href;
}

async function botUrlOf(databaseUrl: string): Promise<{ url?: string; refusal?: string }> {
  const { output } = await runModule(
    `
    import { botUrlOf } from './lib/bot-user.mjs';
    const said = await botUrlOf(process.env.URL_OF_OWNER, { say() {} }, '${BOT}').then(
      (url) => ({ url }),
      (error) => ({ refusal: error.message + ' ' + error.next }),
    );
    console.log(JSON.stringify(said));
  `,
    { root: ROOT, env: { URL_OF_OWNER: databaseUrl } },
  );
  return JSON.parse(output) as { url?: string; refusal?: string };
}

async function whoIs(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ name: string }>('SELECT current_user AS name')).rows[0]!.name;
  } finally {
    await client.end();
  }
}

describe('the bot’s user in a PostgreSQL of the owner’s', () => {
  it('is asked for with the statement to run, where the owner’s user may not make it', async () => {
    const { refusal } = await botUrlOf(as(MAY_NOT, PASSWORD));
    expect(refusal).toMatch(
      new RegExp(`CREATE ROLE ${BOT} LOGIN PASSWORD '...'.*BOT_DATABASE_URL.*BOT_DATABASE_USER=shared`),
    );
    expect(refusal).not.toContain(encodeURIComponent(PASSWORD));
  });

  it('is made where it may, and found again at the next start', async () => {
    const { url } = await botUrlOf(as(MAY, PASSWORD));
    expect(await whoIs(url!)).toBe(BOT);
    expect(url).not.toContain(encodeURIComponent(PASSWORD));
    expect(await botUrlOf(as(MAY, PASSWORD))).toEqual({ url });
  });

  it('that has another password is left as it is: another shop may use it', async () => {
    await admin.query(`ALTER ROLE ${BOT} PASSWORD 'of another shop'`);
    const { refusal } = await botUrlOf(as(MAY, PASSWORD));
    expect(refusal).toMatch(new RegExp(`ALTER ROLE ${BOT} LOGIN PASSWORD '...'.*BOT_DATABASE_URL`));
    expect(await whoIs(as(BOT, 'of another shop'))).toBe(BOT);
  });

  it('gets the address of the owner’s, on a host as on a socket', async () => {
    const addresses = [
      'postgres://owner:a%2Fb@db:5433/shop?sslmode=require',
      'postgresql://owner:a%2Fb@/shop?host=/run/postgresql',
      'postgres:///shop?host=/run/postgresql&user=owner&password=a%2Fb',
      'postgres:///shop?host=/run/postgresql',
    ];
    const { output } = await runModule(
      `
      import { passwordOf, withUser } from './lib/bot-user.mjs';
      const said = ${JSON.stringify(addresses)}.map((url) => [passwordOf(url), withUser(url, 'bot', 'secret')]);
      console.log(JSON.stringify(said));
    `,
      { root: ROOT },
    );
    expect(JSON.parse(output)).toEqual([
      ['a/b', 'postgres://bot:secret@db:5433/shop?sslmode=require'],
      ['a/b', 'postgresql://bot:secret@/shop?host=%2Frun%2Fpostgresql'],
      ['a/b', 'postgres://bot:secret@/shop?host=%2Frun%2Fpostgresql'],
      ['', 'postgres://bot:secret@/shop?host=%2Frun%2Fpostgresql'],
    ]);
  });
});
