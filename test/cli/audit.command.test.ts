/** `npm run audit` as cron and CI run it: with a real database, the stand-ins over HTTP, and its exit code. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start as startHiddify, type HiddifySimulator } from '../../simulators/hiddify/server';
import { start as startYooKassa } from '../../simulators/yookassa/server';
import { panelStateOf } from '../../src/activities/panelState';
import type { Payment } from '../../src/domain/payment';
import { createHiddifyPanel } from '../../src/gateways/hiddify';
import { createYooKassaClient } from '../../src/gateways/yookassa/client';
import { metadataOf } from '../../src/gateways/yookassa/metadata';
import { buildPaymentRequest } from '../../src/gateways/yookassa/requests';
import { createNotificationsRepository } from '../../src/storage/postgres/notifications';
import { useShop } from '../storage/postgres/shopDatabase';
import { payAt, setFaults } from '../support/buyer';
import { runProgram } from './program';

const LIMIT_MS = 240_000;
const shop = useShop();
let yookassa: { url: string; close(): Promise<void> };
let hiddify: HiddifySimulator;

beforeAll(async () => {
  yookassa = await startYooKassa({ port: 0, host: '127.0.0.1' });
  hiddify = await startHiddify({ port: 0, host: '127.0.0.1' });
  await shop.pool.query('UPDATE servers SET panel_admin_url = $1, panel_api_key = $2, panel_client_url = $3', [
    hiddify.adminUrl,
    hiddify.apiKey,
    hiddify.clientUrl,
  ]);
}, LIMIT_MS);
afterAll(() => Promise.allSettled([yookassa?.close(), hiddify?.close()]));

const panel = () => createHiddifyPanel({ adminUrl: hiddify.adminUrl, apiKey: hiddify.apiKey });

async function audit(...words: string[]): Promise<{ code: number; output: string }> {
  const { code, said } = await runProgram('src/cli/audit.ts', ['--no-temporal', '--grace', '1s', ...words], {
    BOT_TOKEN: '100000001:TEST-only-the-stand-in-accepts-this-token',
    DATABASE_URL: shop.database.url,
    REDIS_URL: 'redis://127.0.0.1:9',
    YOOKASSA_API_URL: `${yookassa.url}/v3`,
    YOOKASSA_SHOP_ID: '100500',
    YOOKASSA_SECRET_KEY: 'test_demo',
  });
  return { code, output: said };
}

/** A purchase that is in the database, at YooKassa and on the panel. */
async function delivered(): Promise<{ paymentId: string; panelUserId: string }> {
  const { id, userId, providerRef } = await linked(await shop.open(await shop.buyer()));
  await payAt(yookassa.url, providerRef);
  await shop.recordPaid(id);
  const subscription = (await shop.subscriptions.byId((await shop.payments.byId(id))!.subscriptionId!))!;
  await panel().ensureUser(panelStateOf(subscription, 0));
  await shop.deliver(id);
  await createNotificationsRepository(shop.pool).record(userId, 'key', id, 'sent', 1);
  return { paymentId: id, panelUserId: subscription.panelUserId };
}

/** Its link is made, at YooKassa and in the database. */
async function linked(payment: Payment): Promise<Payment & { providerRef: string }> {
  const client = createYooKassaClient({ baseUrl: `${yookassa.url}/v3`, shopId: '100500', secretKey: 'test_demo' });
  const { id, priceKopecks } = payment;
  const theirs = await client.createPayment(
    buildPaymentRequest({
      amountKopecks: priceKopecks,
      description: 'VPN',
      returnUrl: 'https://shop.example',
      metadata: metadataOf({
        installationId: String((await shop.row('installation', 'singleton'))['id']),
        paymentId: id,
      }),
      receipt: undefined,
    }),
    `payment-${id}.create`,
  );
  await shop.payments.recordLink(id, {
    providerRef: theirs.id,
    confirmationUrl: theirs.confirmationUrl ?? null,
    payableUntil: new Date(),
  });
  return { ...payment, providerRef: theirs.id };
}

describe('npm run audit', () => {
  it(
    'ends with 0 when database, YooKassa and panels agree, and prints how much money came and where it is',
    async () => {
      await delivered();
      const { code, output } = await audit();
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('No differences.') });
      expect(output).toMatch(
        /YooKassa, RUB\nmoney in +199\.00 RUB\ndelivered +199\.00 RUB\nrefunded +0\.00 RUB\nin progress +0\.00 RUB\nunaccounted +0\.00 RUB/,
      );
    },
    LIMIT_MS,
  );

  it(
    'ends with 1 and names what differs, without the account’s whole id',
    async () => {
      const { paymentId, panelUserId } = await delivered();
      await panel().removeUser(panelUserId);
      const { code, output } = await audit();
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('account-missing (1)') });
      expect(output).toContain(paymentId);
      expect(output).not.toContain(panelUserId);
      const asJson = JSON.parse((await audit('--json')).output) as { differences: { kind: string }[] };
      expect(asJson.differences.map(({ kind }) => kind)).toEqual(['account-missing']);
    },
    LIMIT_MS,
  );

  it(
    'ends with 2 when YooKassa, the database or a panel can’t be read: "no differences" would not be true',
    async () => {
      await setFaults(hiddify.url, { down: true });
      expect(await audit()).toEqual({ code: 2, output: expect.stringMatching(/^the panel of .* could not be read/) });
      await setFaults(hiddify.url, { down: false });
      await setFaults(yookassa.url, { down: true });
      expect(await audit()).toEqual({ code: 2, output: expect.stringMatching(/^YooKassa could not be read/) });
      await setFaults(yookassa.url, { down: false });
    },
    LIMIT_MS,
  );

  it(
    'ends with 2 and the usage for words it does not know',
    async () => {
      expect(await audit('--spam')).toEqual({ code: 2, output: expect.stringContaining('Usage: npm run audit') });
    },
    LIMIT_MS,
  );

  it(
    'compares while orders are open and deliveries in progress',
    async () => {
      await shop.open(await shop.buyer());
      await linked(await shop.open(await shop.buyer()));
      const { id, providerRef } = await linked(await shop.open(await shop.buyer()));
      await payAt(yookassa.url, providerRef);
      await shop.recordPaid(id);
      const { output } = await audit('--grace', '10m');
      expect(output).toMatch(/in progress +199\.00 RUB/);
      // The account that the test before has removed.
      expect(output).toMatch(/\n1 difference\. /);
    },
    LIMIT_MS,
  );
});
