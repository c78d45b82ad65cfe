/** The payment's activities as the worker builds them, with real PostgreSQL and with the stand-ins over HTTP. */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Pool } from 'pg';
import { start as startHiddify, type HiddifySimulator } from '../../simulators/hiddify/server';
import { createTelegramUser, setTelegramFaults, type TelegramUser } from '../../simulators/telegram/driver';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { toFailure } from '../../src/activities/failures';
import { readSettings } from '../../src/config/settings';
import type { Payment } from '../../src/domain/payment';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import {
  createPaymentsRepository,
  type PaymentsRepository,
  type PurchaseDraft,
} from '../../src/storage/postgres/payments';
import { createPool } from '../../src/storage/postgres/pool';
import { createUsersRepository } from '../../src/storage/postgres/users';
import { createPaymentActivities, type PaymentActivities } from '../../src/worker/activities';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { createWorkerDependencies, type WorkerDependencies } from '../../src/worker/dependencies';
import { setFaults } from '../support/buyer';
import { createTestDatabase, testEnvironment, type TestDatabase } from '../support/environment';
import { unusedRedis } from '../support/redis';

export const PRICE = 29_900;
export const OWNER = 500;
export const TOKEN = '100000001:TEST-only-the-stand-in-accepts-this-token';
const SHOP = { id: '100500', key: 'test_secret_of_the_shop' };

interface YooPaymentView {
  readonly id: string;
  readonly status: string;
  readonly metadata: { readonly gigabridge_payment_id?: string };
}

export interface ActivityHarness {
  readonly pool: Pool;
  readonly dependencies: WorkerDependencies;
  /** As a worker runs them. */
  readonly activities: PaymentActivities;
  readonly payments: PaymentsRepository;
  readonly telegramUrl: string;
  readonly yookassaUrl: string;
  readonly panels: readonly HiddifySimulator[];
  /** Far longer than the shop's, in ms, so that a busy machine exceeds no limit. */
  readonly fulfilmentLimits: { checkAndRecord: number; deliver: number };
  /**
   * Runs an activity as the worker does: failures are translated, and nothing it returns or throws may hold a secret.
   */
  run<Name extends keyof PaymentActivities>(
    name: Name,
    ...args: Parameters<PaymentActivities[Name]>
  ): Promise<Awaited<ReturnType<PaymentActivities[Name]>>>;
  /** The same as the activity of this id in its workflow's run: attempts of one activity share it. */
  runAs<Name extends keyof PaymentActivities>(
    activityId: string,
    name: Name,
    ...args: Parameters<PaymentActivities[Name]>
  ): Promise<Awaited<ReturnType<PaymentActivities[Name]>>>;
  /** Starts `watchPayment` and waits until it watches: an earlier end would be missed. @returns how it ends */
  watch(
    ...args: Parameters<PaymentActivities['watchPayment']>
  ): Promise<{ ended: ReturnType<PaymentActivities['watchPayment']> }>;
  buyer(): Promise<TelegramUser>;
  open(buyer: { id: number }, change?: Partial<PurchaseDraft>): Promise<Payment>;
  /** Opens it, makes the link, has the buyer pay, records the money. */
  paid(buyer: { id: number }, change?: Partial<PurchaseDraft>): Promise<Payment>;
  payAtYooKassa(paymentId: string): Promise<void>;
  atYooKassa(paymentId: string): Promise<YooPaymentView[]>;
  refundsAtYooKassa(providerRef: string): Promise<{ id: string; status: string; amount: { value: string } }[]>;
  /** Accounts on a panel, by uuid. */
  accounts(
    panel: number,
  ): Promise<
    Map<
      string,
      { is_active: boolean; enable: boolean; usage_limit_GB: number; package_days: number; start_date: string }
    >
  >;
  reload(paymentId: string): Promise<Payment>;
}

export function useActivityHarness(): ActivityHarness {
  let harness: ActivityHarness;
  let database: TestDatabase;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    const host = '127.0.0.1';
    const telegram = await startTelegram({ host, port: 0, token: TOKEN });
    const yookassa = await startYooKassa({ host, port: 0, 'shop-id': SHOP.id, 'secret-key': SHOP.key });
    const panels = await Promise.all([
      startHiddify({ host, port: 0, version: '14.0.5' }),
      startHiddify({ host, port: 0, version: '10.80.11' }),
    ]);
    const pool = createPool(database.url, { onError: () => undefined });
    closers.push(
      () => pool.end(),
      () => telegram.close(),
      () => yookassa.close(),
      ...panels.map((panel) => () => panel.close()),
    );
    const panel = (index: number) => ({
      adminUrl: panels[index]!.adminUrl,
      apiKey: panels[index]!.apiKey,
      clientUrl: panels[index]!.clientUrl,
    });
    await applyCatalogue(pool, {
      locations: [{ code: 'nl', name: { ru: 'Нидерланды', en: 'Netherlands' }, flag: '🇳🇱', active: true }],
      servers: [0, 1].map((index) => ({
        code: `nl-${index + 1}`,
        location: 'nl',
        name: `Amsterdam ${index + 1}`,
        panel: panel(index),
        capacity: null,
        active: true,
      })),
      plans: [
        {
          code: 'month',
          name: { ru: 'Месяц', en: 'A month' },
          days: 30,
          trafficGb: 100,
          priceKopecks: PRICE,
          active: true,
        },
      ],
    });
    harness = build(pool, { telegramUrl: telegram.url, yookassaUrl: yookassa.url, panels });
    await createUsersRepository(pool).upsert({ telegramId: OWNER, firstName: 'Owner', username: null, language: 'en' });
    await createTelegramUser(telegram.url, OWNER).start();
  });

  afterEach(async () => {
    // Faults of one test must not affect the next.
    for (const url of [harness.yookassaUrl, ...harness.panels.map((panel) => panel.url)])
      await fetch(`${url}/_sim/faults`).then(async (answer) =>
        setFaults(url, switchedOff((await answer.json()) as object)),
      );
    await setTelegramFaults(
      harness.telegramUrl,
      switchedOff((await (await fetch(`${harness.telegramUrl}/_sim/faults`)).json()) as object),
    );
  });

  afterAll(async () => {
    for (const close of closers) await close();
    await database?.close();
  });

  return new Proxy({} as ActivityHarness, { get: (_, name) => harness[name as keyof ActivityHarness] });
}

const switchedOff = (faults: object) => Object.fromEntries(Object.keys(faults).map((name) => [name, null]));

let people = 7_000;

function build(
  pool: Pool,
  {
    telegramUrl,
    yookassaUrl,
    panels,
  }: { telegramUrl: string; yookassaUrl: string; panels: readonly HiddifySimulator[] },
): ActivityHarness {
  const payments = createPaymentsRepository(pool);
  const users = createUsersRepository(pool);
  const fulfilmentLimits = { checkAndRecord: 60_000, deliver: 60_000 };
  const settings = readSettings({
    BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: telegramUrl,
    YOOKASSA_API_URL: `${yookassaUrl}/v3`,
    YOOKASSA_SHOP_ID: SHOP.id,
    YOOKASSA_SECRET_KEY: SHOP.key,
    BUYER_REFUND_WITHIN: '24h',
    BUYER_REFUND_MAX_TRAFFIC: '10%',
    PUBLIC_URL: 'https://shop.example.com',
    ADMIN_IDS: String(OWNER),
    // As npm start and compose set it: no button may have such an address.
    TEMPORAL_UI_URL: 'http://localhost:8233',
    DATABASE_URL: testEnvironment('TEST_DATABASE_URL'),
    REDIS_URL: 'redis://127.0.0.1:6379',
  });
  const cacheInvalidation = NO_CACHE_INVALIDATION;
  const dependencies = createWorkerDependencies({ settings, pool, redis: unusedRedis(), cacheInvalidation });
  /** Tells the id of each payment that an activity has loaded, once the activity has gone on with it. */
  const loaded = new EventEmitter();
  const observed: PaymentsRepository = {
    ...dependencies.payments,
    async existing(id) {
      const payment = await dependencies.payments.existing(id);
      setImmediate(() => loaded.emit(id));
      return payment;
    },
  };
  const activities = createPaymentActivities({ ...dependencies, payments: observed }, { fulfilmentLimits });
  const json = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;

  async function expectNoSecret(text: string): Promise<void> {
    const { rows } = await pool.query<{ panel_user_id: string }>('SELECT panel_user_id FROM subscriptions');
    const { rows: links } = await pool.query<{ confirmation_url: string }>(
      'SELECT confirmation_url FROM payments WHERE confirmation_url IS NOT NULL',
    );
    const secrets = [
      TOKEN,
      SHOP.key,
      ...panels.flatMap((panel) => [panel.apiKey, panel.adminUrl, panel.clientUrl]),
      ...rows.map((row) => row.panel_user_id),
      ...links.map((row) => row.confirmation_url),
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
  }

  // Many of these tests cause failures on purpose, so they are not printed.
  const newEnvironment = (activityId = 'test') =>
    new MockActivityEnvironment({ activityId }, { logger: new DefaultLogger('ERROR') });

  async function runIn(
    environment: MockActivityEnvironment,
    name: keyof PaymentActivities,
    args: unknown[],
  ): Promise<unknown> {
    try {
      const result = await environment.run(activities[name] as (...given: unknown[]) => Promise<unknown>, ...args);
      await expectNoSecret(JSON.stringify(result) ?? '');
      return result;
    } catch (error) {
      const failure = toFailure(error) as Error & { details?: unknown };
      await expectNoSecret(`${failure.message} ${JSON.stringify(failure.details ?? null)} ${failure.stack ?? ''}`);
      throw failure;
    }
  }

  const harness: ActivityHarness = {
    pool,
    dependencies,
    activities,
    fulfilmentLimits,
    payments,
    telegramUrl,
    yookassaUrl,
    panels,
    run: ((name: keyof PaymentActivities, ...args: unknown[]) =>
      runIn(newEnvironment(), name, args)) as ActivityHarness['run'],
    runAs: ((activityId: string, name: keyof PaymentActivities, ...args: unknown[]) =>
      runIn(newEnvironment(activityId), name, args)) as ActivityHarness['runAs'],
    async watch(input) {
      const environment = newEnvironment();
      // With the payment in hand it has begun to watch.
      const watching = once(loaded, input.paymentId);
      const ended = runIn(environment, 'watchPayment', [input]) as ReturnType<PaymentActivities['watchPayment']>;
      await Promise.race([watching, ended]);
      return { ended };
    },
    async buyer() {
      const id = (people += 1);
      const user = createTelegramUser(telegramUrl, id, { languageCode: 'en' });
      await user.start();
      await users.upsert({ telegramId: id, firstName: 'Ann', username: null, language: 'en' });
      return user;
    },
    async open({ id }, change = {}) {
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
        priceKopecks: PRICE,
        locationCode: 'nl',
        serverCode: 'nl-1',
        renewsSubscriptionId: null,
        // Earlier tests of the file may have left the panel failing; the order is opened as if the buyer had read so.
        saysTrouble: true,
        ...change,
      });
      if (opened.outcome !== 'created') throw new Error(`not opened: ${opened.outcome}`);
      return opened.payment;
    },
    async paid(buyer, change) {
      const { id } = await harness.open(buyer, change);
      await harness.run('createPayment', { paymentId: id });
      await harness.payAtYooKassa(id);
      await harness.run('recordPaid', { paymentId: id });
      return harness.reload(id);
    },
    async payAtYooKassa(paymentId) {
      const [payment] = await harness.atYooKassa(paymentId);
      const answer = await fetch(`${yookassaUrl}/_sim/payments/${payment!.id}/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"card":"5555555555554444"}',
      });
      expect(answer.ok).toBe(true);
    },
    atYooKassa: async (paymentId) =>
      (await json<YooPaymentView[]>(`${yookassaUrl}/_sim/payments`)).filter(
        ({ metadata }) => metadata.gigabridge_payment_id === paymentId,
      ),
    refundsAtYooKassa: async (providerRef) =>
      (
        await json<{ id: string; payment_id: string; status: string; amount: { value: string } }[]>(
          `${yookassaUrl}/_sim/refunds`,
        )
      ).filter((refund) => refund.payment_id === providerRef),
    async accounts(panel) {
      const users_ = await json<
        {
          uuid: string;
          is_active: boolean;
          enable: boolean;
          usage_limit_GB: number;
          package_days: number;
          start_date: string;
        }[]
      >(`${panels[panel]!.url}/_sim/users`);
      return new Map(users_.map((user) => [user.uuid, user]));
    },
    reload: async (paymentId) => (await payments.byId(paymentId))!,
  };
  return harness;
}
