/**
 * The shop of a bench: the built bot and worker, each a process of its own, on a real PostgreSQL, Redis and Temporal of
 * this run; the three outside services are the stand-ins, also processes of their own, answering at once.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pool } from 'pg';
import { createPaymentWorkflows, type PaymentWorkflows } from '../../src/clients/paymentWorkflows';
import { connectTemporal, type TemporalClient } from '../../src/clients/temporal';
import { readCatalogueFile } from '../../src/config/catalogueFile';
import type { Payment } from '../../src/domain/payment';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createPaymentsRepository, type PaymentsRepository } from '../../src/storage/postgres/payments';
import { createPool } from '../../src/storage/postgres/pool';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { createTestDatabase, testEnvironment } from '../../test/support/environment';
import { freePort } from '../../test/support/ports';
import { startRedis } from '../../test/support/redis';
import { prepareTemplateDatabase } from '../../test/support/template-database';
import { createTestNamespace } from '../../test/support/temporal';
import { ROOT, startProcess, type Running } from './processes';

const HOST = '127.0.0.1';
const TOKEN = '100000001:BENCH-only-the-stand-in-accepts-it';
const YOOKASSA = { id: '100500', key: 'bench_only_the_stand_in' };
const HIDDIFY = {
  'admin-path': 'BenchAdmin1',
  'client-path': 'BenchClient1',
  'admin-key': '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69',
};

const PRICE_KOPECKS = 29_900;

export interface BenchShop {
  readonly telegramUrl: string;
  readonly yookassaUrl: string;
  readonly botUrl: string;
  readonly pool: Pool;
  readonly payments: PaymentsRepository;
  readonly temporal: TemporalClient;
  readonly workflows: PaymentWorkflows;
  /** Environment variables of bot and worker. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Process ids by name: `worker`, `bot`, `telegram`, `yookassa`, `hiddify`; and `temporal`, `postgres` where this run
   * has its own.
   */
  readonly pids: Map<string, number>;
  /** Further replicas have names such as `bot-2` and `worker-2`. `args` run another program than the built one. */
  start(
    name: 'bot' | 'worker' | `bot-${number}` | `worker-${number}`,
    options?: { core?: number; env?: Readonly<Record<string, string>>; args?: readonly string[] },
  ): Promise<Running & { readonly url: string }>;
  /** Makes a buyer and an order without the bot. The workflow is not started: call `workflows.ensureRunning`. */
  order(userId: number): Promise<Payment>;
  stop(): Promise<void>;
}

export interface Pace {
  readonly pollIntervalMs: number;
  readonly pollTimeoutMs: number;
}

export async function openShop({
  pace,
  env: extra = {},
}: {
  pace: Pace;
  env?: Readonly<Record<string, string>>;
}): Promise<BenchShop> {
  const closers: (() => unknown)[] = [];
  const later = <T>(thing: T, close: (thing: T) => unknown): T => {
    closers.unshift(() => close(thing));
    return thing;
  };
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0)) await close();
  };
  const pids = new Map<string, number>();
  for (const name of ['temporal', 'postgres']) {
    const pid = Number(process.env[`BENCH_PID_${name.toUpperCase()}`]);
    if (pid) pids.set(name, pid);
  }
  try {
    process.env['TEST_DATABASE_TEMPLATE'] = await prepareTemplateDatabase(testEnvironment('TEST_DATABASE_URL'));
    const folder = later(await mkdtemp(path.join(tmpdir(), 'gigabridge-bench-')), (dir) =>
      rm(dir, { recursive: true, force: true }),
    );
    const database = later(await createTestDatabase(), (it) => it.close());
    const redis = later(await startRedis(), (it) => it.close());
    const botPort = await freePort();
    const botUrl = `http://${HOST}:${botPort}`;
    const standIn = async (name: string, flags: Record<string, string>): Promise<string> => {
      const args = [
        '--import',
        'tsx',
        path.join(ROOT, 'simulators/main.ts'),
        name,
        '--port',
        '0',
        ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
      ];
      const running = later(
        await startProcess({ name, args, ready: (output) => output.includes('listening on') }),
        (it) => it.stop(),
      );
      pids.set(name, running.pid);
      return /listening on (\S+)/.exec(running.output())![1]!;
    };
    const [telegramUrl, yookassaUrl, hiddifyUrl, namespace] = await Promise.all([
      standIn('telegram', { token: TOKEN }),
      standIn('yookassa', {
        'shop-id': YOOKASSA.id,
        'secret-key': YOOKASSA.key,
        'webhook-url': `${botUrl}/webhooks/yookassa`,
      }),
      standIn('hiddify', { ...HIDDIFY, version: '14.0.5' }),
      createTestNamespace(),
    ]);
    const catalogFile = path.join(folder, 'catalog.json');
    await writeFile(catalogFile, JSON.stringify(catalogue(hiddifyUrl)));
    const env: Record<string, string> = {
      BOT_TOKEN: TOKEN,
      TELEGRAM_API_ROOT: telegramUrl,
      PUBLIC_URL: botUrl,
      YOOKASSA_SHOP_ID: YOOKASSA.id,
      YOOKASSA_SECRET_KEY: YOOKASSA.key,
      YOOKASSA_API_URL: `${yookassaUrl}/v3`,
      YOOKASSA_WEBHOOK_IPS: '127.0.0.1/32,::1/128',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
      TEMPORAL_NAMESPACE: namespace,
      HTTP_HOST: HOST,
      LOG_LEVEL: 'warn',
      PAYMENT_POLL_INTERVAL: `${pace.pollIntervalMs}ms`,
      PAYMENT_POLL_TIMEOUT: `${pace.pollTimeoutMs}ms`,
      ...extra,
    };
    const pool = later(createPool(database.url, { onError: () => undefined }), (it) => it.end());
    await applyCatalogue(pool, await readCatalogueFile(catalogFile));
    const temporal = later(
      await connectTemporal({ connection: { address: env['TEMPORAL_ADDRESS']! }, namespace }),
      (it) => it.close(),
    );
    const payments = createPaymentsRepository(pool);
    const users = createUsersRepository(pool);

    return {
      ...{ telegramUrl, yookassaUrl, botUrl, pool, payments, temporal, env, pids, stop },
      workflows: createPaymentWorkflows(temporal.client, { ...pace, refundAfterMs: 24 * 3_600_000 }),

      async start(name, { core, env: more = {}, args } = {}) {
        const port = name === 'bot' ? botPort : await freePort();
        const url = `http://${HOST}:${port}`;
        const running = await startProcess({
          name,
          args: args ?? ['--enable-source-maps', path.join(ROOT, 'dist', name.split('-')[0]!, 'main.js')],
          env: {
            ...env,
            ...(name === 'bot' ? { DATABASE_URL: database.botUrl } : {}),
            ...more,
            HTTP_PORT: String(port),
          },
          ready: async () => (await fetch(`${url}/readyz`)).ok,
          ...(core === undefined ? {} : { core }),
        });
        pids.set(name, running.pid);
        later(running, (it) => it.stop());
        return { ...running, url };
      },

      async order(userId) {
        await users.upsert({ telegramId: userId, firstName: `Buyer ${userId}`, username: null, language: 'ru' });
        const opened = await payments.open({
          way: { provider: 'yookassa', currency: 'RUB' },
          ...{ paymentId: randomUUID(), userId, chatId: userId, screenMessageId: null, language: 'ru' },
          ...{
            planCode: 'month',
            days: 30,
            trafficGb: 100,
            priceKopecks: PRICE_KOPECKS,
            locationCode: 'nl',
            serverCode: null,
            renewsSubscriptionId: null,
          },
        });
        if (opened.outcome !== 'created')
          throw new Error(`the order of buyer ${userId} came out as "${opened.outcome}"`);
        return opened.payment;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Two servers without a limit of places on one panel. */
function catalogue(panelUrl: string): unknown {
  const panel = {
    adminUrl: `${panelUrl}/${HIDDIFY['admin-path']}`,
    apiKey: HIDDIFY['admin-key'],
    clientUrl: `${panelUrl}/${HIDDIFY['client-path']}`,
  };
  return {
    locations: [{ code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '🇳🇱' }],
    servers: ['nl-1', 'nl-2'].map((code) => ({ code, location: 'nl', name: code, panel, capacity: null })),
    plans: [
      { code: 'month', name: { ru: 'Месяц', en: 'A month' }, days: 30, trafficGb: 100, priceKopecks: PRICE_KOPECKS },
    ],
  };
}

/** JSON to a control endpoint of a stand-in, and its answer. */
export async function control<T>(url: string, method: 'GET' | 'POST' | 'PUT' = 'GET', body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Runs `work` for each item, `perSecond` of them beginning each second, whatever each takes. */
export async function atRate<T>(
  items: readonly T[],
  perSecond: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const begun = performance.now();
  const running: Promise<unknown>[] = [];
  for (const [index, item] of items.entries()) {
    const wait = begun + (index * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    running.push(work(item));
  }
  await Promise.all(running);
}
