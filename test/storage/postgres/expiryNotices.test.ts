/** What the list of subscriptions that end soon costs in a large shop. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { sellMany } from '../../../bench/lib/manySubscriptions';
import { createExpiryNoticesRepository } from '../../../src/storage/postgres/expiryNotices';
import { createPool, type Queryable } from '../../../src/storage/postgres/pool';
import { createTestDatabase, type TestDatabase } from '../../support/environment';
import { days } from './shopDatabase';

const PEOPLE = 2_000;
const PAGE = 500;

interface Shop {
  readonly database: TestDatabase;
  readonly pool: Pool;
}

async function shopOf(grants: number): Promise<Shop> {
  const database = await createTestDatabase();
  const pool = createPool(database.url, { onError: () => undefined });
  await sellMany(pool, { count: PEOPLE, grants, servers: 2, endsIn: `interval '1 day' + i * interval '1 second'` });
  return { database, pool };
}

/** How many pages of tables and indexes PostgreSQL looks at for one page of the list. */
async function pagesRead(pool: Pool): Promise<number> {
  let pages = 0;
  const explaining = {
    async query(text: string, values: unknown[]) {
      const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
        values,
      );
      const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
      pages = plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
      return pool.query(text, values);
    },
  } as unknown as Queryable;
  const now = new Date();
  const until = new Date(now.getTime() + days(4));
  const found = await createExpiryNoticesRepository(explaining).expiring(now, until, null, PAGE);
  expect(found).toHaveLength(PAGE);
  return pages;
}

describe('subscriptions that end soon', () => {
  let one: Shop;
  let ten: Shop;

  beforeAll(async () => {
    [one, ten] = [await shopOf(1), await shopOf(10)];
  });
  afterAll(async () => {
    for (const shop of [one, ten]) {
      await shop?.pool.end();
      await shop?.database.close();
    }
  });

  it('cost the same to list, whether each is made of one grant or of ten', async () => {
    const [ofOne, ofTen] = [await pagesRead(one.pool), await pagesRead(ten.pool)];
    expect(ofTen / ofOne).toBeLessThan(1.1);
  });
});
