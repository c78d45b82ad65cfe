/** A purchase in a demo that is not running: its stand-ins, with the files in which they keep their state, for a moment. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { start as startHiddify } from '../../simulators/hiddify/server';
import { createTelegramUser } from '../../simulators/telegram/driver';
import { start as startTelegram } from '../../simulators/telegram/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { parseCatalogue } from '../../src/config/catalogueFile';
import { readSettings } from '../../src/config/settings';
import { applyCatalogue } from '../../src/storage/postgres/applyCatalogue';
import { createPool } from '../../src/storage/postgres/pool';
import { createPaymentActivities } from '../../src/worker/activities';
import { createWorkerDependencies } from '../../src/worker/dependencies';
import { NO_CACHE_INVALIDATION } from '../support/cacheInvalidation';
import { unusedRedis } from '../support/redis';
import { ROOT } from '../scripts/run';

const BUYER = 9_701;
/** As in `scripts/lib/demo.mjs`: with others the audit of the demo would not find the purchase. */
const TOKEN = '100000001:DEMO-only-the-stand-in-accepts-this';
const SHOP = { id: '100500', key: 'test_demo_only_the_stand_in' };
const PANELS = [
  { name: 'hiddify', version: '14.0.5' },
  { name: 'hiddify-2', version: '10.80.11' },
];

/**
 * Somebody buys a month and has their key. What the stand-ins know is in `dataDir` afterwards, as `npm start` keeps it
 * (`scripts/lib/demo.mjs`), the shop's side in the database.
 */
export async function buyInDemo(dataDir: string, databaseUrl: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const state = (name: string) => path.join(dataDir, `${name}.json`);
  const host = '127.0.0.1';
  const secrets = PANELS.map((_, index) => ({
    adminPath: `a${index}`,
    clientPath: `c${index}`,
    adminKey: randomUUID(),
  }));
  await writeFile(state('panels'), JSON.stringify(secrets), { mode: 0o600 });
  const telegram = await startTelegram({ host, port: 0, token: TOKEN, state: state('telegram') });
  const yookassa = await startYooKassa({
    ...{ host, port: 0, 'shop-id': SHOP.id, 'secret-key': SHOP.key, state: state('yookassa') },
  });
  const panels = await Promise.all(
    PANELS.map(({ name, version }, index) => {
      const { adminPath, clientPath, adminKey } = secrets[index]!;
      const paths = { 'admin-path': adminPath, 'client-path': clientPath, 'admin-key': adminKey };
      return startHiddify({ host, port: 0, version, ...paths, state: state(name) });
    }),
  );
  const pool = createPool(databaseUrl, { onError: () => undefined });
  try {
    await applyCatalogue(pool, parseCatalogue('the demo', JSON.parse(await catalogueWith(panels))));
    const settings = readSettings({
      ...{ BOT_TOKEN: TOKEN, TELEGRAM_API_ROOT: telegram.url, ADMIN_IDS: '100001' },
      ...{ YOOKASSA_API_URL: `${yookassa.url}/v3`, YOOKASSA_SHOP_ID: SHOP.id, YOOKASSA_SECRET_KEY: SHOP.key },
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: 'redis://127.0.0.1:6379' },
    });
    const dependencies = createWorkerDependencies({
      ...{ settings, pool, redis: unusedRedis(), cacheInvalidation: NO_CACHE_INVALIDATION },
    });
    await createTelegramUser(telegram.url, BUYER, { languageCode: 'en' }).start();
    await dependencies.users.upsert({ telegramId: BUYER, firstName: 'Ann', username: null, language: 'en' });
    const paymentId = randomUUID();
    const opened = await dependencies.payments.open({
      way: { provider: 'yookassa', currency: 'RUB' },
      ...{ paymentId, userId: BUYER, chatId: BUYER, screenMessageId: null, language: 'en' },
      ...{ planCode: 'month', days: 30, trafficGb: 100, priceKopecks: 29_900 },
      ...{ locationCode: 'nl', serverCode: 'nl-1', renewsSubscriptionId: null },
    });
    if (opened.outcome !== 'created') throw new Error(`not opened: ${opened.outcome}`);
    const activities = createPaymentActivities(dependencies);
    const steps = ['createPayment', 'recordPaid', 'deliverSubscription', 'sendKey'] as const;
    for (const step of steps) {
      const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
      await environment.run(activities[step] as (input: { paymentId: string }) => Promise<unknown>, { paymentId });
      if (step === 'createPayment') await pay(yookassa.url);
    }
  } finally {
    await pool.end();
    for (const one of [telegram, yookassa, ...panels]) await one.close();
  }
}

async function catalogueWith(
  panels: readonly { readonly adminUrl: string; readonly apiKey: string; readonly clientUrl: string }[],
): Promise<string> {
  let text = await readFile(path.join(ROOT, 'demo', 'catalog.template.json'), 'utf8');
  for (const [index, { adminUrl, apiKey, clientUrl }] of panels.entries())
    for (const [name, value] of Object.entries({ ADMIN_URL: adminUrl, API_KEY: apiKey, CLIENT_URL: clientUrl }))
      text = text.replaceAll(`{{PANEL_${index + 1}_${name}}}`, value);
  return text;
}

async function pay(yookassaUrl: string): Promise<void> {
  const [payment] = (await (await fetch(`${yookassaUrl}/_sim/payments`)).json()) as { readonly id: string }[];
  const answer = await fetch(`${yookassaUrl}/_sim/payments/${payment!.id}/pay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"card":"5555555555554444"}',
  });
  if (!answer.ok) throw new Error(`not paid: ${answer.status}`);
}
