import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Redis from 'ioredis';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from './environment';
import { startRedis, type TestRedis } from './redis';
import { waitUntil } from './wait';

describe('test database', () => {
  let first: TestDatabase;
  let second: TestDatabase;
  beforeAll(async () => {
    [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
  });

  it('is not shared with another test file', async () => {
    const [one, two] = [new Client({ connectionString: first.url }), new Client({ connectionString: second.url })];
    await Promise.all([one.connect(), two.connect()]);
    await one.query('CREATE TABLE only_here (id int)');
    await expect(two.query('SELECT * FROM only_here')).rejects.toThrow('does not exist');
    await Promise.all([one.end(), two.end()]);
  });
});

describe('test Redis', () => {
  let redis: TestRedis;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis({ persistent: true });
    client = new Redis(redis.url);
    client.on('error', () => {});
  });
  afterAll(async () => {
    client.disconnect();
    await redis.close();
  });

  it('keeps acknowledged writes over a kill when asked to be persistent', async () => {
    await client.set('key', 'value');
    await redis.kill();
    await redis.restart();
    expect(await waitUntil(() => client.get('key'), { what: 'Redis is back' })).toBe('value');
  });
});
