/** A shop on a database of the test file's own: a catalogue, buyers, and short words for what they do. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Pool } from 'pg';
import type { Payment, PaymentStatus } from '../../../src/domain/payment';
import type { RefundRequest } from '../../../src/domain/refund';
import { isDeliveredLate } from '../../../src/domain/subscription';
import type { CataloguePart } from '../../../src/domain/catalogueQuestions';
import { applyCatalogue, type Catalogue } from '../../../src/storage/postgres/applyCatalogue';
import { createCatalogueRepository, type CatalogueRepository } from '../../../src/storage/postgres/catalogue';
import {
  createPaymentsRepository,
  type PaymentsRepository,
  type PurchaseDraft,
} from '../../../src/storage/postgres/payments';
import { createPool } from '../../../src/storage/postgres/pool';
import {
  createSubscriptionsRepository,
  type SubscriptionsRepository,
} from '../../../src/storage/postgres/subscriptions';
import { createUsersRepository, type UsersRepository } from '../../../src/storage/postgres/users';
import {
  createAccessRevocationsRepository,
  type AccessRevocationsRepository,
} from '../../../src/storage/postgres/accessRevocations';
import { lockPerson } from '../../../src/storage/postgres/locks';
import { createTestDatabase, type TestDatabase } from '../../support/environment';
import { waitUntil } from '../../support/wait';

const PANEL_KEY = '5f0c7a52-3d1e-4c6b-9a84-1e2d3c4b5a69';
export const PRICE = 19_900;

const panel = (code: string) => ({
  adminUrl: `https://${code}.example/AdminPath`,
  apiKey: PANEL_KEY,
  clientUrl: `https://${code}.example/ClientPath`,
});
const server = (code: string, location: string, capacity: number | null = null) => ({
  code,
  location,
  name: `Server ${code}`,
  panel: panel(code),
  capacity,
  active: true,
});
const plan = (code: string, days: number, trafficGb: number | null, priceKopecks: number) => ({
  code,
  name: { ru: `План ${code}`, en: `Plan ${code}` },
  days,
  trafficGb,
  priceKopecks,
  active: true,
});

/** One unlimited server in `nl`, two in `de` (the second has 5 places), one place in `fi`. */
export function catalogue(): { -readonly [Part in CataloguePart]: Catalogue[Part][number][] } {
  return {
    locations: ['nl', 'de', 'fi'].map((code) => ({
      code,
      name: { ru: `Место ${code}`, en: `Place ${code}` },
      flag: '🏳️',
      active: true,
    })),
    servers: [server('nl-1', 'nl'), server('de-1', 'de'), server('de-2', 'de', 5), server('fi-1', 'fi', 1)],
    plans: [
      plan('month', 30, 100, PRICE),
      plan('year', 365, 1200, 159_000),
      plan('unlimited', 30, null, 39_900),
      plan('day', 1, 5, 1_000),
    ],
  };
}

export interface ShopUnderTest {
  readonly database: TestDatabase;
  readonly pool: Pool;
  readonly payments: PaymentsRepository;
  readonly subscriptions: SubscriptionsRepository;
  readonly users: UsersRepository;
  readonly revocations: AccessRevocationsRepository;
  readonly catalogue: CatalogueRepository;
  /** A person who has met the bot; every call another one. */
  buyer(): Promise<number>;
  draft(userId: number, change?: Partial<PurchaseDraft>): PurchaseDraft;
  /** Opens a payment that must be openable. */
  open(userId: number, change?: Partial<PurchaseDraft>): Promise<Payment>;
  /** Opens it and records its money, on `now`. */
  paid(userId: number, change?: Partial<PurchaseDraft>, now?: Date): Promise<Payment & { subscriptionId: string }>;
  /** ... and records the panel's confirmation. */
  issued(userId: number, change?: Partial<PurchaseDraft>, now?: Date): Promise<Payment & { subscriptionId: string }>;
  recordPaid(paymentId: string, now?: Date): ReturnType<PaymentsRepository['recordPaid']>;
  /**
   * Records that the panel has confirmed what the database says now.
   * @param at when; of a late delivery the days begin with it
   */
  deliver(paymentId: string, at?: Date): ReturnType<PaymentsRepository['recordDelivered']>;
  /** Decides a refund, see {@link goodwillRefund}. */
  refund(paymentId: string, change?: GoodwillRefund): ReturnType<PaymentsRepository['planRefund']>;
  status(paymentId: string): Promise<PaymentStatus>;
  /** One row as it is stored. */
  row(table: string, where: string, ...values: unknown[]): Promise<Record<string, any>>;
  count(table: string, where: string, ...values: unknown[]): Promise<number>;
}

/** What a plan of the catalogue gives; of an unknown one anything. */
function grantOf(planCode: string) {
  const { days, trafficGb } = catalogue().plans.find(({ code }) => code === planCode) ?? { days: 1, trafficGb: null };
  return { days, trafficGb };
}

export interface GoodwillRefund extends Partial<RefundRequest> {
  /** Default: the price of the order. */
  readonly paidKopecks?: number;
  readonly at?: Date;
}
/** Decides a refund: by an operator, of all the money, now, unless the test says otherwise. */
export async function goodwillRefund(
  payments: Pick<PaymentsRepository, 'existing' | 'planRefund'>,
  paymentId: string,
  { paidKopecks, at = new Date(), ...change }: GoodwillRefund = {},
) {
  const request = { requestId: randomUUID(), kopecks: null, reason: 'goodwill', askedBy: 'operator:1', ...change };
  const paid = paidKopecks ?? (await payments.existing(paymentId)).priceKopecks;
  return payments.planRefund(paymentId, request, paid, at);
}

export const freshIds = () => ({ subscriptionId: randomUUID(), panelUserId: randomUUID() });

let people = 1000;

export function useShop(): ShopUnderTest {
  let database: TestDatabase;
  let pool: Pool;
  let shop: Omit<ShopUnderTest, 'database' | 'pool'>;
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, { onError: () => undefined });
    // A hundred at once wait for their turn as long as a slow machine takes; how long is not what is tested.
    pool.options.connectionTimeoutMillis = 0;
    await applyCatalogue(pool, catalogue());
    shop = build(pool);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.close();
  });
  return new Proxy({} as ShopUnderTest, {
    get: (_, name) => (name === 'pool' ? pool : name === 'database' ? database : shop[name as keyof typeof shop]),
  });
}

function build(pool: Pool): Omit<ShopUnderTest, 'database' | 'pool'> {
  const payments = createPaymentsRepository(pool);
  const subscriptions = createSubscriptionsRepository(pool);
  const users = createUsersRepository(pool);

  const shop: Omit<ShopUnderTest, 'database' | 'pool'> = {
    payments,
    subscriptions,
    users,
    revocations: createAccessRevocationsRepository(pool),
    catalogue: createCatalogueRepository(pool),
    async buyer() {
      const telegramId = (people += 1);
      await users.upsert({ telegramId, firstName: 'Анна', username: null, language: 'ru' });
      return telegramId;
    },
    draft: (userId, change = {}) => ({
      ...grantOf(change.planCode ?? 'month'),
      paymentId: randomUUID(),
      userId,
      chatId: userId,
      screenMessageId: 7,
      language: 'ru',
      planCode: 'month',
      way: { provider: 'yookassa', currency: 'RUB' },
      priceKopecks: PRICE,
      locationCode: 'nl',
      serverCode: null,
      renewsSubscriptionId: null,
      ...change,
    }),
    async open(userId, change) {
      const opened = await payments.open(shop.draft(userId, change));
      if (opened.outcome !== 'created') throw new Error(`the payment was not opened: ${opened.outcome}`);
      return opened.payment;
    },
    async paid(userId, change, now) {
      const { id } = await shop.open(userId, change);
      await shop.recordPaid(id, now);
      return (await payments.byId(id)) as Payment & { subscriptionId: string };
    },
    async issued(userId, change, now) {
      const { id } = await shop.paid(userId, change, now);
      if ((await shop.deliver(id)) !== 'issued') throw new Error('not delivered');
      return (await payments.byId(id)) as Payment & { subscriptionId: string };
    },
    recordPaid: (paymentId, now = new Date()) => payments.recordPaid(paymentId, freshIds(), now),
    async deliver(paymentId, at) {
      const { paidAt, subscriptionId } = (await payments.existing(paymentId)) as Payment & { subscriptionId: string };
      const subscription = (await subscriptions.byId(subscriptionId))!;
      if (at === undefined || !isDeliveredLate(paidAt!, at)) return payments.recordDelivered(paymentId, subscription);
      const term = await payments.termIfDelivered({ id: paymentId, subscriptionId }, at);
      return payments.recordDelivered(paymentId, { ...subscription, ...term, delayedTo: at });
    },
    refund: (paymentId, change) => goodwillRefund(payments, paymentId, change),
    status: async (paymentId) => (await payments.byId(paymentId))!.status,
    async row(table, where, ...values) {
      const { rows } = await pool.query<Record<string, any>>(`SELECT * FROM ${table} WHERE ${where}`, values);
      if (rows.length !== 1) throw new Error(`${rows.length} rows of ${table} where ${where}`);
      return rows[0]!;
    },
    async count(table, where, ...values) {
      const { rows } = await pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, values);
      return rows[0]!.n;
    },
  };
  return shop;
}

/** Runs things at once and says how often each outcome came. */
export async function outcomes(work: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const results = await Promise.all(
    work.map((one) => one.then(String, (error: unknown) => `failed: ${String(error)}`)),
  );
  return results.reduce<Record<string, number>>(
    (sums, outcome) => ({ ...sums, [outcome]: (sums[outcome] ?? 0) + 1 }),
    {},
  );
}

/**
 * Begins something while another transaction holds the person's lock, expects that it waits for that lock, and
 * releases it.
 * @returns what it answers then
 */
export async function afterLockOf<T>(pool: Pool, userId: number, work: () => Promise<T>): Promise<T> {
  const other = await pool.connect();
  try {
    await other.query('BEGIN');
    await lockPerson(other, userId);
    let isAnswered = false;
    const answer = work().finally(() => (isAnswered = true));
    const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await waitUntil(async () => isAnswered || (await pool.query(waits)).rowCount === 1, { what: 'it waits' });
    expect(isAnswered).toBe(false);
    await other.query('COMMIT');
    return await answer;
  } finally {
    other.release(true);
  }
}

export const times = <T>(count: number, work: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => work(index));
export const days = (count: number) => count * 86_400_000;
