/**
 * A shop as most are written, to show that the chaos run can fail: one process, a job in memory for each payment that
 * polls YooKassa until it has succeeded or the time is up, then a call to the panel, then a row in the database. It is
 * better than many: it goes on after an error of a poll, tries the panel five times, and keeps its orders in
 * PostgreSQL. Its buttons have the same callback data as GigaBridge's, so that the same buyers can use it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Update } from 'grammy/types';
import { Pool } from 'pg';
import { LOCATIONS, PLANS, PROMO_USES, promoPrice, type LocationCode } from '../environment/catalogue';
import { createNaiveFeatures } from './features';

const env = (name: string): string => process.env[name] ?? '';
const API = `${env('TELEGRAM_API_ROOT')}/bot${env('BOT_TOKEN')}`;
const SHOP = `Basic ${Buffer.from(`${env('YOOKASSA_SHOP_ID')}:${env('YOOKASSA_SECRET_KEY')}`).toString('base64')}`;
const PANELS = JSON.parse(env('NAIVE_PANELS')) as Record<string, { adminUrl: string; apiKey: string }>;
const POLL_EVERY_MS = Number(env('NAIVE_POLL_EVERY_MS'));
const POLL_FOR_MS = Number(env('NAIVE_POLL_FOR_MS'));
const PANEL_TRIES = 5;

interface PurchaseStep {
  location: string;
  plan: string;
  renews: string | undefined;
  orderId: string;
  isGift?: boolean;
}

interface Order extends PurchaseStep {
  readonly userId: number;
  readonly providerRef: string;
  readonly value: string;
}

const pool = new Pool({ connectionString: env('DATABASE_URL'), max: 10, connectionTimeoutMillis: 5_000 });
pool.on('error', () => undefined);
/** What each buyer is choosing. It is lost when the process ends. */
const choices = new Map<number, PurchaseStep>();

async function call<T>(method: string, body: object): Promise<T> {
  const response = await fetch(`${API}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(35_000),
  });
  const answer = (await response.json()) as { ok: boolean; result: T; description?: string };
  if (!answer.ok) throw new Error(`${method}: ${answer.description}`);
  return answer.result;
}

type Button = { text: string; callback_data: string } | { text: string; url: string };
const press = (text: string, data: string): Button => ({ text, callback_data: `v1:${data}` });
const say = (chatId: number, text: string, ...buttons: Button[]) =>
  call('sendMessage', {
    chat_id: chatId,
    text,
    parse_mode: 'HTML',
    reply_markup: { inline_keyboard: buttons.map((one) => [one]) },
  });

async function yookassa<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await fetch(`${env('YOOKASSA_API_URL')}${path}`, {
    method,
    // A new key each time, as the libraries do by themselves.
    headers: {
      authorization: SHOP,
      'content-type': 'application/json',
      ...(method === 'POST' ? { 'idempotence-key': randomUUID() } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`YooKassa: ${response.status}`);
  return (await response.json()) as T;
}

async function panel<T>(name: string, method: string, path: string, body?: object): Promise<T> {
  const { adminUrl, apiKey } = PANELS[name]!;
  const response = await fetch(`${adminUrl}/api/v2/admin/user/${path}`, {
    method,
    headers: { 'Hiddify-API-Key': apiKey, accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`panel: ${response.status}`);
  return (await response.json()) as T;
}

async function pressed(userId: number, data: string): Promise<unknown> {
  const [, verb, argument = ''] = data.split(':');
  const choice = choices.get(userId);
  switch (verb) {
    case 'servers':
      choices.set(userId, { location: argument, plan: '', renews: undefined, orderId: '' });
      return say(userId, 'Server?', press('Choose for me', 'server:*'));
    case 'subscription':
      return say(
        userId,
        'Your subscription',
        press('Renew', `renew:${argument}`),
        press('Money back', `refund:${argument}`),
      );
    case 'renew': {
      const { rows } = await pool.query<{ location: string }>(
        'SELECT location FROM naive_subscriptions WHERE id = $1',
        [argument],
      );
      choices.set(userId, { location: rows[0]!.location, plan: '', renews: argument, orderId: '' });
      return say(userId, 'For how long?', ...PLANS.map(({ code }) => press(code, `plan:${code}`)));
    }
    case 'give':
      choices.set(userId, { location: '', plan: '', renews: undefined, orderId: '', isGift: true });
      return say(userId, 'What?', ...PLANS.map(({ code }) => press(code, `plan:${code}`)));
    case 'server':
      return say(userId, 'For how long?', ...PLANS.map(({ code }) => press(code, `plan:${code}`)));
    case 'plan': {
      if (!choice) return say(userId, 'Please begin again: /buy');
      Object.assign(choice, { plan: argument, orderId: randomUUID() });
      return say(userId, 'Pay?', press('Pay', `pay:${choice.orderId}`));
    }
    case 'pay':
      return choice ? order(userId, { ...choice }) : say(userId, 'Please begin again: /buy');
    default:
      return features.pressed(userId, data);
  }
}

async function order(userId: number, choice: PurchaseStep): Promise<void> {
  const plan = PLANS.find(({ code }) => code === choice.plan)!;
  const promo = choice.renews === undefined && !choice.isGift ? await usablePromo(userId) : undefined;
  const kopecks = promo === undefined ? plan.priceKopecks : promoPrice(plan.priceKopecks);
  const value = (kopecks / 100).toFixed(2);
  const payment = await yookassa<{ id: string; confirmation: { confirmation_url: string } }>('POST', '/payments', {
    amount: { value, currency: 'RUB' },
    capture: true,
    description: plan.name.en,
    confirmation: { type: 'redirect', return_url: 'https://t.me/naive_bot' },
    metadata: { payment_id: choice.orderId },
  });
  await pool.query(
    `INSERT INTO naive_orders (provider_ref, user_id, plan, location, renews, status, value) VALUES ($1, $2, $3, $4, $5, 'pending', $6)`,
    [payment.id, userId, choice.plan, choice.location, choice.renews ?? null, value],
  );
  if (promo !== undefined)
    await pool.query('INSERT INTO naive_promo_uses (code, user_id) VALUES ($1, $2)', [promo, userId]);
  schedule({ ...choice, userId, providerRef: payment.id, value });
  await say(
    userId,
    'Here is your link',
    { text: 'Pay', url: payment.confirmation.confirmation_url },
    press('Cancel', `cancel:${choice.orderId}`),
  );
}

/** A code counts while it has uses left. They are counted when the link is made, and never given back. */
async function usablePromo(userId: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ code: string; uses: number }>(
    `SELECT code, (SELECT count(*)::int FROM naive_promo_uses u WHERE u.code = h.code) AS uses
     FROM naive_promos h WHERE user_id = $1`,
    [userId],
  );
  const [held] = rows;
  return held && held.uses < PROMO_USES ? held.code : undefined;
}

/** The scheduler: one timer per payment, in the memory of this process only. */
function schedule(order: Order): void {
  const until = Date.now() + POLL_FOR_MS;
  const timer = setInterval(() => {
    void (async () => {
      const { status } = await yookassa<{ status: string }>('GET', `/payments/${order.providerRef}`);
      const over = Date.now() > until;
      if (status === 'pending' && !over) return;
      clearInterval(timer);
      if (status === 'succeeded') await issue(order);
      else {
        await pool.query(`UPDATE naive_orders SET status = 'canceled' WHERE provider_ref = $1`, [order.providerRef]);
        await say(order.userId, 'The time to pay is over.', press('Buy again', `again:${order.orderId}`));
      }
    })().catch(() => undefined);
  }, POLL_EVERY_MS);
}

async function issue(order: Order): Promise<void> {
  const plan = PLANS.find(({ code }) => code === order.plan)!;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (order.isGift) {
        await pool.query(`UPDATE naive_orders SET status = 'issued' WHERE provider_ref = $1`, [order.providerRef]);
        return await features.gifts.paid(order.userId, { ...order, days: plan.days });
      }
      const key = order.renews === undefined ? await create(order, plan.days) : await prolong(order.renews, plan.days);
      await pool.query(`UPDATE naive_orders SET status = 'issued', key = $2 WHERE provider_ref = $1`, [
        order.providerRef,
        key.slice(-36),
      ]);
      await say(order.userId, `Your key: <code>${key}</code>`);
      await features.bought(order.userId, plan.days).catch(() => undefined);
      return;
    } catch (error) {
      if (attempt === PANEL_TRIES) {
        await say(order.userId, 'Something went wrong, please write to support.').catch(() => undefined);
        throw error;
      }
      await pause(1_000);
    }
  }
}

async function create(
  { userId, location }: { readonly userId: number; readonly location: string },
  days: number,
): Promise<string> {
  const name = LOCATIONS.find(({ code }) => code === location)!.servers[0]!;
  const uuid = randomUUID();
  await panel(name, 'POST', '', {
    uuid,
    name: `user ${userId}`,
    mode: 'no_reset',
    package_days: days,
    start_date: new Date().toISOString().slice(0, 10),
    usage_limit_GB: 100,
    telegram_id: userId,
    enable: true,
  });
  await pool.query('INSERT INTO naive_subscriptions (id, user_id, location, panel) VALUES ($1, $2, $3, $4)', [
    uuid,
    userId,
    location,
    name,
  ]);
  return `${PANELS[name]!.adminUrl}/${uuid}`;
}

/** More days than there were. */
async function prolong(uuid: string, days: number): Promise<string> {
  const { rows } = await pool.query<{ panel: string }>('SELECT panel FROM naive_subscriptions WHERE id = $1', [uuid]);
  const name = rows[0]!.panel;
  const { package_days, start_date } = await panel<{ package_days: number; start_date: string }>(
    name,
    'GET',
    `${uuid}/`,
  );
  await panel(name, 'PATCH', `${uuid}/`, { package_days: package_days + days, start_date });
  return `${PANELS[name]!.adminUrl}/${uuid}`;
}

const features = createNaiveFeatures({
  pool,
  say,
  press,
  places: (data) => LOCATIONS.map(({ code }) => press(code, data(code))),
  create: (userId, location: LocationCode, days) => create({ userId, location }, days),
  prolong,
  refund: (providerRef, value) =>
    yookassa('POST', '/refunds', { payment_id: providerRef, amount: { value, currency: 'RUB' } }),
  remove: async (uuid) => {
    const { rows } = await pool.query<{ panel: string }>('SELECT panel FROM naive_subscriptions WHERE id = $1', [uuid]);
    await panel(rows[0]!.panel, 'DELETE', `${uuid}/`);
    await pool.query('DELETE FROM naive_subscriptions WHERE id = $1', [uuid]);
  },
});

async function handle(update: Update): Promise<unknown> {
  const { callback_query: query, message } = update;
  if (query) {
    await call('answerCallbackQuery', { callback_query_id: query.id });
    return pressed(query.from.id, query.data ?? '');
  }
  const userId = message?.from?.id;
  if (userId === undefined) return undefined;
  const start = /^\/start (promo|gift|ref)_(.+)$/.exec(message?.text ?? '');
  if (start?.[1] === 'promo') {
    await pool.query('INSERT INTO naive_promos (user_id, code) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      userId,
      start[2],
    ]);
    return say(userId, 'A fifth off!', press('Without it', 'promo-drop'));
  }
  if (start) return features.started(userId, start[1]!, start[2]!);
  if (message?.text === '/menu')
    return say(
      userId,
      'Menu',
      press('Try', 'trial'),
      press('Invite', 'invite:here'),
      press('Give', 'give'),
      press('Buy', 'buy:0'),
    );
  if (message?.text === '/buy')
    return say(userId, 'Where?', ...LOCATIONS.map(({ code }) => press(code, `servers:${code}:0`)));
  if (message?.text === '/subscriptions') {
    const { rows } = await pool.query<{ id: string; location: string }>(
      'SELECT id, location FROM naive_subscriptions WHERE user_id = $1',
      [userId],
    );
    return say(userId, 'Your subscriptions', ...rows.map(({ id, location }) => press(location, `subscription:${id}`)));
  }
  return say(userId, 'Hello! /buy');
}

async function main(): Promise<void> {
  await pool.query(
    `CREATE TABLE IF NOT EXISTS naive_orders (provider_ref text PRIMARY KEY, user_id bigint NOT NULL, plan text NOT NULL, location text NOT NULL, renews text, status text NOT NULL, value text NOT NULL, key text)`,
  );
  await features.createTables();
  await pool.query(
    `CREATE TABLE IF NOT EXISTS naive_subscriptions (id text PRIMARY KEY, user_id bigint NOT NULL, location text NOT NULL, panel text NOT NULL)`,
  );
  console.log('naive shop is polling');
  for (let offset = 0; ;) {
    try {
      const updates = await call<Update[]>('getUpdates', { offset, timeout: 20 });
      for (const update of updates) void handle(update).catch(() => undefined);
      offset = (updates.at(-1)?.update_id ?? offset - 1) + 1;
    } catch {
      await pause(1_000);
    }
  }
}

process.on('unhandledRejection', () => undefined);
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
