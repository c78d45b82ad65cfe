import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { prepared, queryRow } from '../../../src/storage/postgres/query';
import { useShop } from './shopDatabase';

const location = z.object({ code: z.string(), flag: z.string() });

describe('a prepared statement', () => {
  const shop = useShop();

  it('still works on its connection after a migration has added a column to its table', async () => {
    const statement = prepared('SELECT l.code, l.flag FROM locations l WHERE l.code = $1');
    const client = await shop.pool.connect();
    try {
      const read = () => queryRow(client, location, statement, ['nl']);
      await read();
      await client.query('ALTER TABLE locations ADD COLUMN of_the_next_version text');
      expect(await read()).toMatchObject({ code: 'nl' });
    } finally {
      await client.query('ALTER TABLE locations DROP COLUMN IF EXISTS of_the_next_version');
      client.release();
    }
  });

  it('is not made of a statement that returns "all columns": that would fail after the same migration', () => {
    for (const text of ['SELECT * FROM locations', 'SELECT l.* FROM locations l', 'SELECT l.code, s.* FROM l, s'])
      expect(() => prepared(text)).toThrow('names its columns');
    expect(() => prepared('UPDATE locations SET flag = $1 RETURNING *')).toThrow('names its columns');
    expect(() => prepared('SELECT count(*) FROM locations')).not.toThrow();
  });
});
