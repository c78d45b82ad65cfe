/**
 * `npm run bench -- cache [--taps 3000] [--rounds 2]`: how many PostgreSQL queries the cache saves, and how
 * much sooner buyers get their answer. Three parts: taps through the real bot with and without it; many reads at once
 * of a location's servers that are not in the cache; one read that is in it. Prints Markdown.
 */
import { z } from 'zod';
import { SERVER_TROUBLES } from '../../src/domain/catalogue';
import { createCache } from '../../src/storage/redis/cache';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createCatalogueRepository } from '../../src/storage/postgres/catalogue';
import { createPool } from '../../src/storage/postgres/pool';
import { createRedisConnections, type RedisConnections } from '../../src/storage/redis/connections';
import { createTestDatabase } from '../../test/support/environment';
import { startRedis } from '../../test/support/redis';
import { quantile } from '../lib/numbers';
import { runBench } from '../lib/run';
import { measureTaps } from './taps';

const ASKING = 500;
const ROUNDS = 20;
const HITS = 20_000;

const SERVERS = 12;
const schema = z.array(
  z.looseObject({
    code: z.string(),
    locationCode: z.string(),
    name: z.string(),
    freePlaces: z.int().nullable(),
    trouble: z.enum(SERVER_TROUBLES).nullable(),
  }),
);
type Servers = z.infer<typeof schema>;

async function main(): Promise<void> {
  await measureTaps();
  process.env['TEST_REDIS_BIN'] ??= 'redis-server';
  const server = await startRedis();
  const log = (...what: unknown[]): void => console.error(...what);
  const connect = async (): Promise<RedisConnections> => {
    const connections = createRedisConnections({
      url: server.url,
      logger: { info: log, warn: log } as never,
      commandTimeoutMs: 10_000,
    });
    await connections.ready(20_000);
    return connections;
  };
  const replicas = [await connect(), await connect()];
  const cached = replicas.map((replica) =>
    createCache({ redis: replica.cache, now: () => performance.now() }).define({
      name: 'activeServers',
      ttlSeconds: 300,
      schema,
    }),
  );
  const database = await createTestDatabase();
  const pool = createPool(database.url, { onError: log });
  const panel = { adminUrl: 'http://127.0.0.1:9/a', apiKey: 'bench-only', clientUrl: 'http://127.0.0.1:9/c' };
  await applyCatalogue(pool, {
    locations: [{ code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '', active: true }],
    servers: Array.from({ length: SERVERS }, (_, n) => ({
      code: `nl-${n}`,
      location: 'nl',
      name: `Amsterdam ${n}`,
      panel,
      capacity: 100,
      active: true,
    })),
    plans: [
      {
        code: 'month',
        name: { ru: 'Месяц', en: 'A month' },
        days: 30,
        trafficGb: 100,
        priceKopecks: 29_900,
        active: true,
      },
    ],
  });
  let queries = 0;
  const catalogue = createCatalogueRepository({
    query: ((...words: Parameters<typeof pool.query>) => {
      queries += 1;
      return pool.query(...words);
    }) as typeof pool.query,
  });
  const load = (): Promise<Servers> => catalogue.activeServers('nl') as Promise<Servers>;
  const value = await load();
  if (value.length !== SERVERS) throw new Error(`the database has ${value.length} servers`);

  console.log(
    `### ${ASKING} at once ask for a key that is not there (${ROUNDS} rounds, most of any round)\n\n| | queries to PostgreSQL | slowest answer, ms |\n|---|---:|---:|`,
  );
  const cases: [string, (n: number, round: number) => Promise<unknown>][] = [
    ['without a cache', () => load()],
    ['one replica', (_, round) => cached[0]!.get(`one-${round}`, load)],
    ['two replicas, half of them each', (n, round) => cached[n % 2]!.get(`two-${round}`, load)],
  ];
  for (const [name, ask] of cases) {
    let most = 0;
    let slowest = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      queries = 0;
      const from = performance.now();
      await Promise.all(Array.from({ length: ASKING }, (_, n) => ask(n, round)));
      slowest = Math.max(slowest, performance.now() - from);
      most = Math.max(most, queries);
    }
    console.log(`| ${name} | ${most} | ${slowest.toFixed(0)} |`);
  }

  const raw = replicas[0]!.cache;
  const text = JSON.stringify(value);
  await raw.set('raw', text, 'EX', 300);
  await cached[0]!.get('hit', load);
  console.log(
    `\n### A hit (${HITS} reads of a ${text.length}-byte value)\n\n| | in flight | reads/s | p50, ms | p99, ms |\n|---|---:|---:|---:|---:|`,
  );
  const cachedQueries: [string, () => Promise<unknown>][] = [
    ['GET alone, nothing parsed', () => raw.get('raw')],
    ['cached.get, checked with zod', () => cached[0]!.get('hit', load)],
  ];
  for (const inFlight of [1, 64]) {
    for (const [name, read] of cachedQueries) {
      for (let n = 0; n < 500; n += 1) await read();
      const latencies: number[] = [];
      let next = 0;
      const from = performance.now();
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          while (next < HITS) {
            next += 1;
            const at = performance.now();
            await read();
            latencies.push(performance.now() - at);
          }
        }),
      );
      const perSecond = HITS / ((performance.now() - from) / 1_000);
      console.log(
        `| ${name} | ${inFlight} | ${Math.round(perSecond)} | ${quantile(latencies, 0.5).toFixed(3)} | ${quantile(latencies, 0.99).toFixed(3)} |`,
      );
    }
  }
  await Promise.all(replicas.map((replica) => replica.close()));
  await server.close();
  await pool.end();
  await database.close();
}

runBench(main);
