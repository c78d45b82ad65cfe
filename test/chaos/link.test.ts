/** What those who read the wire to PostgreSQL are shown of statements that are prepared. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Link } from '../../chaos/wire/link';
import { prepared } from '../../src/storage/postgres/query';
import { createTestDatabase, type TestDatabase } from '../support/environment';

let database: TestDatabase;
let link: Link;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  link = await new Link({ name: 'test → postgres', dependency: 'postgres', targets: [Number(url.port)] }).listen();
  client = new Client({ connectionString: Object.assign(url, { port: String(link.port) }).href });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await link?.close();
  await database?.close();
});

it('the SQL of a prepared statement is seen each time it runs, not only when it is prepared', async () => {
  const statement = prepared('SELECT $1::int + 1 AS next');
  // It is prepared before anybody reads.
  await client.query(statement, [0]);
  const seen: string[] = [];
  link.read({ request: (_wire, text) => (seen.push(text), 'pass'), answer: () => 'pass' });
  for (const value of [1, 2, 3]) await client.query(statement, [value]);
  expect(seen).toHaveLength(3);
  for (const text of seen) expect(text).toContain('SELECT $1::int + 1 AS next');
});
