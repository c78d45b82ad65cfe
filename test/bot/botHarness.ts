/**
 * A shop for tests: the bot's real process parts, real PostgreSQL and Redis, the Telegram stand-in, and a fake in place
 * of Temporal.
 */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import pino from 'pino';
import { createTelegramUser, type PersonOptions, type TelegramUser } from '../../simulators/telegram/driver';
import { start as startTelegram, type TelegramSimulator } from '../../simulators/telegram/server';
import { startBotProcess, type BotProcess } from '../../src/bot/process';
import type { Payment } from '../../src/domain/payment';
import type { PaymentWorkflows, UpdateOutcome } from '../../src/clients/paymentWorkflows';
import type { GrantWorkflows } from '../../src/clients/grantWorkflows';
import type { RefundWorkflows } from '../../src/clients/refundWorkflows';
import type { GrantProgress, GrantRequest } from '../../src/workflows/contracts/grant';
import { readBotSettings } from '../../src/config/settings';
import { applyCatalogue, type Catalogue } from '../../src/storage/postgres/applyCatalogue';
import { createPaymentsRepository, type PaymentsRepository } from '../../src/storage/postgres/payments';
import { createPool } from '../../src/storage/postgres/pool';
import { createTestDatabase, testEnvironment } from '../support/environment';
import { COMMAND_TIMEOUT_MS, startRedis, type TestRedis } from '../support/redis';

export const TOKEN = '100000001:TEST-token-that-only-the-stand-in-takes';
export const WEBHOOK_SECRET = 'a-secret-only-telegram-knows-0123';
export const ADMIN_ID = 900;

const panel = (code: string) => ({
  adminUrl: `https://panel.example.com/${code}`,
  apiKey: '11111111-2222-4333-8444-555555555555',
  clientUrl: `https://panel.example.com/c-${code}`,
});
const server = (code: string, location: string, name: string, capacity: number | null) => ({
  code,
  location,
  name,
  capacity,
  active: true,
  panel: panel(code),
});

export const CATALOGUE: Catalogue = {
  locations: [
    { code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '🇳🇱', active: true },
    { code: 'de', name: { ru: 'Германия', en: 'Germany' }, flag: '🇩🇪', active: true },
  ],
  servers: [
    server('nl-1', 'nl', 'Amsterdam 1', 10),
    server('nl-2', 'nl', 'Amsterdam 2', null),
    server('de-1', 'de', 'Frankfurt', 0),
  ],
  plans: [
    {
      code: 'month',
      name: { ru: 'Месяц', en: 'A month' },
      days: 30,
      trafficGb: 100,
      priceKopecks: 29_900,
      active: true,
    },
    {
      code: 'year',
      name: { ru: 'Год', en: 'A year' },
      days: 365,
      trafficGb: null,
      priceKopecks: 249_000,
      active: true,
    },
  ],
};

/** A fake in place of Temporal: records the calls, and does what the test says. */
export interface FakeWorkflows extends PaymentWorkflows {
  readonly calls: string[];
  /** Called when a payment's workflow is to run. Default: makes the link, as the worker would. */
  whenStarted: (paymentId: string) => Promise<void>;
  whenSignalled: (name: string, paymentId: string) => Promise<void>;
  away: boolean;
  /** Whether signals find a workflow. */
  running: boolean;
}

function fakeWorkflows(payments: PaymentsRepository): FakeWorkflows {
  const signal =
    (name: string) =>
    async (paymentId: string, ...rest: unknown[]) => {
      if (fake.away) throw new Error('Temporal is away');
      fake.calls.push([name, paymentId, ...rest].join(' '));
      if (!fake.running) return 'not-running' as const;
      await fake.whenSignalled(name, paymentId);
      return 'woken' as const;
    };
  const update =
    (name: string) =>
    async (paymentId: string, ...rest: unknown[]): Promise<UpdateOutcome> => {
      if ((await signal(name)(paymentId, ...rest)) === 'not-running') return { outcome: 'not-running' };
      return { outcome: 'done', status: (await payments.existing(paymentId)).status };
    };
  const fake: FakeWorkflows = {
    calls: [],
    away: false,
    running: true,
    whenStarted: (paymentId) =>
      payments.recordLink(paymentId, {
        providerRef: `yoo-${paymentId}`,
        confirmationUrl: `https://yoomoney.ru/pay/${paymentId}`,
        payableUntil: new Date(Date.now() + 3_600_000),
      }),
    whenSignalled: async () => undefined,
    async ensureRunning({ id }) {
      if (fake.away) throw new Error('Temporal is away');
      fake.calls.push(`ensureRunning ${id}`);
      fake.running = true;
      await fake.whenStarted(id);
    },
    notified: signal('notified'),
    buyerSaysPaid: update('buyerSaysPaid'),
    buyerCancels: update('buyerCancels'),
    decideDelay: update('decideDelay'),
    operatorDecides: signal('operatorDecides'),
    progress: async () => undefined,
  };
  return fake;
}

/** What the refund workflow was asked for. */
export interface FakeRefunds extends RefundWorkflows {
  readonly requests: { paymentId: string; kopecks: number | null; askedBy: string; requestId: string }[];
  away: boolean;
}

function fakeRefunds(): FakeRefunds {
  const fake: FakeRefunds = {
    requests: [],
    away: false,
    async request({ id }, { kopecks, askedBy, requestId }) {
      if (fake.away) throw new Error('Temporal is away');
      fake.requests.push({ paymentId: id, kopecks, askedBy, requestId });
    },
    notify: async () => undefined,
    operatorDecides: async () => 'woken',
    isRunning: async () => false,
    progress: async () => undefined,
  };
  return fake;
}

/** What the grant workflow was asked for, and where the person reads of it. */
export interface FakeGrants extends GrantWorkflows {
  readonly asked: { readonly request: GrantRequest; readonly messageId: number }[];
  /** More messages in which it is to be shown. */
  readonly shownIn: number[];
  /** What is to be tried now, and what is given up, by its source. */
  readonly retried: string[];
  readonly closed: string[];
  /** For what another server is wanted, by its source, and in which message. */
  readonly serverAsked: { readonly source: string; readonly messageId: number }[];
  /** Whether a workflow runs for it. */
  isRunningFor: boolean;
  /** What the workflows say of themselves. */
  says: GrantProgress | undefined;
  away: boolean;
}

function fakeGrants(): FakeGrants {
  const fake: FakeGrants = {
    asked: [],
    shownIn: [],
    retried: [],
    closed: [],
    serverAsked: [],
    isRunningFor: true,
    says: undefined,
    away: false,
    async ask(request, messageId) {
      if (fake.away) throw new Error('Temporal is away');
      fake.asked.push({ request, messageId });
    },
    ensureRunning: async () => undefined,
    isRunning: async () => false,
    async showIn(_of, messageId) {
      if (fake.away) throw new Error('Temporal is away');
      fake.shownIn.push(messageId);
      return true;
    },
    async retry({ source }) {
      fake.retried.push(source);
      return true;
    },
    async changeServer({ source }, messageId) {
      if (fake.away) throw new Error('Temporal is away');
      if (fake.isRunningFor) fake.serverAsked.push({ source, messageId });
      return fake.isRunningFor;
    },
    async close({ source }) {
      fake.closed.push(source);
      return true;
    },
    async progress() {
      if (fake.away) throw new Error('Temporal is away');
      return fake.says;
    },
  };
  return fake;
}

/** What of an order is not the rule; a place of `null`: a gift. */
type OrderChange = { serverCode: string; saysTrouble?: boolean } | { locationCode: null; serverCode: null };

export interface Shop {
  readonly telegram: TelegramSimulator;
  readonly redis: TestRedis;
  readonly pool: Pool;
  readonly payments: PaymentsRepository;
  readonly workflows: FakeWorkflows;
  readonly refunds: FakeRefunds;
  readonly grants: FakeGrants;
  /** Log lines of every bot process, as JSON. */
  readonly log: string[];
  startBot(environment?: Record<string, string>): Promise<BotProcess>;
  buyer(id: number, person?: PersonOptions): TelegramUser;
  /** A new order of somebody who has pressed Start: a month on a server of the Netherlands. */
  order(buyer: Pick<TelegramUser, 'id'>, change: OrderChange): Promise<Payment>;
  close(): Promise<void>;
}

/** The owner of a shop whose bot runs, who has pressed Start. */
export async function startedOwner(shop: Pick<Shop, 'buyer'>): Promise<TelegramUser> {
  const owner = shop.buyer(ADMIN_ID, { languageCode: 'en' });
  await owner.start();
  await owner.waitFor('Hello');
  return owner;
}

export async function openShop(): Promise<Shop> {
  const [telegram, redis, database] = await Promise.all([
    startTelegram({ port: 0, host: '127.0.0.1', token: TOKEN, 'webhook-retry-ms': '50' }),
    startRedis(),
    createTestDatabase(),
  ]);
  const pool = createPool(database.url, { max: 5, onError: () => undefined });
  await applyCatalogue(pool, CATALOGUE);
  const payments = createPaymentsRepository(pool);
  const workflows = fakeWorkflows(payments);
  const refunds = fakeRefunds();
  const grants = fakeGrants();
  const running = new Set<BotProcess>();
  const log: string[] = [];

  return {
    telegram,
    redis,
    pool,
    payments,
    workflows,
    refunds,
    grants,
    log,
    async order({ id }, change) {
      const opened = await payments.open({
        way: { provider: 'yookassa', currency: 'RUB' },
        paymentId: randomUUID(),
        userId: id,
        chatId: id,
        screenMessageId: null,
        language: 'en',
        planCode: 'month',
        days: 30,
        trafficGb: 100,
        priceKopecks: 29_900,
        locationCode: 'nl',
        renewsSubscriptionId: null,
        ...change,
      });
      if (opened.outcome !== 'created') throw new Error(opened.outcome);
      return opened.payment;
    },
    async startBot(environment = {}) {
      const settings = readBotSettings({
        BOT_TOKEN: TOKEN,
        TELEGRAM_API_ROOT: telegram.url,
        TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
        ADMIN_IDS: String(ADMIN_ID),
        PUBLIC_URL: 'http://127.0.0.1:9',
        YOOKASSA_WEBHOOK_IPS: '127.0.0.1/32,::1/128',
        DATABASE_URL: database.botUrl,
        REDIS_URL: redis.url,
        TEMPORAL_ADDRESS: testEnvironment('TEST_TEMPORAL_ADDRESS'),
        HTTP_PORT: '0',
        ...environment,
      });
      const bot = await startBotProcess({
        settings,
        logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
        paymentWorkflows: workflows,
        refundWorkflows: refunds,
        grantWorkflows: grants,
        // The bot, Telegram and the test share one process: while it is suspended, no answer of the bot is late.
        timeLimits: { answerAfterMs: 20_000, redisCommandTimeoutMs: COMMAND_TIMEOUT_MS },
      });
      const stop = bot.stop;
      const started = { ...bot, stop: async () => void (running.delete(started) && (await stop())) };
      running.add(started);
      return started;
    },
    buyer: (id, person) => createTelegramUser(telegram.url, id, person),
    async close() {
      await Promise.all([...running].map((bot) => bot.stop()));
      await pool.end();
      await telegram.close();
      await redis.close();
      await database.close();
    },
  };
}
