/** Everything around the simulated shop, all on one clock that is moved from here. */
import { fork, type ChildProcess } from 'node:child_process';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import path from 'node:path';
import { Client as PgClient, type Pool } from 'pg';
import { start as startHiddify, type HiddifySimulator } from '../../simulators/hiddify/server';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { connectTemporal, type TemporalClient } from '../../src/clients/temporal';
import { readSettings, type Settings } from '../../src/config/settings';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createPool } from '../../src/storage/postgres/pool';
import { TYPESCRIPT } from '../support/children';
import { createTestDatabase, testEnvironment } from '../support/environment';
import { startRedis } from '../support/redis';
import { createTestNamespace } from '../support/temporal';
import { workflowBundle } from '../support/workflow-bundle';
import { PLANS, START } from './plan';

const ROOT = path.resolve(__dirname, '../..');
const HOST = '127.0.0.1';
const TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const SHOP = { id: '100500', key: 'test_only_the_stand_in' };
export const PRICE = 19_900;

export interface SimulatedShop {
  readonly settings: Settings;
  readonly pool: Pool;
  readonly temporal: TemporalClient;
  readonly telegramUrl: string;
  readonly yookassaUrl: string;
  readonly redisUrl: string;
  readonly panels: readonly HiddifySimulator[];
  /** The simulated time now. */
  now(): Date;
  /** Moves every clock: the workers', PostgreSQL's, YooKassa's, the panels'. */
  advanceTo(at: number): Promise<void>;
  /** For somebody who acts between two runs: to them it is `at`. */
  at<T>(at: number, work: () => Promise<T>): Promise<T>;
  /** Ends a worker as a power cut would and starts another; `gently` as a deploy would. */
  replaceWorker(index: number, how: 'kill' | 'gently'): Promise<void>;
  close(): Promise<void>;
}

export async function startShop(workers: number): Promise<SimulatedShop> {
  const closers: (() => unknown)[] = [];
  const later = <T>(thing: T, close: (thing: T) => unknown): T => (closers.unshift(() => close(thing)), thing);
  const close = async () => {
    for (const one of closers.splice(0)) await Promise.resolve(one()).catch(() => undefined);
  };
  try {
    const [database, redis, namespace, telegram, yookassa, ...panels] = await Promise.all([
      createTestDatabase(),
      startRedis(),
      createTestNamespace(),
      startTelegram({ host: HOST, port: 0, token: TOKEN }),
      startYooKassa({ host: HOST, port: 0, 'shop-id': SHOP.id, 'secret-key': SHOP.key }),
      ...['14.0.5', '10.80.11', '13.0.3'].map((version) => startHiddify({ host: HOST, port: 0, version })),
    ]);
    for (const one of [database, redis, telegram, yookassa, ...panels]) later(one, (it) => it.close());
    await movableClock(database.url);
    const settings = readSettings({
      BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: telegram.url,
      YOOKASSA_SHOP_ID: SHOP.id,
      YOOKASSA_SECRET_KEY: SHOP.key,
      YOOKASSA_API_URL: `${yookassa.url}/v3`,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_NAMESPACE: namespace,
      PAYMENT_POLL_INTERVAL: '200ms',
      PAYMENT_POLL_TIMEOUT: '2s',
      REFUND_AFTER: '25s',
    });
    const pool = later(createPool(database.url, { onError: () => undefined }), (it) => it.end());
    const clock = later(new PgClient({ connectionString: database.url }), (it) => it.end());
    await clock.connect();
    await applyCatalogue(pool, {
      locations: panels.map((_, i) => ({
        code: `l${i}`,
        name: { ru: `Место ${i}`, en: `Place ${i}` },
        flag: '',
        active: true,
      })),
      servers: panels.map(({ adminUrl, apiKey, clientUrl }, i) => ({
        code: `s${i}`,
        location: `l${i}`,
        name: `Server ${i}`,
        panel: { adminUrl, apiKey, clientUrl },
        capacity: null,
        active: true,
      })),
      plans: PLANS.map((days) => ({
        code: `p${days}`,
        name: { ru: `${days}`, en: `${days}` },
        days,
        trafficGb: null,
        priceKopecks: PRICE,
        active: true,
      })),
    });
    const temporal = later(
      await connectTemporal({ connection: { address: settings.TEMPORAL_ADDRESS }, namespace }),
      (it) => it.close(),
    );
    const { codePath: bundle } = await workflowBundle(undefined, path.join(__dirname, 'shorterTimeoutsInterceptor.ts'));

    let offsetMs = START - Date.now();
    const moment = new AsyncLocalStorage<number>();
    const running: ChildProcess[] = [];
    closers.unshift(() => running.forEach((child) => child.kill('SIGKILL')));
    const startWorker = async (): Promise<ChildProcess> => {
      const child = fork(path.join(__dirname, 'worker.ts'), {
        cwd: ROOT,
        execArgv: [...TYPESCRIPT],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          ...process.env,
          BOT_TOKEN: TOKEN,
          TELEGRAM_API_ROOT: telegram.url,
          YOOKASSA_SHOP_ID: SHOP.id,
          YOOKASSA_SECRET_KEY: SHOP.key,
          YOOKASSA_API_URL: `${yookassa.url}/v3`,
          DATABASE_URL: database.url,
          REDIS_URL: redis.url,
          TEMPORAL_ADDRESS: settings.TEMPORAL_ADDRESS,
          TEMPORAL_NAMESPACE: namespace,
          PAYMENT_POLL_INTERVAL: '200ms',
          PAYMENT_POLL_TIMEOUT: '2s',
          REFUND_AFTER: '25s',
          YEAR_BUNDLE: bundle,
          YEAR_OFFSET_MS: String(offsetMs),
        },
      });
      await once(child, 'message');
      return child;
    };
    running.push(...(await Promise.all(Array.from({ length: workers }, startWorker))));
    const put = (url: string, body: object) =>
      fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

    return {
      settings,
      pool,
      temporal,
      panels,
      telegramUrl: telegram.url,
      yookassaUrl: yookassa.url,
      redisUrl: redis.url,
      now: () => new Date(moment.getStore() ?? Date.now() + offsetMs),
      at: (at, work) => moment.run(at, work),
      async advanceTo(at) {
        offsetMs = at - Date.now();
        await Promise.all([
          clock.query('UPDATE moved.clock SET offset_ms = $1', [offsetMs]),
          put(`${yookassa.url}/_sim/clock`, { offsetMs }),
          ...panels.map((panel) => put(`${panel.url}/_sim/clock`, { offsetMs })),
          ...running.filter((child) => child.connected).map((child) => tell(child, offsetMs)),
        ]);
      },
      async replaceWorker(index, how) {
        const child = running[index]!;
        const gone = once(child, 'exit');
        child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
        await gone;
        running[index] = await startWorker();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A worker's clock; it says when it is set. */
async function tell(child: ChildProcess, offsetMs: number): Promise<void> {
  const set = once(child, 'message');
  child.send({ offsetMs });
  await set;
}

/**
 * Gives a database `now()` and `clock_timestamp()` that can be moved: found before PostgreSQL's own in every new
 * connection.
 */
async function movableClock(url: string): Promise<void> {
  const client = new PgClient({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE SCHEMA moved; CREATE TABLE moved.clock (offset_ms float8 NOT NULL); INSERT INTO moved.clock VALUES (0);
    CREATE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + (SELECT offset_ms FROM moved.clock) * interval ''1 millisecond''';
    CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp() + (SELECT offset_ms FROM moved.clock) * interval ''1 millisecond''';`);
  const { rows } = await client.query<{ t: string; c: string }>(
    `SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public' AND column_default = 'now()'`,
  );
  for (const { t, c } of rows) await client.query(`ALTER TABLE public.${t} ALTER COLUMN ${c} SET DEFAULT moved.now()`);
  await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET search_path = moved, pg_catalog, public`);
  await client.end();
}
